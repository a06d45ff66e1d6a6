/// The options of the spawning functions: a table before the function.
struct SpawnOptions {
    /// The index of the function.
    let function: Int32
    private(set) var name: ByteText?
    private(set) var isDaemon = false
    /// How long its handlers may go on after a cancellation.
    private(set) var grace = Grace.usual
    /// Memory that the state may use, in bytes; nil: no bound.
    private(set) var memory: Int?
    /// Somebody will ask how the work has ended, so a failure is not reported.
    var isWatched = false
    let options: HostCall.Options?

    static let common = ["name", "daemon", "on_error", "grace"]

    /// `at`: the index of the options, or of the function if there are none.
    init(_ call: HostCall, at first: Int32 = 1, known: [String] = common) throws(Fault) {
        guard call.kind(first) == .table, !call.isCallable(first) else {
            function = first
            options = nil
            return
        }
        function = first + 1
        let options = try call.options(first, known: known)
        self.options = options
        name = try options.string("name")
        isDaemon = try options.boolean("daemon") ?? false
        if let grace = try options.number("grace") {
            guard grace >= 0 else { throw options.wrong("grace", "0 or more seconds expected") }
            self.grace = TimeSpan(seconds: grace)
        }
        if known.contains("memory") { memory = try options.bytes("memory") }
        if try options.function("on_error") { call.stack.pop() }
    }

    /// The handler in option `on_error`.
    func onError(_ call: HostCall) -> ErrorHandler? {
        guard let options, (try? options.function("on_error")) == true else { return nil }
        return ErrorHandler(call)
    }
}
