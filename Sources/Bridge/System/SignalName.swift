import CKernel
import Glibc

/// Signals by the names that people use for them.
enum SignalName {
    /// "KILL" for 9; nil for a number without a name.
    static func of(_ number: Int32) -> String? { system_signal_name(number).map { String(cString: $0) } }

    /// 9 for "KILL" and for "SIGKILL".
    static func number(_ name: String) -> Int32? {
        let short = name.hasPrefix("SIG") ? String(name.dropFirst(3)) : name
        return (1...64).first { of($0) == short }
    }

    /// For messages: "9 (KILL)".
    static func description(_ number: Int32) -> String { of(number).map { "\(number) (\($0))" } ?? "\(number)" }
}
