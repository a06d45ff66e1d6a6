import CSystem
import Glibc

/// What the process was started with, and how it ends.
enum Environment {
    /// The value of a variable, which is gone afterwards.
    static func take(_ name: String) -> String? {
        guard let value = getenv(name).map({ String(cString: $0) }) else { return nil }
        unsetenv(name)
        return value
    }

    /// The variables are those at `start` from now on, with a zero after each. Not copied.
    static func replace(_ start: UnsafeMutableRawPointer, _ size: Int) {
        system_set_environment(start.assumingMemoryBound(to: CChar.self), size)
    }

    /// Reading from a terminal that belongs to another process group fails from now on, instead of stopping this process.
    static func doNotStopForTerminal() { _ = signal(SIGTTIN, SIG_IGN) }

    /// Ends the process at once: nothing of it is to be finished.
    static func leave() -> Never { _exit(0) }

    static func exit(_ status: Int32) -> Never { Glibc.exit(status) }
}
