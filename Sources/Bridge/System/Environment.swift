import CKernel
import Glibc

/// What the process was started with, and how it ends.
enum Environment {
    /// Takes a variable out of the environment and returns its value.
    static func take(_ name: String) -> String? {
        guard let value = getenv(name).map({ String(cString: $0) }) else { return nil }
        unsetenv(name)
        return value
    }

    static func value(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// Replaces all variables by those at `start`, with a zero byte after each. They are not copied. `wipes`: those from
    /// before are not left in memory either.
    static func replace(_ start: UnsafeMutableRawPointer, _ size: Int, wipes: Bool) {
        if wipes { system_wipe_environment() }
        system_set_environment(start.assumingMemoryBound(to: CChar.self), size)
    }

    /// Reading from a terminal that belongs to another process group fails from now on, instead of stopping this
    /// process.
    static func doNotStopForTerminal() { _ = signal(SIGTTIN, SIG_IGN) }

    /// Ends the process at once, with status 0: runs no exit handlers and flushes nothing.
    static func leave() -> Never { _exit(0) }

    static func exit(_ status: Int32) -> Never { Glibc.exit(status) }
}
