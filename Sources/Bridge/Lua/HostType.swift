import CFence
import CLua

/// A class whose objects scripts hold by reference: its name, its methods and properties. Immutable.
class AnyHostType: @unchecked Sendable {  // sound: immutable
    let name: String
    let methods: [HostFunction]
    /// Called with the object when the property is read.
    let getters: [HostFunction]
    let metamethods: [HostFunction]
    /// Whether its userdata hold objects, which are released when they are collected. Others hold plain bytes.
    let holdsObjects: Bool
    /// The class of its objects, if scripts of a host use them.
    let objectClass: ObjectIdentifier?

    init(
        _ name: String, methods: [HostFunction], getters: [HostFunction] = [], metamethods: [HostFunction] = [],
        holdsObjects: Bool, objectClass: ObjectIdentifier? = nil
    ) {
        self.name = name
        self.methods = methods
        self.getters = getters
        self.metamethods = metamethods
        self.holdsObjects = holdsObjects
        self.objectClass = objectClass
    }

    /// Whether the object is one of the type's.
    func isInstance(_ object: AnyObject) -> Bool { false }

    /// Identifies the type in the records of its objects; also the key of its metatable in the registry.
    final var identity: UnsafeRawPointer { UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque()) }

    /// [-0, +1, m] The type's metatable in that state, made at first use.
    final func pushMetatable(_ L: OpaquePointer) {
        Stack(L).pushRegistered(identity) { pushNewMetatable(L) }
    }

    /// [-0, +1, m] The same without `__gc`, for userdata that own no object yet. Its first item is a weak table with such
    /// userdata by their places.
    final func pushLazyMetatable(_ L: OpaquePointer) {
        Stack(L).pushRegistered(identity + 1) {
            pushNewMetatable(L)
            lua_pushnil(L)
            Stack(L).setField("__gc")
            Stack(L).pushWeakTable("v")
            Stack(L).setItem(1, of: -2)
        }
    }

    private func pushNewMetatable(_ L: OpaquePointer) {
        lua_createtable(L, 0, 6)
        lua_pushstring(L, name)
        Stack(L).setField("__name")
        if holdsObjects {
            fence_push_collector(L)
            Stack(L).setField("__gc")
        }
        Self.pushTable(L, methods)
        if !getters.isEmpty {
            Self.pushTable(L, getters)
            fence_push_index(L)
        }
        Stack(L).setField("__index")
        for function in metamethods {
            function.push(L)
            Stack(L).setField(function.name)
        }
    }

    /// [-0, +1, m]
    static func pushTable(_ L: OpaquePointer, _ functions: [HostFunction]) {
        lua_createtable(L, 0, Int32(functions.count))
        for function in functions {
            function.push(L)
            Stack(L).setField(function.name)
        }
    }
}

final class HostType<Object: AnyObject>: AnyHostType, @unchecked Sendable {  // sound: as its superclass
    init(
        _ name: String, methods: [HostFunction], getters: [HostFunction] = [], metamethods: [HostFunction] = []
    ) {
        super.init(name, methods: methods, getters: getters, metamethods: metamethods, holdsObjects: true)
    }

    /// The type of a host's class.
    init(_ name: String, _ contents: TypeContents) {
        var metamethods = contents.metamethods
        if let setter = Self.newindex(name, contents.setters) { metamethods.append(setter) }
        super.init(
            name, methods: contents.methods, getters: contents.getters, metamethods: metamethods, holdsObjects: true,
            objectClass: ObjectIdentifier(Object.self))
    }

    override func isInstance(_ object: AnyObject) -> Bool { object is Object }

    /// The metamethod that sets properties.
    private static func newindex(_ name: String, _ setters: [HostFunction]) -> HostFunction? {
        guard !setters.isEmpty else { return nil }
        let bodies = Dictionary(setters.map { (ByteText($0.name), $0.body) }) { $1 }
        return HostFunction("__newindex") { call throws(Fault) in
            guard call.kind(2) == .string, case let key = call.text(2), let body = bodies[key] else {
                let key = call.state.description(2, on: call.L)
                throw .message("cannot set '\(key)' of a \(name)")
            }
            call.stack.remove(2)
            do throws(Fault) { return try body(call) } catch {
                guard case .argument(2, let message) = error else { throw error }
                throw .message("bad value for '\(key)' (\(message))")
            }
        }
    }
}

extension HostFunction {
    /// The metamethod by which an object of the type is shown.
    static func tostring<Object: AnyObject>(
        _ value: String, _ summary: String, _ type: @escaping @autoclosure @Sendable () -> HostType<Object>,
        _ text: @escaping @Sendable (Object) -> ByteText
    ) -> HostFunction {
        HostFunction("__tostring", "tostring(\(value))", summary) { call throws(Fault) in
            call.push(text(try call.object(1, type())))
            return .results(1)
        }
    }
}

/// A shared object that scripts can hold, whatever its class.
protocol HostObject: Shareable {
    var hostType: AnyHostType { get }
    /// Whether it can be given to another process.
    var crossesProcesses: Bool { get }
    /// Called when the object is put into a message of that state, on the state's thread.
    func prepareToLeave(_ state: LuaState, _ L: OpaquePointer)
    /// The object that travels in its place.
    var traveller: any HostObject { get }
    /// The object that a receiving state gets. Called on that state's thread.
    func arrive(in state: LuaState) -> any HostObject
}

extension HostObject {
    var crossesProcesses: Bool { false }
    func prepareToLeave(_ state: LuaState, _ L: OpaquePointer) {}
    var traveller: any HostObject { self }
    func arrive(in state: LuaState) -> any HostObject { self }
}
