/// The arguments of `process.run` and `process.popen`: `[opts,] command, args...`, or one table with both.
struct SubprocessOptions {
    enum Use {
        case run, open
    }

    let launch: LaunchOptions
    /// The text for the program's standard input.
    private(set) var text: GrowingBytes? = nil
    private(set) var limit = Int.max
    private(set) var deadline = Instant.forever
    private(set) var grace = Grace.usual

    init(_ call: HostCall, for use: Use) throws(Fault) {
        let hasOptions = call.kind(1) == .table
        var options: HostCall.Options?
        var isList = false
        if hasOptions {
            isList = call.stack.pushItem(1, of: 1) != .nil || call.count == 2
            call.stack.pop()
            let known = LaunchOptions.names + ["grace"] + (use == .run ? ["timeout", "max_output"] : ["detach"])
            options = try call.options(1, known: known, withList: isList)
        }
        let words = try isList ? Self.words(inList: call) : Self.words(call, from: hasOptions ? 2 : 1)
        switch use {
        case .open:
            var launch = try LaunchOptions(call, options, words: words, streams: [.pipe, .pipe, .inherit])
            if try options?.boolean("detach") ?? false { launch.detach() }
            self.launch = launch
        case .run:
            var launch = try LaunchOptions(call, options, words: words, streams: [nil, .pipe, .pipe])
            text = try Self.readInput(call, options, &launch)
            self.launch = launch
        }
        if let grace = try options?.seconds("grace") { self.grace = grace }
        guard use == .run, let options else { return }
        if let limit = try options.bytes("max_output") { self.limit = limit }
        if let timeout = try options.number("timeout") {
            deadline = timeout == .infinity ? .forever : Deadline(after: TimeSpan(seconds: timeout)).due
        }
    }

    private static func words(_ call: HostCall, from first: Int32) throws(Fault) -> [[UInt8]] {
        var words: [[UInt8]] = []
        for index in first...max(call.count, first) { words.append(try call.word(index) { .argument(index, $0) }) }
        return words
    }

    private static func words(inList call: HostCall) throws(Fault) -> [[UInt8]] {
        guard call.count == 1 else { throw .argument(2, "no more arguments expected after a table with the command") }
        var words: [[UInt8]] = []
        for index in 1...max(call.stack.itemCount(of: 1), 1) {
            call.stack.pushItem(index, of: 1)
            words.append(try call.word(-1) { .argument(1, "[\(index)]: \($0)") })
            call.stack.pop()
        }
        return words
    }

    /// Reads the option `stdin`: a text, which is returned, or a file. Without it standard input is empty.
    private static func readInput(
        _ call: HostCall, _ options: HostCall.Options?, _ launch: inout LaunchOptions
    ) throws(Fault) -> GrowingBytes? {
        guard let options, options.push("stdin") else {
            launch.take(.null, 0)
            return nil
        }
        defer { call.stack.pop() }
        guard call.kind(-1) == .string else {
            launch.take(.copy(try call.file(-1, options, "stdin", "string or file")), 0)
            return nil
        }
        do throws(GrowingBytes.OutOfMemory) { return try GrowingBytes(call.bytes(-1)) } catch { throw .memory }
    }
}

/// The options for a new process that concern the system: its folder, its environment, its streams.
struct LaunchOptions {
    enum Stream {
        case pipe, null, inherit
        /// A duplicate of that descriptor.
        case copy(Int32)
    }

    private let call: HostCall
    private let options: HostCall.Options?
    private(set) var launch: Launch
    /// Which of the streams are pipes to this process.
    private(set) var pipes = [false, false, false]
    /// Why one of the streams could not be opened.
    private(set) var failure: SystemError?

    static let names = ["stdin", "stdout", "stderr", "cwd", "env", SandboxOption.name]

    /// What the process may reach; nil: everything.
    let sandbox: Sandbox?
    /// What makes that hold.
    let walls: Walls?

    /// `streams`: where the streams go by default; nil: the caller reads that option.
    init(
        _ call: HostCall, _ options: HostCall.Options?, words: [[UInt8]], file: [UInt8]? = nil, streams: [Stream?]
    ) throws(Fault) {
        self.call = call
        self.options = options
        sandbox = try SandboxOption.read(options)
        launch = Launch(words, file: file, environment: try Self.environment(call, options, sandbox))
        launch.folder = try options?.word("cwd")
        launch.isGuarded = file == nil
        var walls: Walls?
        if let sandbox {
            let child = file.map(Walls.Child.lua) ?? .program(launch.placesOfFile)
            do throws(Walls.Refusal) { walls = try Walls(sandbox, for: child) } catch {
                throw SandboxOption.fault(error, options)
            }
        }
        self.walls = walls
        if file == nil { launch.walls = walls }
        for (number, name) in ["stdin", "stdout", "stderr"].enumerated() {
            if let stream = streams[number] { try read(name, number, stream) }
        }
    }

    // MARK: - Environment

    /// This process's variables, or those of the sandbox, changed as the option says: `false` takes one away.
    private static func environment(
        _ call: HostCall, _ options: HostCall.Options?, _ sandbox: Sandbox?
    ) throws(Fault) -> [[UInt8]]? {
        let given = sandbox?.variables ?? call.worker.program.settings.environment
        guard let options, options.push("env") else { return given }
        guard call.kind(-1) == .table else {
            throw options.wrong("env", "table expected, got \(call.typeName(-1))")
        }
        var variables = given ?? Launch.ownEnvironment
        try call.stack.forEachPair(of: -1) { () throws(Fault) in
            guard call.kind(-2) == .string, case let name = Array(call.bytes(-2)), !name.isEmpty,
                !name.contains(0), !name.contains(UInt8(ascii: "="))
            else { throw options.wrong("env", "names of variables expected as keys") }
            let prefix = name + [UInt8(ascii: "=")]
            variables.removeAll { $0.starts(with: prefix) }
            if call.kind(-1) != .boolean || call.boolean(-1) {
                variables.append(prefix + (try call.word(-1) { options.wrong("env", $0) }))
            }
        }
        call.stack.pop()
        return variables
    }

    // MARK: - Streams

    private mutating func read(_ name: String, _ number: Int, _ usual: Stream) throws(Fault) {
        guard let options, options.push(name) else { return take(usual, number) }
        defer { call.stack.pop() }
        let words = ["pipe", "null", "inherit"] + (number == 2 ? ["stdout"] : [])
        guard call.kind(-1) == .string else {
            let list = words.map { "\"\($0)\"" }.joined(separator: ", ")
            return take(.copy(try call.file(-1, options, name, "\(list) or a file")), number)
        }
        switch try options.word(name, words) {
        case "null": take(.null, number)
        case "inherit": take(.inherit, number)
        case "stdout": launch.mergesErrors = true
        default: take(.pipe, number)
        }
    }

    /// The process goes on when its owner, or this process, has ended.
    mutating func detach() { (launch.isDetached, launch.isGuarded) = (true, false) }

    mutating func take(_ stream: Stream, _ number: Int) {
        do throws(SystemError) {
            switch stream {
            case .pipe: pipes[number] = true
            case .null: take(try Descriptor.null(), number)
            case .inherit: take(try Descriptor.copy(of: Int32(number)), number)
            case .copy(let other): take(try Descriptor.copy(of: other), number)
            }
        } catch { failure = error }
    }

    private mutating func take(_ descriptor: Descriptor, _ number: Int) {
        launch.streams[number] = descriptor.number
        launch.held.append(descriptor)
        // A program that reads from the terminal has to be in its foreground group. One in a sandbox has a session of its
        // own, to which the terminal does not belong.
        if number == 0, sandbox == nil, Descriptor.isTerminal(descriptor.number) { launch.joinsGroup = true }
    }
}

extension HostCall {
    /// A word of a command line: a string, or a number, without zero bytes.
    fileprivate func word(_ index: Int32, _ fault: (ByteText) -> Fault) throws(Fault) -> [UInt8] {
        guard kind(index) == .string || kind(index) == .number else {
            throw fault("string expected, got \(typeName(index))")
        }
        stack.push(copyOf: index)
        defer { stack.pop() }
        let bytes = bytes(-1)
        guard bytes.count < 64 << 10 || MemoryBound.hasRoom(4 * bytes.count) else { throw .memory }
        let word = Array(bytes)
        guard !word.contains(0) else { throw fault("a word of a command cannot hold a zero byte") }
        return word
    }

    /// The descriptor of an open file.
    fileprivate func file(
        _ index: Int32, _ options: Options, _ name: String, _ expected: ByteText
    ) throws(Fault) -> Int32 {
        switch file(index) {
        case .open(let descriptor): return descriptor
        case .closed: throw options.wrong(name, "the file is closed")
        case .none: throw options.wrong(name, "\(expected) expected, got \(typeName(index))")
        }
    }
}

extension HostCall.Options {
    /// A string for the system: bytes without zeros.
    fileprivate func word(_ name: String) throws(Fault) -> [UInt8]? {
        guard push(name) else { return nil }
        defer { call.stack.pop() }
        guard call.kind(-1) == .string else { throw wrong(name, "string expected, got \(call.typeName(-1))") }
        let bytes = call.bytes(-1)
        guard bytes.count < 64 << 10 || MemoryBound.hasRoom(4 * bytes.count) else { throw .memory }
        let word = Array(bytes)
        guard !word.contains(0) else { throw wrong(name, "it cannot hold a zero byte") }
        return word
    }

    /// A length of time in seconds; `math.huge` never ends.
    func seconds(_ name: String) throws(Fault) -> TimeSpan? {
        guard let value = try number(name) else { return nil }
        guard value >= 0 else { throw wrong(name, "0 or more seconds expected") }
        return TimeSpan(seconds: value)
    }
}
