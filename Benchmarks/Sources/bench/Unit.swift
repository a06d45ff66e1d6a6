import Glibc

/// What a figure counts, and how it is shown. Programs print plain numbers in the unit's base.
enum Unit: Sendable {
    /// Base: nanoseconds.
    case nanoseconds
    /// Base: seconds.
    case seconds
    /// Base: bytes.
    case bytes
    /// Base: bytes per second.
    case bytesPerSecond
    /// Base: operations per second.
    case perSecond
    /// Base: operations per second of processor time.
    case perCPUSecond
    case messages
    /// How many times as fast.
    case times
    /// How many times as long.
    case ratio

    /// Whether more is better.
    var isRate: Bool {
        switch self {
        case .perSecond, .perCPUSecond, .bytesPerSecond, .times: true
        case .nanoseconds, .seconds, .bytes, .messages, .ratio: false
        }
    }

    func text(_ value: Double) -> String {
        switch self {
        case .nanoseconds: scaled(value, [(1e9, " s"), (1e6, " ms"), (1e3, " µs"), (1, " ns")])
        case .seconds: scaled(value, [(1, " s"), (1e-3, " ms"), (1e-6, " µs")])
        case .bytes: scaled(value, [(1_048_576, " MiB"), (1_024, " KiB"), (1, " B")])
        case .bytesPerSecond: scaled(value, [(1_073_741_824, " GiB/s"), (1_048_576, " MiB/s")])
        case .perSecond: scaled(value, [(1e6, " M/s"), (1e3, " k/s"), (1, " /s")])
        case .perCPUSecond: scaled(value, [(1e6, " M per CPU s"), (1e3, " k per CPU s")])
        case .messages: "\(significant(value)) messages"
        case .times, .ratio: "\(significant(value)) ×"
        }
    }
}

/// `value` in the first scale that it fills, else in the last.
private func scaled(_ value: Double, _ scales: [(factor: Double, name: String)]) -> String {
    let scale = scales.first { abs(value) >= $0.factor } ?? scales[scales.count - 1]
    return significant(value / scale.factor) + scale.name
}

/// Three significant digits, without an exponent: `0.812`, `8.12`, `81.2`, `812`, `8120`.
func significant(_ value: Double) -> String {
    let magnitude = value == 0 ? 0 : Int(log10(abs(value)).rounded(.down))
    return decimal(value, places: max(0, 2 - max(magnitude, -1)))
}

/// At most this many decimal places, zeros at the end left out.
func decimal(_ value: Double, places: Int) -> String {
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    let units = (abs(value) * scale).rounded()
    guard units < 1e15 else { return "\(value)" }
    let digits = String(Int(units))
    let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
    var fraction = String(padded.suffix(places))
    while fraction.hasSuffix("0") { fraction.removeLast() }
    let sign = value < 0 && units > 0 ? "-" : ""
    return sign + padded.dropLast(places) + (fraction.isEmpty ? "" : "." + fraction)
}
