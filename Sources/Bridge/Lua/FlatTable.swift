import CFence
import CLua

/// The quick way for the most common message: a table without a metatable that holds only numbers, strings and
/// booleans, small enough for a few hundred bytes on the stack. The bytes are those that `Encoder` would write.
enum FlatTable {
    /// What is larger goes the general way.
    static let room = 1024

    /// Writes the table at `index`: the count of bytes, or nil when it is not that simple (nothing is lost then).
    @inline(__always)
    static func encode(
        _ L: OpaquePointer, _ index: Int32, _ state: LuaState, into buffer: UnsafeMutableRawPointer
    ) -> Int? {
        guard let address = lua_topointer(L, index), !state.moduleIndex.mayKnow(address, on: L) else {
            return nil
        }
        let count = fence_encode_flat(address, buffer.assumingMemoryBound(to: CChar.self), room)
        return count > 0 ? count : nil
    }

    /// [-0, +(0|1), m] Reads what `encode` wrote; false, with nothing pushed, for anything else.
    @inline(__always)
    static func decode(_ L: OpaquePointer, _ bytes: UnsafeRawBufferPointer) -> Bool {
        fence_decode_flat(L, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
    }
}
