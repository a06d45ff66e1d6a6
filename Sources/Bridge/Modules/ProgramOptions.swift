import CFence
import CLua

/// What `process.run` and `process.popen` are told: `[opts,] command, args...`, or one table with both.
struct ProgramOptions {
    enum Use {
        case run, open
    }

    /// Where a stream of the program goes, or comes from.
    enum Stream {
        case pipe
        case descriptor(Descriptor)
        /// For errors: where the output goes.
        case merged
    }

    private let call: HostCall
    private let options: HostCall.Options?
    private(set) var launch: Launch
    private(set) var input = Stream.pipe
    private(set) var output = Stream.pipe
    private(set) var errors = Stream.pipe
    /// What the program reads, as a whole.
    private(set) var text: GrowingBytes?
    /// Which of the streams are pipes.
    var pipes: [Bool] {
        [input, output, errors].map { if case .pipe = $0 { true } else { false } }
    }
    private(set) var limit = Int.max
    private(set) var deadline = Nanoseconds.forever
    private(set) var grace = Shutdown.grace

    private static let common = ["stdin", "stdout", "stderr", "cwd", "env", "grace"]

    init(_ call: HostCall, for use: Use) throws(Fault) {
        self.call = call
        let hasOptions = call.type(1) == LUA_TTABLE
        var isList = false
        if hasOptions {
            isList = lua_rawgeti(call.L, 1, 1) != LUA_TNIL || call.count == 2
            lua_pop_(call.L, 1)
            let known = Self.common + (use == .run ? ["timeout", "max_output"] : [])
            options = try call.options(1, known: known, withList: isList)
        } else {
            options = nil
        }
        let words = try isList ? Self.words(inList: call) : Self.words(call, from: hasOptions ? 2 : 1)
        launch = Launch(words, environment: try Self.environment(options))
        launch.folder = try options?.word("cwd")
        if let grace = try options?.seconds("grace") { self.grace = grace }
        try readStreams(use)
        guard use == .run, let options else { return }
        if let limit = try options.bytes("max_output") { self.limit = limit }
        if let timeout = try options.number("timeout") {
            deadline = timeout == .infinity ? .forever : Clock.now.later(by: Nanoseconds(seconds: timeout))
        }
    }

    // MARK: - Words

    private static func words(_ call: HostCall, from first: Int32) throws(Fault) -> [[UInt8]] {
        let last = max(call.count, first)
        var words: [[UInt8]] = []
        for index in first...last { words.append(try word(call, index) { .argument(index, $0) }) }
        return words
    }

    private static func words(inList call: HostCall) throws(Fault) -> [[UInt8]] {
        guard call.count == 1 else { throw .argument(2, "no more arguments expected after a table with the command") }
        var words: [[UInt8]] = []
        let count = lua_Integer(lua_rawlen(call.L, 1))
        for index in 1...max(count, 1) {
            lua_rawgeti(call.L, 1, index)
            words.append(try word(call, -1) { .argument(1, "[\(index)]: \($0)") })
            lua_pop_(call.L, 1)
        }
        return words
    }

    /// A word of the command line: a string, or a number, without zero bytes.
    private static func word(
        _ call: HostCall, _ index: Int32, _ fault: (String) -> Fault
    ) throws(Fault) -> [UInt8] {
        let type = call.type(index)
        guard type == LUA_TSTRING || type == LUA_TNUMBER else {
            throw fault("string expected, got \(call.typeName(index))")
        }
        lua_pushvalue(call.L, index)
        var count = 0
        let start = lua_tolstring(call.L, -1, &count)
        let word = Array(UnsafeRawBufferPointer(start: start, count: count))
        lua_pop_(call.L, 1)
        guard !word.contains(0) else { throw fault("a word of a command cannot hold a zero byte") }
        return word
    }

    // MARK: - Environment

    /// This process's variables, changed as the option says: `false` takes one away.
    private static func environment(_ options: HostCall.Options?) throws(Fault) -> [[UInt8]]? {
        guard let options, options.push("env") else { return nil }
        let call = options.call
        let L = call.L
        let table = lua_gettop(L)
        guard call.type(table) == LUA_TTABLE else {
            throw options.wrong("env", "table expected, got \(call.typeName(table))")
        }
        var variables = Launch.ownEnvironment
        lua_pushnil(L)
        while lua_next(L, table) != 0 {
            guard call.type(-2) == LUA_TSTRING, case let name = Array(call.bytes(-2)), !name.isEmpty,
                !name.contains(0), !name.contains(UInt8(ascii: "="))
            else { throw options.wrong("env", "names of variables expected as keys") }
            let prefix = name + [UInt8(ascii: "=")]
            variables.removeAll { $0.starts(with: prefix) }
            if call.type(-1) != LUA_TBOOLEAN || call.boolean(-1) {
                variables.append(prefix + (try word(call, -1) { options.wrong("env", $0) }))
            }
            lua_pop_(L, 1)
        }
        lua_pop_(L, 1)
        return variables
    }

    // MARK: - Streams

    private mutating func readStreams(_ use: Use) throws(Fault) {
        do throws(SystemError) {
            input = use == .open ? .pipe : .descriptor(try Descriptor.null())
            if use == .open { errors = .descriptor(try Descriptor.copy(of: 2)) }
        } catch { throw .message("cannot start a program: \(error)") }
        if let options, use == .run, options.push("stdin") {
            if call.type(-1) == LUA_TSTRING {
                do throws(GrowingBytes.OutOfMemory) { text = try GrowingBytes(call.bytes(-1)) } catch { throw .memory }
            } else {
                input = try file(options, "stdin", "string or file")
            }
            lua_pop_(call.L, 1)
        } else if let stream = try stream("stdin", 0, ["pipe", "null", "inherit"]) {
            input = stream
        }
        if let stream = try stream("stdout", 1, ["pipe", "null", "inherit"]) { output = stream }
        if let stream = try stream("stderr", 2, ["pipe", "null", "inherit", "stdout"]) { errors = stream }
        for (index, stream) in [input, output, errors].enumerated() {
            guard case .descriptor(let descriptor) = stream else { continue }
            launch.streams[index] = descriptor.number
            launch.held.append(descriptor)
            // Who reads from the terminal has to be in the group in front of it.
            if index == 0, Descriptor.isTerminal(descriptor.number) { launch.joinsGroup = true }
        }
    }

    private func stream(_ name: String, _ number: Int32, _ words: [String]) throws(Fault) -> Stream? {
        guard let options, options.push(name) else { return nil }
        defer { lua_pop_(call.L, 1) }
        guard call.type(-1) == LUA_TSTRING else {
            return try file(options, name, words.map { "\"\($0)\"" }.joined(separator: ", ") + " or a file")
        }
        let word = try options.word(name, words)
        do throws(SystemError) {
            switch word {
            case "null": return .descriptor(try Descriptor.null())
            case "inherit": return .descriptor(try Descriptor.copy(of: number))
            case "stdout": return .merged
            default: return .pipe
            }
        } catch { throw .message("cannot start a program: \(error)") }
    }

    /// The open file on top of the stack.
    private func file(_ options: HostCall.Options, _ name: String, _ expected: String) throws(Fault) -> Stream {
        let number = fence_file_descriptor(call.L, -1)
        if number == -1 { throw options.wrong(name, "the file is closed") }
        if number < 0 { throw options.wrong(name, "\(expected) expected, got \(call.typeName(-1))") }
        do throws(SystemError) { return .descriptor(try Descriptor.copy(of: number)) } catch {
            throw .message("cannot start a program: \(error)")
        }
    }
}

extension HostCall.Options {
    /// A string in bytes, to be handed to the system.
    fileprivate func word(_ name: String) throws(Fault) -> [UInt8]? {
        guard push(name) else { return nil }
        defer { lua_pop_(call.L, 1) }
        guard call.type(-1) == LUA_TSTRING else { throw wrong(name, "string expected, got \(call.typeName(-1))") }
        let word = Array(call.bytes(-1))
        guard !word.contains(0) else { throw wrong(name, "it cannot hold a zero byte") }
        return word
    }

    /// A length of time; `math.huge` is for ever.
    func seconds(_ name: String) throws(Fault) -> Nanoseconds? {
        guard let value = try number(name) else { return nil }
        guard value >= 0 else { throw wrong(name, "0 or more seconds expected") }
        return Nanoseconds(seconds: value)
    }
}
