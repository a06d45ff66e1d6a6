import CFence
import CLua

/// Userdata whose objects are made only when somebody needs them: until then the owner of the state knows what they stand
/// for by a place and an identity.
extension LuaState {
    /// [-0, +1, m]
    func pushLazy(_ type: AnyHostType, place: UInt32, identity: Int, on L: OpaquePointer) {
        type.pushLazyMetatable(L)
        fence_push_lazy_object(L, place, Int64(identity), type.identity)
    }

    /// [-0, +0, m] Makes the object of the userdata at `index`. False: there is one, or the value is something else.
    @inline(never)
    func makeObject(at index: Int32, on L: OpaquePointer) -> Bool {
        guard let lazy = fence_lazy_object_at(L, index)?.pointee, let type = lazy.type,
            let object = owner?.object(place: lazy.place, identity: Int(lazy.identity))
        else { return false }
        lua_checkstack(L, 6)
        makeObject(of: Unmanaged<AnyHostType>.fromOpaque(type).takeUnretainedValue(), object, at: index, on: L)
        return true
    }

    /// [-0, +0, m] The userdata at `index` gets that object, if it has that place and identity.
    func makeObject(
        _ object: AnyObject, of type: AnyHostType, place: UInt32, identity: Int, at index: Int32, on L: OpaquePointer
    ) {
        if isLazy(index, place: place, identity: identity, on: L) { makeObject(of: type, object, at: index, on: L) }
    }

    /// Whether the value at `index` is such userdata with that place and identity, and has no object yet.
    func isLazy(_ index: Int32, place: UInt32, identity: Int, on L: OpaquePointer) -> Bool {
        guard let lazy = fence_lazy_object_at(L, index)?.pointee else { return false }
        return lazy.place == place && lazy.identity == identity
    }

    private func makeObject(of type: AnyHostType, _ object: AnyObject, at index: Int32, on L: OpaquePointer) {
        let index = lua_absindex(L, index)
        charge(256, on: L)
        type.pushMetatable(L)
        fence_make_object(L, index, Handover.give(object))
    }
}

extension HostCall {
    /// The place and the identity of the userdata at `index`, if it has no object yet.
    func lazy<T>(_ index: Int32, _ type: HostType<T>) -> (place: UInt32, identity: Int)? {
        guard let lazy = fence_lazy_object_at(L, index)?.pointee, lazy.type == type.identity else { return nil }
        return (lazy.place, Int(lazy.identity))
    }
}
