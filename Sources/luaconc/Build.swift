import Bridge
import CArguments

/// What this program was built from, for `--version`.
enum Build {
    static let version = "0.1.0"

    static var description: String {
        """
        luaconc \(version)
        \(Runtime.luaVersion)
        build \(identity), \(kind), \(architecture)
        """
    }

    /// The beginning of the number that the linker gave this build.
    private static var identity: String {
        var count = 0
        guard let bytes = build_identity(&count), count > 0 else { return "unknown" }
        let digits = Array("0123456789abcdef")
        let first = UnsafeBufferPointer(start: bytes, count: min(count, 6))
        return String(first.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    #if DEBUG
        private static let kind = "debug"
    #else
        private static let kind = "release"
    #endif

    #if arch(x86_64)
        private static let architecture = "x86_64"
    #elseif arch(arm64)
        private static let architecture = "aarch64"
    #else
        private static let architecture = "another processor"
    #endif
}
