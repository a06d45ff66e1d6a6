import CFence
import CLua

/// A class or an actor whose objects scripts hold by reference. A module has a `Type` for it, which says what scripts can
/// do with the objects.
///
/// An object travels to other states of the process by reference: it is the same object there. It cannot travel to other
/// processes. A script keeps it alive as long as it holds it.
public protocol LuaObject: Shareable, LuaConvertible {}

extension LuaObject {
    @inlinable @inline(__always)
    public static func read(_ index: Int32, from stack: borrowing LuaStack) throws(ConversionError) -> Self {
        if let object = stack.exactObject(index, ObjectIdentifier(Self.self)) {
            return Unmanaged<Self>.fromOpaque(object).takeUnretainedValue()
        }
        return try stack.otherObject(index)
    }

    public func push(to stack: borrowing LuaStack) throws(ConversionError) { try stack.push(object: self) }
}

/// The types of the host's objects, by their classes. Immutable.
final class HostTypeTable: Sendable {
    // No dictionary: see `Program.State`.
    private let types: [AnyHostType]
    /// Modules whose types are known when a script has required them.
    private let required: [Module]

    /// For all other classes.
    private let other: AnyHostType?

    init(_ modules: [Module], other: AnyHostType? = nil) {
        required = modules.filter { !$0.isGlobal }
        types = modules.filter(\.isGlobal).flatMap(\.types)
        self.other = other
    }

    /// The type of the object's class, or of the next class above it that has one.
    func type(of object: AnyObject) -> AnyHostType? {
        Self.find(object, types) ?? Self.find(object, required.flatMap(\.types)) ?? other
    }

    private static func find(_ object: AnyObject, _ types: [AnyHostType]) -> AnyHostType? {
        let exact = ObjectIdentifier(Swift.type(of: object))
        return types.first { $0.objectClass == exact } ?? types.first { $0.isInstance(object) }
    }
}
