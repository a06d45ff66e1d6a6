import Glibc

/// Points in time: seconds since 1970, with a fraction.
public enum Moment {
    /// Later times cannot be told.
    static let year10000 = 253_402_300_800.0

    /// The machine's time.
    public static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Local time in ISO 8601 with its offset from UTC; milliseconds if there are some.
    public static func text(_ seconds: Double) -> String {
        let milliseconds = Int((seconds * 1000).rounded())
        var whole = time_t(milliseconds / 1000)
        let rest = milliseconds % 1000
        var local = tm()
        localtime_r(&whole, &local)
        let offset = local.tm_gmtoff / 60
        let day =
            "\(digits(Int(local.tm_year) + 1900, 4))-\(digits(Int(local.tm_mon) + 1))-\(digits(Int(local.tm_mday)))"
        let time = "\(digits(Int(local.tm_hour))):\(digits(Int(local.tm_min))):\(digits(Int(local.tm_sec)))"
        let zone = "\(offset < 0 ? "-" : "+")\(digits(abs(offset) / 60)):\(digits(abs(offset) % 60))"
        return "\(day)T\(time)\(rest == 0 ? "" : "." + digits(rest, 3))\(zone)"
    }

    private static func digits(_ number: Int, _ width: Int = 2) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }

    /// Seconds of `90s`, `15m`, `36h`, `7d`; nil for anything else.
    public static func span(_ text: String) -> Double? {
        guard let unit = text.last, let factor = ["s": 1.0, "m": 60, "h": 3600, "d": 86400][unit],
            let number = Int(text.dropLast()), number > 0, number <= 1_000_000_000
        else { return nil }
        return Double(number) * factor
    }
}
