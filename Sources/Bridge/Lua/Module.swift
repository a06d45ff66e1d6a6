/// A table of functions, constants and types that scripts find as a global and `require`.
public struct Module: Sendable {
    public let name: String
    let functions: [HostFunction]
    /// Called when the field is read.
    let getters: [HostFunction]
    /// Lua source that receives the table of the native functions and returns the module's table: for what is glue
    /// over functions that yield or call back.
    let chunk: [UInt8]?
    /// Functions of the module that are globals too.
    let globals: [String]

    init(
        _ name: String, _ functions: [HostFunction], getters: [HostFunction] = [], chunk: [UInt8]? = nil,
        globals: [String] = []
    ) {
        self.name = name
        self.functions = functions
        self.getters = getters
        self.chunk = chunk
        self.globals = globals
    }
}
