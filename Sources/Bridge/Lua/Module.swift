/// A table of functions that scripts find as a global and by `require`. There is no public way to make one yet.
public struct Module: Sendable {
    public let name: String
    let functions: [HostFunction]
    /// Called when the field is read.
    let getters: [HostFunction]
    /// The part that is written in Lua, if there is one. Then `functions` are the native functions that it receives.
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
