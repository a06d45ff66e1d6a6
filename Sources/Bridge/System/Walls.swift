import CKernel
import Glibc

/// What makes a `Sandbox` hold: rules of Landlock, a filter of system calls, limits. The parent makes them; the child
/// raises them, for good (`walls.c`, `filter.c`). Immutable.
struct Walls: Sendable {
    /// `system_walls` with the filter behind it.
    let bytes: [UInt8]
    let rules: Descriptor
    /// Equal for walls with equal filters.
    let kind: Int

    /// Why there can be no such sandbox. `key`: the part of it that is meant; nil: it is none of them.
    struct Refusal: Error {
        let key: String?
        let text: ByteText
    }

    /// What the child is.
    enum Child {
        /// A program that is the first of these files that can be run. It may be run whatever the sandbox says.
        case program([[UInt8]])
        /// This program in child mode, which has its own limits of memory and time, and may start children of its own.
        case lua([UInt8])
    }

    /// Throws if the kernel cannot enforce the sandbox, or if a path is not there.
    init(_ sandbox: Sandbox, for child: Child) throws(Refusal) {
        if let text = Landlock.lack(abi: Int(system_landlock_abi())) { throw Refusal(key: nil, text: ByteText(text)) }
        guard system_has_filters() else { throw Refusal(key: nil, text: "this kernel has no filters of system calls") }
        rules = try Self.rules(sandbox, child)
        var limits = system_walls()
        let unlimited = UInt64.max
        limits.data = unlimited
        limits.seconds = unlimited
        if case .program = child {
            if let memory = sandbox.memory { limits.data = UInt64(memory) }
            if let seconds = sandbox.seconds { limits.seconds = UInt64(seconds) }
        }
        limits.files = sandbox.files.map(UInt64.init) ?? unlimited
        limits.size = sandbox.size.map(UInt64.init) ?? unlimited
        limits.capabilities = Capabilities.files
        if sandbox.network?.bind.contains(where: { $0 < 1024 }) == true { limits.capabilities |= Capabilities.ports }
        try Self.limitProcesses(sandbox, child, &limits)
        kind = Filters.kind(of: sandbox)
        let filter = try Filters.filter(kind)
        limits.count = UInt32(filter.count / 8)
        bytes = withUnsafeBytes(of: limits) { Array($0) } + filter
    }

    private enum Capabilities {
        /// CAP_DAC_OVERRIDE and CAP_FOWNER: the superuser still reads all files that the rules allow.
        static let files: UInt32 = 1 << 1 | 1 << 3
        /// CAP_NET_BIND_SERVICE.
        static let ports: UInt32 = 1 << 10
    }

    // MARK: - Rules

    /// What every process needs that is linked to libraries, and Lua's modules.
    private static let libraries = [
        "/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/local/lib", "/usr/share/lua",
        "/usr/local/share/lua", "/usr/share/zoneinfo", "/usr/share/locale", "/etc/ld.so.cache", "/etc/ld.so.preload",
        "/etc/localtime", "/dev/urandom", "/dev/random", "/dev/zero",
    ]
    private static let devices = ["/dev/null", "/dev/full"]
    /// They start what is linked to libraries.
    private static let loaders = [
        "/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1", "/lib/ld-musl-x86_64.so.1",
        "/lib/ld-musl-aarch64.so.1",
    ]

    private static func rules(_ sandbox: Sandbox, _ child: Child) throws(Refusal) -> Descriptor {
        let made = system_make_rules()
        guard made >= 0 else { throw Refusal(key: nil, text: failure("landlock_create_ruleset", made)) }
        let rules = Descriptor(made)
        func allow(_ paths: [String], _ access: Int32 = 0) {
            for path in paths { _ = system_allow_path(made, path, access) }
        }
        allow(libraries)
        allow(devices, Int32(SYSTEM_WRITES))
        allow(loaders, Int32(SYSTEM_EXECUTES))
        switch child {
        case .lua(let file):
            Self.allow([file], on: made)
            system_allow_libraries(made)
        case .program(let files):
            let file = files.first { file in withPath(file) { access($0, X_OK) == 0 } }
            if let file { Self.allow([file] + interpreters(of: file), on: made) }
        }
        let kinds = [
            ("read", sandbox.read, 0), ("write", sandbox.write, SYSTEM_WRITES | SYSTEM_CONTROLS),
            ("exec", sandbox.exec, SYSTEM_EXECUTES),
        ]
        for (key, paths, access) in kinds {
            for path in paths {
                guard path.bytes.first == UInt8(ascii: "/"), !path.bytes.contains(0) else {
                    throw Refusal(key: key, text: "absolute path expected, got '\(path)'")
                }
                let code = path.withCString { system_allow_path(made, $0, Int32(access)) }
                guard code == 0 else { throw Refusal(key: key, text: failure("'\(path)'", code)) }
            }
        }
        for (ports, binds) in [(sandbox.network?.connect ?? [], false), (sandbox.network?.bind ?? [], true)] {
            for port in ports {
                let code = system_allow_port(made, port, binds)
                guard code == 0 else { throw Refusal(key: "net", text: failure("\(port)", code)) }
            }
        }
        return rules
    }

    private static func allow(_ programs: [[UInt8]], on rules: Int32) {
        for program in programs { _ = withPath(program) { system_allow_path(rules, $0, Int32(SYSTEM_EXECUTES)) } }
    }

    private static func withPath<R>(_ path: [UInt8], _ body: (UnsafePointer<CChar>) -> R) -> R {
        ByteText(path).withCString(body)
    }

    private static func failure(_ what: ByteText, _ code: Int32) -> ByteText {
        "\(what): \(SystemError(call: "", code: abs(code)).text)"
    }

    /// What the kernel runs in the place of a script: the programs in the first lines (`#!`).
    private static func interpreters(of file: [UInt8]) -> [[UInt8]] {
        var found: [[UInt8]] = []
        var next = file
        while found.count < 4, let program = interpreter(of: next) {
            found.append(program)
            next = program
        }
        return found
    }

    private static func interpreter(of file: [UInt8]) -> [UInt8]? {
        let descriptor = Descriptor(withPath(file) { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) })
        guard descriptor.number >= 0 else { return nil }
        let head = [UInt8](unsafeUninitializedCapacity: 256) { bytes, count in
            count = max(0, Glibc.read(descriptor.number, bytes.baseAddress, 256))
        }
        guard head.starts(with: Array("#!".utf8)) else { return nil }
        let line = head.dropFirst(2).prefix { $0 != UInt8(ascii: "\n") }
        let isBlank: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        let program = line.drop(while: isBlank).prefix { !isBlank($0) && $0 != UInt8(ascii: "\r") }
        return program.isEmpty ? nil : Array(program)
    }

    // MARK: - Limits

    /// The limit of the kernel counts all processes of a user, and does not bind the superuser. So what he starts becomes
    /// a user of its own, which keeps his right to files.
    private static func limitProcesses(
        _ sandbox: Sandbox, _ child: Child, _ limits: inout system_walls
    ) throws(Refusal) {
        limits.processes = .max
        guard let count = sandbox.processes else { return }
        var own = 1
        if case .lua = child { own += threads }
        if system_is_superuser() {
            limits.user = firstUser + UInt32(bitPattern: system_next_user()) % users
        } else {
            let others = system_count_tasks()
            guard others >= 0 else {
                throw Refusal(key: "processes", text: failure("this user's processes cannot be counted", others))
            }
            own += Int(others) + reserve
        }
        limits.processes = UInt64(own + min(count, 1 << 30))
    }

    /// The threads of a Lua child that are not the script's: of its link, and of the reactor.
    private static let threads = 2
    /// The fork server and the children that it keeps ready are this user's as well, and may come after the count.
    private static let reserve = 4
    /// Numbers that nobody gives to users.
    private static let firstUser: UInt32 = 0x4000_0000, users: UInt32 = 0x2000_0000

    // MARK: - Filters

    /// The filters that were made so far, since making one takes half a millisecond.
    private enum Filters {
        private static let made = Guarded<[Int: [UInt8]]>([:])
        private static let room = 32 << 10

        static func kind(of sandbox: Sandbox) -> Int {
            var kinds = sandbox.memory == nil ? 0 : Int(SYSTEM_FILTER_MEMORY)
            if let network = sandbox.network {
                if !network.connect.isEmpty { kinds |= Int(SYSTEM_FILTER_CONNECTS) }
                if !network.bind.isEmpty { kinds |= Int(SYSTEM_FILTER_BINDS) }
            }
            return kinds
        }

        static func filter(_ kinds: Int) throws(Refusal) -> [UInt8] {
            try made.withLock { (made) throws(Refusal) in
                if let filter = made[kinds] { return filter }
                var size = 0
                let filter = [UInt8](unsafeUninitializedCapacity: room) { bytes, count in
                    size = system_make_filter(Int32(kinds), bytes.baseAddress, room)
                    count = max(0, size)
                }
                guard size >= 0 else {
                    if size == -Int(ELIBACC) { throw Refusal(key: nil, text: "libseccomp.so.2 is not installed") }
                    throw Refusal(key: nil, text: failure("libseccomp", Int32(size)))
                }
                made[kinds] = filter
                return filter
            }
        }
    }

    // MARK: - For a Lua child

    private static let size = MemoryLayout<system_walls>.size
    var filter: [UInt8] { Array(bytes[Self.size...]) }
    /// For a child that has the filter from the fork server.
    var bytesWithoutFilter: [UInt8] {
        var bytes = Array(bytes[..<Self.size])
        bytes.withUnsafeMutableBytes { bytes in
            bytes.withMemoryRebound(to: system_walls.self) { if !$0.isEmpty { $0[0].count = 0 } }
        }
        return bytes
    }

    /// A pipe from which a process can read the bytes. It has room for all.
    static func pipe(_ bytes: [UInt8]) throws(SystemError) -> Descriptor {
        let (reader, writer) = try Descriptor.pipe()
        guard case .bytes(bytes.count) = bytes.withUnsafeBytes({ writer.write($0) }) else {
            throw SystemError(call: "write", code: EIO)
        }
        return reader
    }

    private static func read(from pipe: Int32) -> [UInt8] {
        let pipe = Descriptor(pipe)
        return [UInt8](unsafeUninitializedCapacity: 64 << 10) { bytes, count in
            count = max(0, Glibc.read(pipe.number, bytes.baseAddress, 64 << 10))
        }
    }

    /// In the fork server for children with such filters: reads the filter from that pipe, and raises it. Whether it
    /// could be done.
    static func raiseFilter(from pipe: Int32) -> Bool {
        let filter = read(from: pipe)
        return !filter.isEmpty && filter.withUnsafeBytes { system_raise_filter($0.baseAddress, $0.count) } == 0
    }

    /// In the child, as below: reads them from that pipe.
    static func raise(from pipe: Int32, _ rules: Int32) throws(SystemError) {
        let bytes = read(from: pipe)
        // Under sanitizers there are more threads than ours; within other walls they cannot be counted.
        guard OSThread.count <= 1 || !Forking.isPossible else { throw SystemError(call: "sandbox", code: EBUSY) }
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(SystemError) in try raise(bytes, rules) }
        }
        try result.get()
    }

    /// Raises the walls. This process must have one thread. Throws when the kernel refuses.
    static func raise(_ bytes: UnsafeRawBufferPointer, _ rules: Int32) throws(SystemError) {
        system_note_memory()
        guard let start = bytes.baseAddress, bytes.count >= size else {
            throw SystemError(call: "sandbox", code: EINVAL)
        }
        let code = system_raise_walls(start.assumingMemoryBound(to: system_walls.self), rules)
        guard code == 0 else { throw SystemError(call: "sandbox", code: code) }
    }
}

extension Sandbox {
    /// Whole seconds, as the kernel counts them; nil: no limit.
    var seconds: Int? { cpu.flatMap { $0 == .infinity ? nil : Int(min($0, 1e9).rounded(.up)) } }
}

/// What the versions of Landlock can enforce.
enum Landlock {
    private static let parts: [(abi: Int, linux: String, text: String)] = [
        (3, "6.2", "truncating files"), (4, "6.7", "TCP ports"), (5, "6.10", "ioctl of devices"),
        (6, "6.12", "signals to other processes"),
    ]

    /// What a kernel with that version cannot keep a sandbox from; nil: nothing that a sandbox needs.
    static func lack(abi: Int) -> String? {
        guard abi > 0 else { return "this kernel has no Landlock" }
        let missing = parts.filter { $0.abi > abi }.map { "\($0.text) (ABI \($0.abi), Linux \($0.linux))" }
        if missing.isEmpty { return nil }
        return "the Landlock of this kernel (ABI \(abi)) cannot refuse: \(missing.joined(separator: ", "))"
    }
}
