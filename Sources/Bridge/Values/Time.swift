import Synchronization

/// A point in a clock's time: nanoseconds since the clock began. Those of different clocks are not to be compared.
package struct Instant: Comparable, RawRepresentable, AtomicRepresentable, Sendable {
    package let rawValue: Int64

    @inline(__always)
    package init(rawValue: Int64) { self.rawValue = rawValue }

    /// Seconds as scripts count them, saturated at both ends. NaN must have been refused before.
    init(seconds: Double) { self.init(rawValue: TimeSpan(seconds: seconds).nanoseconds) }
    var seconds: Double { Double(rawValue) / 1e9 }

    /// Further away than any program runs (292 years): stands for "never".
    static var forever: Instant { Instant(rawValue: .max) }
    /// Before all that a clock says: stands for "at once", where nothing is to be waited for.
    static var past: Instant { Instant(rawValue: 0) }

    @inline(__always)
    package static func == (a: Instant, b: Instant) -> Bool { a.rawValue == b.rawValue }
    @inline(__always)
    package static func < (a: Instant, b: Instant) -> Bool { a.rawValue < b.rawValue }

    /// Saturated: an instant that far away never comes.
    @inline(__always)
    static func + (instant: Instant, span: TimeSpan) -> Instant {
        Instant(rawValue: instant.rawValue.addingSaturated(span.nanoseconds))
    }
    @inline(__always)
    static func - (instant: Instant, span: TimeSpan) -> Instant {
        Instant(rawValue: instant.rawValue.subtractingSaturated(span.nanoseconds))
    }
    @inline(__always)
    static func - (a: Instant, b: Instant) -> TimeSpan { .nanoseconds(a.rawValue.subtractingSaturated(b.rawValue)) }
}

/// A length of time. Swift's own `Duration` has 128 bits: twice as much to keep in queues, and too much for an atomic.
struct TimeSpan: Comparable, Sendable {
    let nanoseconds: Int64

    @inline(__always)
    static func nanoseconds(_ count: Int64) -> TimeSpan { TimeSpan(nanoseconds: count) }
    @inline(__always)
    static func microseconds(_ count: Int64) -> TimeSpan { TimeSpan(nanoseconds: count * 1000) }
    @inline(__always)
    static func milliseconds(_ count: Int64) -> TimeSpan { TimeSpan(nanoseconds: count * 1_000_000) }
    @inline(__always)
    static func seconds(_ count: Int64) -> TimeSpan { TimeSpan(nanoseconds: count * 1_000_000_000) }
    static var zero: TimeSpan { .nanoseconds(0) }

    @inline(__always)
    private init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// Seconds as Lua gives them, saturated at both ends. NaN must have been refused before.
    init(seconds: Double) {
        let scaled = seconds * 1e9
        nanoseconds = scaled >= 9.2e18 ? .max : scaled <= -9.2e18 ? -.max : Int64(scaled.rounded())
    }

    @inline(__always)
    static func < (a: TimeSpan, b: TimeSpan) -> Bool { a.nanoseconds < b.nanoseconds }

    // Saturated, since scripts choose them.
    @inline(__always)
    static func + (a: TimeSpan, b: TimeSpan) -> TimeSpan { .nanoseconds(a.nanoseconds.addingSaturated(b.nanoseconds)) }
    @inline(__always)
    static func - (a: TimeSpan, b: TimeSpan) -> TimeSpan {
        .nanoseconds(a.nanoseconds.subtractingSaturated(b.nanoseconds))
    }
    @inline(__always)
    static func * (span: TimeSpan, count: Int) -> TimeSpan {
        let (product, overflow) = span.nanoseconds.multipliedReportingOverflow(by: Int64(count))
        return .nanoseconds(!overflow ? product : (span.nanoseconds < 0) == (count < 0) ? .max : .min)
    }
    static func / (span: TimeSpan, count: Int64) -> TimeSpan { .nanoseconds(span.nanoseconds / count) }
    /// How often `b` goes into `a`.
    static func / (a: TimeSpan, b: TimeSpan) -> Int { Int(a.nanoseconds / b.nanoseconds) }
}

extension Int64 {
    @inline(__always)
    fileprivate func addingSaturated(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return !overflow ? sum : other < 0 ? .min : .max
    }

    @inline(__always)
    fileprivate func subtractingSaturated(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return !overflow ? difference : other < 0 ? .max : .min
    }
}
