import Glibc

/// What the process was started with, and how it ends.
enum Environment {
    /// The value of a variable, which is gone afterwards.
    static func take(_ name: String) -> String? {
        guard let value = getenv(name).map({ String(cString: $0) }) else { return nil }
        unsetenv(name)
        return value
    }

    static func exit(_ status: Int32) -> Never { Glibc.exit(status) }
}
