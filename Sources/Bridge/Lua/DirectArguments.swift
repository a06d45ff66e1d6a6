import CFence
import CLua

/// The arguments of the running host function, read where they are: for the paths that are taken most often, which take
/// less time than Lua's own functions for arguments. Valid until the next call into Lua.
struct DirectArguments {
    private let L: OpaquePointer
    private let first: UnsafeMutablePointer<fence_value>

    /// Nil unless there are exactly so many. Nil also where Lua's memory is not laid out as expected.
    @inline(__always)
    init?(_ call: HostCall, count: Int32) {
        guard let first = fence_arguments(call.L, count) else { return nil }
        L = call.L
        self.first = first
    }

    /// The host object in the argument at `index`, not retained. Nil for any other value.
    @inline(__always)
    func object<T: AnyObject>(_ index: Int, _ type: HostType<T>) -> Unmanaged<T>? {
        guard let record = fence_object_in(first + (index - 1)), record.pointee.type == type.identity,
            let object = record.pointee.object
        else { return nil }
        return Unmanaged<T>.fromOpaque(object)
    }

    /// The task for which the userdata at `index` stands, and which has no handle yet. Not retained, as above.
    @inline(__always)
    func task<T: AnyObject>(_ index: Int, as type: T.Type) -> Unmanaged<T>? {
        guard let record = fence_object_in(first + (index - 1)), record.pointee.type == nil,
            let task = record.pointee.object
        else { return nil }
        return Unmanaged<T>.fromOpaque(task)
    }

    /// The number in the argument at `index`; nil for any other value.
    @inline(__always)
    func scalar(_ index: Int) -> (tag: Tag, bits: UInt64)? {
        let value = first + (index - 1)
        switch Int(value.pointee.type) {
        case FENCE_VALUE_INTEGER: return (.integer, UInt64(bitPattern: value.pointee.bits.integer))
        case FENCE_VALUE_FLOAT: return (.float, value.pointee.bits.number.bitPattern)
        default: return nil
        }
    }

    /// [-0, +1, -] Pushes a boolean.
    @inline(__always)
    func push(_ value: Bool) {
        fence_push_plain(L, UInt8(value ? FENCE_VALUE_TRUE : FENCE_VALUE_FALSE), 0)
    }

    /// [-0, +1, -] Pushes a number.
    @inline(__always)
    func push(_ tag: Tag, _ bits: UInt64) {
        let type = tag == .float ? FENCE_VALUE_FLOAT : FENCE_VALUE_INTEGER
        fence_push_plain(L, UInt8(type), lua_Integer(bitPattern: bits))
    }
}
