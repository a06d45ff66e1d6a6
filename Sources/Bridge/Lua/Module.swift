/// A table of functions, constants and types that scripts find as a global and `require`.
public struct Module: Sendable {
    public let name: String
    let functions: [HostFunction]
    /// Called when the field is read.
    let getters: [HostFunction]
    /// What is written in Lua: glue over functions that yield or call back. Then `functions` are for it alone.
    let chunk: LuaChunk?
    /// Functions of the module that are globals too.
    let globals: [String]

    init(
        _ name: String, _ functions: [HostFunction], getters: [HostFunction] = [], chunk: [UInt8]? = nil,
        globals: [String] = []
    ) {
        self.name = name
        self.functions = functions
        self.getters = getters
        self.chunk = chunk.map { LuaChunk(name, $0, functions) }
        self.globals = globals
    }
}
