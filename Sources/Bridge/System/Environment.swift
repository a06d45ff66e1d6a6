import Glibc

/// What the process was started with, and how it ends.
enum Environment {
    /// The value of a variable, which is gone afterwards.
    static func take(_ name: String) -> String? {
        guard let value = getenv(name).map({ String(cString: $0) }) else { return nil }
        unsetenv(name)
        return value
    }

    /// Reading from a terminal that belongs to another process group fails from now on, instead of stopping this process.
    static func doNotStopForTerminal() { _ = signal(SIGTTIN, SIG_IGN) }

    /// Ends the process at once: nothing of it is to be finished.
    static func leave() -> Never { _exit(0) }

    static func exit(_ status: Int32) -> Never { Glibc.exit(status) }
}
