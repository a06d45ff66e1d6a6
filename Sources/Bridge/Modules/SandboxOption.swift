/// The option `sandbox` of the functions that start processes: `true`, or a table that says what the child may reach.
enum SandboxOption {
    static let keys = ["read", "write", "exec", "net", "env", "memory", "cpu", "files", "processes", "size"]
    static let name = "sandbox"

    /// Nil: there is no sandbox.
    static func read(_ options: HostCall.Options?) throws(Fault) -> Sandbox? {
        guard let options, options.push(name) else { return nil }
        let call = options.call
        defer { call.stack.pop() }
        if call.kind(-1) == .boolean { return call.boolean(-1) ? Sandbox() : nil }
        guard call.kind(-1) == .table else {
            throw options.wrong(name, "true or table expected, got \(call.typeName(-1))")
        }
        let index = call.count
        do throws(Fault) { return try read(try call.options(index, known: keys)) } catch {
            guard case .argument(_, let text) = error else { throw error }
            throw options.wrong(name, text)
        }
    }

    /// The table that says the same as the sandbox.
    static func value(_ sandbox: Sandbox) -> Value {
        func paths(_ paths: [ByteText]) -> Value { .array(paths.map(Value.string)) }
        func ports(_ ports: [UInt16]) -> Value { .array(ports.map { .integer(Int($0)) }) }
        var table: [Value: Value] = [
            "read": paths(sandbox.read), "write": paths(sandbox.write), "exec": paths(sandbox.exec),
        ]
        if let net = sandbox.network {
            table["net"] = .dictionary(["connect": ports(net.connect), "bind": ports(net.bind)])
        }
        if let variables = sandbox.environment {
            let pairs = variables.map { (Value.string($0.key), Value.string($0.value)) }
            table["env"] = .dictionary(Dictionary(uniqueKeysWithValues: pairs))
        }
        if let cpu = sandbox.cpu { table["cpu"] = .number(cpu) }
        let numbers = [
            "memory": sandbox.memory, "files": sandbox.files, "processes": sandbox.processes, "size": sandbox.size,
        ]
        for case (let key, let number?) in numbers { table[.string(ByteText(key))] = .integer(number) }
        return .dictionary(table)
    }

    /// What the kernel cannot enforce, or a path that is not there.
    static func fault(_ refusal: Walls.Refusal, _ options: HostCall.Options?) -> Fault {
        guard let key = refusal.key, let options else { return .message("sandbox: \(refusal.text)") }
        return options.wrong(name, "option '\(key)': \(refusal.text)")
    }

    private static func read(_ options: HostCall.Options) throws(Fault) -> Sandbox {
        var sandbox = Sandbox()
        sandbox.read = try paths("read", options)
        sandbox.write = try paths("write", options)
        sandbox.exec = try paths("exec", options)
        sandbox.network = try network(options)
        sandbox.environment = try variables(options)
        sandbox.memory = try options.bytes("memory")
        sandbox.size = try options.bytes("size")
        if let seconds = try options.number("cpu") {
            guard seconds > 0 else { throw options.wrong("cpu", "more than 0 seconds expected") }
            sandbox.cpu = seconds
        }
        if let count = try options.integer("files") {
            guard count >= least else { throw options.wrong("files", "\(least) or more expected, got \(count)") }
            sandbox.files = count
        }
        if let count = try options.integer("processes") {
            guard count >= 0 else { throw options.wrong("processes", "0 or more expected, got \(count)") }
            sandbox.processes = count
        }
        return sandbox
    }

    /// Fewer descriptors than these, and a child cannot even start.
    private static let least = 16

    private static func paths(_ key: String, _ options: HostCall.Options) throws(Fault) -> [ByteText] {
        try list(key, options, "list of paths") { call in call.kind(-1) == .string ? call.text(-1) : nil }
    }

    /// The items of a list; `item` reads the one on the top, and gives nil if it is of the wrong type.
    private static func list<T>(
        _ key: String, _ options: HostCall.Options, _ expected: ByteText, _ item: (HostCall) -> T?
    ) throws(Fault) -> [T] {
        guard options.push(key) else { return [] }
        let call = options.call
        defer { call.stack.pop() }
        guard call.kind(-1) == .table else {
            throw options.wrong(key, "\(expected) expected, got \(call.typeName(-1))")
        }
        let (index, count) = (call.count, call.stack.itemCount(of: call.count))
        var items: [T] = []
        var pairs = 0
        try call.stack.forEachPair(of: index) { () throws(Fault) in pairs += 1 }
        guard pairs == count else { throw options.wrong(key, "\(expected) expected, got a table with other keys") }
        for number in stride(from: 1, through: count, by: 1) {
            call.stack.pushItem(number, of: index)
            defer { call.stack.pop() }
            guard let value = item(call) else {
                throw options.wrong(key, "\(expected) expected, item \(number) is a \(call.typeName(-1))")
            }
            items.append(value)
        }
        return items
    }

    private static func network(_ options: HostCall.Options) throws(Fault) -> Sandbox.Network? {
        guard options.push("net") else { return nil }
        let call = options.call
        defer { call.stack.pop() }
        if call.kind(-1) == .boolean, !call.boolean(-1) { return nil }
        guard call.kind(-1) == .table else {
            throw options.wrong("net", "false or table expected, got \(call.typeName(-1))")
        }
        let ports = try nested("net", options) { () throws(Fault) in
            try call.options(call.count, known: ["connect", "bind"])
        }
        return try nested("net", options) { () throws(Fault) in
            Sandbox.Network(connect: try read(ports: "connect", ports), bind: try read(ports: "bind", ports))
        }
    }

    private static func read(ports key: String, _ options: HostCall.Options) throws(Fault) -> [UInt16] {
        let numbers = try list(key, options, "list of ports") { call in call.stack.number(-1) }
        var ports: [UInt16] = []
        for number in numbers {
            guard let port = UInt16(exactly: number) else {
                throw options.wrong(key, "port from 0 to 65535 expected, got \(number)")
            }
            ports.append(port)
        }
        return ports
    }

    /// An error about a table in the option says so.
    private static func nested<R>(
        _ key: String, _ options: HostCall.Options, _ body: () throws(Fault) -> R
    ) throws(Fault) -> R {
        do throws(Fault) { return try body() } catch {
            guard case .argument(_, let text) = error else { throw error }
            throw options.wrong(key, text)
        }
    }

    private static func variables(_ options: HostCall.Options) throws(Fault) -> [ByteText: ByteText]? {
        guard options.push("env") else { return nil }
        let call = options.call
        defer { call.stack.pop() }
        guard call.kind(-1) == .table else { throw options.wrong("env", "table expected, got \(call.typeName(-1))") }
        var variables: [ByteText: ByteText] = [:]
        try call.stack.forEachPair(of: call.count) { () throws(Fault) in
            guard call.kind(-2) == .string, case let key = call.text(-2), !key.isEmpty,
                !key.bytes.contains(where: { $0 == 0 || $0 == UInt8(ascii: "=") })
            else { throw options.wrong("env", "names of variables expected as keys") }
            guard call.kind(-1) == .string, case let value = call.text(-1), !value.bytes.contains(0) else {
                throw options.wrong("env", "\(key): string without zero bytes expected")
            }
            variables[key] = value
        }
        return variables
    }
}

extension Sandbox {
    /// The variables of the child, `NAME=value`, in the order of their names.
    var variables: [[UInt8]] {
        if let environment {
            return environment.map { ($0.key + "=" + $0.value).bytes }.sorted { $0.lexicographicallyPrecedes($1) }
        }
        let usual = ["PATH=", "LANG=", "TZ="].map { Array($0.utf8) }
        return Launch.ownEnvironment.filter { variable in usual.contains { variable.starts(with: $0) } }
    }
}
