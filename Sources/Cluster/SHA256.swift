/// The secure hash of FIPS 180-4. Written here because the package has no dependencies, and what is hashed is small.
struct SHA256 {
    private static let constants: [UInt32] = primes(64).map { fraction(root: 3, of: $0) }
    private static let start = SIMD8(primes(8).map { fraction(root: 2, of: $0) })

    /// The hash of the bytes, in hexadecimal digits.
    static func hash(_ bytes: [UInt8]) -> String {
        var state = start
        var padded = bytes
        padded.append(0x80)
        while padded.count % 64 != 56 { padded.append(0) }
        withUnsafeBytes(of: (UInt64(bytes.count) * 8).bigEndian) { padded += $0 }
        var words = [UInt32](repeating: 0, count: 64)
        padded.withUnsafeBytes { padded in
            for block in stride(from: 0, to: padded.count, by: 64) {
                for index in 0..<16 {
                    words[index] = padded.loadUnaligned(fromByteOffset: block + index * 4, as: UInt32.self).bigEndian
                }
                add(&words, to: &state)
            }
        }
        return String(decoding: state.indices.flatMap { digits(state[$0]) }, as: UTF8.self)
    }

    private static func digits(_ word: UInt32) -> [UInt8] {
        stride(from: 28, through: 0, by: -4).map { shift in
            let digit = UInt8(truncatingIfNeeded: word >> UInt32(shift)) & 15
            return digit + (digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
        }
    }

    /// Adds a block, the first 16 words.
    private static func add(_ words: inout [UInt32], to state: inout SIMD8<UInt32>) {
        func turn(_ word: UInt32, _ count: UInt32) -> UInt32 { word >> count | word << (32 - count) }
        for index in 16..<64 {
            let (a, b) = (words[index - 15], words[index - 2])
            let low = turn(a, 7) ^ turn(a, 18) ^ a >> 3
            let high = turn(b, 17) ^ turn(b, 19) ^ b >> 10
            words[index] = words[index - 16] &+ low &+ words[index - 7] &+ high
        }
        var s = state
        for index in 0..<64 {
            let high = turn(s[4], 6) ^ turn(s[4], 11) ^ turn(s[4], 25)
            let choice = s[4] & s[5] ^ ~s[4] & s[6]
            let first = s[7] &+ high &+ choice &+ constants[index] &+ words[index]
            let low = turn(s[0], 2) ^ turn(s[0], 13) ^ turn(s[0], 22)
            let majority = s[0] & s[1] ^ s[0] & s[2] ^ s[1] & s[2]
            s = SIMD8(first &+ low &+ majority, s[0], s[1], s[2], s[3] &+ first, s[4], s[5], s[6])
        }
        state &+= s
    }

    private static func primes(_ count: Int) -> [UInt64] {
        var found: [UInt64] = []
        var next: UInt64 = 2
        while found.count < count {
            if found.allSatisfy({ next % $0 != 0 }) { found.append(next) }
            next += 1
        }
        return found
    }

    /// The first 32 bits of the fraction of the square or cube root, by bisection in whole numbers.
    private static func fraction(root: Int, of number: UInt64) -> UInt32 {
        var (low, high): (UInt64, UInt64) = (0, 1 << 40)  // the root times 2^32
        while high - low > 1 {
            let middle = (low + high) / 2
            if isRoot(middle, root, atMost: number) { low = middle } else { high = middle }
        }
        return UInt32(truncatingIfNeeded: low)
    }

    /// Whether (value / 2^32)^root ≤ number.
    private static func isRoot(_ value: UInt64, _ root: Int, atMost number: UInt64) -> Bool {
        let square = value.multipliedFullWidth(by: value)
        if root == 2 { return square.high < number || square.high == number && square.low == 0 }
        // The cube has 120 bits: value^2 is below 2^72 here, so it is cut to its upper part and multiplied exactly.
        let high = square.high.multipliedFullWidth(by: value)
        let low = square.low.multipliedFullWidth(by: value)
        let (sum, carry) = high.low.addingReportingOverflow(low.high)
        let top = high.high + (carry ? 1 : 0)  // the cube is top·2^128 + sum·2^64 + low.low
        let whole = top << 32 | sum >> 32
        return whole < number || whole == number && sum << 32 == 0 && low.low == 0
    }
}
