import Bridge

final class Draft {
    var text = ""
}

// What a closure on the thread of a state uses is not used elsewhere at the same time.
func sends(_ runtime: Runtime) async throws {
    let draft = Draft()
    async let run: Void = runtime.perform { stack in
        draft.text = "on the state's thread"  // error: capture of 'draft' with non-Sendable type 'Draft'
    }
    try await run
}

// The stack of a state is used on the state's thread.
func elsewhere(_ runtime: Runtime) async throws {
    _ = try await runtime.perform { stack in
        Task { @Sendable in
            stack.pushNil()  // error: capture of 'stack' with non-Sendable type 'LuaStack' in a '@Sendable' closure
        }
        return 0
    }
}
