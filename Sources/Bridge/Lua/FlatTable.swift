import CFence
import CLua

/// The short path for the most common message: a small table without a metatable that holds only numbers, strings and
/// booleans. The bytes are those that `Encoder` would write.
enum FlatTable {
    /// The longest such message, in bytes. Longer ones go through `Encoder`.
    static let room = 1024

    /// Writes the table at `index`. Returns the count of bytes; nil if the table is not that simple.
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
