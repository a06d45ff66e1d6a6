/// Times inside luaconc: instants and lengths are nanoseconds of the monotonic clock, as `Int64`. Lua's are seconds.
typealias Nanoseconds = Int64

extension Nanoseconds {
    /// Further away than any program runs (292 years): stands for "never".
    static let forever: Nanoseconds = .max

    /// Seconds as Lua gives them, saturated at both ends. NaN must have been refused before.
    init(seconds: Double) {
        let scaled = seconds * 1e9
        self = scaled >= 9.2e18 ? .forever : scaled <= -9.2e18 ? -.forever : Nanoseconds(scaled.rounded())
    }

    var seconds: Double { Double(self) / 1e9 }

    /// The sum, saturated: an instant that far away never comes.
    func later(by other: Nanoseconds) -> Nanoseconds {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .forever) : sum
    }
}
