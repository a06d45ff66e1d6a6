import Bridge

// The stack of a state is lent, on the state's own thread, for the time of a call.
func kept(_ runtime: Runtime) async throws {
    _ = try await runtime.perform { stack in  // error: 'stack' is borrowed and cannot be consumed
        let kept = stack
        return kept.top
    }
}

struct Page: LuaConvertible {
    static func read(
        _ index: Int32, from stack: borrowing LuaStack  // error: 'stack' cannot be captured by an escaping closure
    ) throws(ConversionError) -> Page {
        later { _ = stack.top }
        return Page()
    }
    func push(to stack: borrowing LuaStack) throws(ConversionError) {}
}

func later(_ body: @escaping () -> Void) {}
