/// Numbers by address: a hash table with nothing but what messages need. Owned by whoever holds it.
struct PointerMap {
    private var keys: [UInt] = []
    private var values: [Int] = []
    private(set) var count = 0

    mutating func removeAll() {
        guard count > 0 else { return }
        keys = []
        values = []
        count = 0
    }

    @inline(__always)
    subscript(address: UnsafeRawPointer) -> Int? {
        guard count > 0 else { return nil }
        let key = UInt(bitPattern: address)
        var slot = Self.hash(key) & (keys.count - 1)
        while keys[slot] != 0 {
            if keys[slot] == key { return values[slot] }
            slot = (slot + 1) & (keys.count - 1)
        }
        return nil
    }

    /// The address must not be there yet.
    mutating func insert(_ address: UnsafeRawPointer, _ value: Int) {
        if count * 2 >= keys.count { grow() }
        place(UInt(bitPattern: address), value)
        count += 1
    }

    private mutating func place(_ key: UInt, _ value: Int) {
        var slot = Self.hash(key) & (keys.count - 1)
        while keys[slot] != 0 { slot = (slot + 1) & (keys.count - 1) }
        keys[slot] = key
        values[slot] = value
    }

    private mutating func grow() {
        let (oldKeys, oldValues) = (keys, values)
        keys = Array(repeating: 0, count: max(32, oldKeys.count * 2))
        values = Array(repeating: 0, count: keys.count)
        for (key, value) in zip(oldKeys, oldValues) where key != 0 { place(key, value) }
    }

    @inline(__always)
    private static func hash(_ key: UInt) -> Int { Int(truncatingIfNeeded: (key &* 0x9e37_79b9_7f4a_7c15) >> 20) }
}
