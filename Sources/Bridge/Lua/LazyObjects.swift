import CFence
import CLua

/// Userdata whose objects are made only when somebody needs them: until then the owner of the state knows what they stand
/// for by a place and an identity.
extension LuaState {
    /// [-0, +2, m] Pushes such userdata, and below it something that is not needed any more.
    @inline(__always)
    func pushLazy(_ type: AnyHostType, place: Int, identity: Int, on L: OpaquePointer) {
        type.pushLazyMetatable(L)
        fence_push_lazy_object(L, UInt32(truncatingIfNeeded: place), Int64(identity), type.identity)
    }

    /// [-0, +0, m] Makes the object of the userdata at `index`. False: there is one, or the value is something else.
    @inline(never)
    func makeObject(at index: Int32, on L: OpaquePointer) -> Bool {
        guard let lazy = fence_lazy_object_at(L, index)?.pointee,
            let object = owner?.object(place: Int(lazy.place), identity: Int(lazy.identity))
        else { return false }
        lua_checkstack(L, 6)
        make(object, at: index, on: L)
        return true
    }

    /// [-0, +0, m] If a script still has the userdata with that place and identity, that gets the object.
    func give(_ object: AnyObject, of type: AnyHostType, place: Int, identity: Int) {
        lua_checkstack(L, 6)
        let top = lua_gettop(L)
        defer { lua_settop(L, top) }
        type.pushLazyMetatable(L)
        lua_rawgeti(L, -1, 1)
        if pushIfKept(place, identity) { make(object, at: -1, on: L) }
    }

    /// The body gets a function that tells whether a script still has the userdata with that place and identity, and that
    /// has no object.
    func withLazy(_ type: AnyHostType, _ body: (_ isKept: (Int, Int) -> Bool) -> Void) {
        lua_checkstack(L, 6)
        let top = lua_gettop(L)
        defer { lua_settop(L, top) }
        type.pushLazyMetatable(L)
        lua_rawgeti(L, -1, 1)
        body { place, identity in
            defer { lua_pop_(L, 1) }
            return pushIfKept(place, identity)
        }
    }

    /// [-0, +1, -] Pushes the userdata at that place, or what is there, from the table on top. Whether it is the one.
    private func pushIfKept(_ place: Int, _ identity: Int) -> Bool {
        guard lua_rawgeti(L, -1, lua_Integer(place)) == LUA_TUSERDATA, let lazy = fence_lazy_object_at(L, -1) else {
            return false
        }
        return Int(lazy.pointee.place) == place && Int(lazy.pointee.identity) == identity
    }

    private func make(_ object: AnyObject, at index: Int32, on L: OpaquePointer) {
        let index = lua_absindex(L, index)
        charge(256, on: L)
        fence_make_object(L, index, Handover.give(object))
    }
}

extension HostCall {
    /// The place and the identity of the userdata at `index`, if it has no object yet.
    @inline(__always)
    func lazy<T>(_ index: Int32, _ type: HostType<T>) -> (place: Int, identity: Int)? {
        guard let lazy = fence_lazy_object_at(L, index)?.pointee, lazy.type == type.identity else { return nil }
        return (Int(lazy.place), Int(lazy.identity))
    }
}
