import Testing

@testable import Bridge

/// Child processes of a host that reach only what is named.
@Suite struct SandboxTests {
    private func withRuntime<R>(_ body: (Runtime) async throws -> R) async throws -> R {
        let runtime = try makeRuntime { $0.childExecutable = Program.luaconc }
        let result = try await body(runtime)
        await runtime.shutdown()
        return result
    }

    @Test func `a child reaches what the sandbox names, and nothing else`() async throws {
        let (named, other): (String, String) = try await withRuntime { runtime in
            let sandbox = Sandbox(
                read: ["/etc/hostname"], network: .init(connect: [443], bind: [8080]), environment: ["DUM": "tis"],
                memory: 64 << 20, cpu: 60, files: 64, size: 1 << 20)
            let work = try await runtime.spawn(
                .process(sandbox: sandbox),
                """
                local file = assert(io.open("/etc/hostname"))
                return os.getenv("DUM"), select(2, io.open("/etc/passwd")), file:close()
                """)
            return try await work.join()
        }
        #expect(named == "tis")
        #expect(other == "/etc/passwd: Permission denied")
    }

    @Test func `what is wrong with a sandbox is thrown by spawn`() async throws {
        try await withRuntime { runtime in
            let wrong: [(Sandbox, String)] = [
                (Sandbox(read: ["/no/such"]), "option 'read': '/no/such': No such file or directory"),
                (Sandbox(write: ["here"]), "option 'write': absolute path expected, got 'here'"),
                (Sandbox(files: 1), "option 'files': 16 or more expected, got 1"),
                (Sandbox(cpu: -1), "option 'cpu': more than 0 seconds expected"),
                (Sandbox(memory: -1), "option 'memory': bytes or a size"),
            ]
            for (sandbox, text) in wrong {
                let error = await #expect(throws: ScriptError.self) {
                    _ = try await runtime.spawn(.process(sandbox: sandbox), "return 1")
                }
                #expect(error?.message.description.contains(text) == true, "\(error?.message ?? "")")
            }
        }
    }

    @Test func `a kernel that cannot enforce a sandbox is told what it lacks`() {
        #expect(Landlock.lack(abi: 0) == "this kernel has no Landlock")
        #expect(
            Landlock.lack(abi: 1)
                == "the Landlock of this kernel (ABI 1) cannot refuse: truncating files (ABI 3, Linux 6.2), "
                + "TCP ports (ABI 4, Linux 6.7), ioctl of devices (ABI 5, Linux 6.10), "
                + "signals to other processes (ABI 6, Linux 6.12)")
        #expect(
            Landlock.lack(abi: 5)
                == "the Landlock of this kernel (ABI 5) cannot refuse: signals to other processes (ABI 6, Linux 6.12)")
        for abi in 6...12 { #expect(Landlock.lack(abi: abi) == nil) }
    }

    @Test(
        arguments: [
            ([Tag.integer.rawValue, 1, 0, 0, 0, 0, 0, 0, 0], true),
            ([Tag.short.rawValue, 2, Tag.function.rawValue, Tag.function.rawValue], true),
            ([Tag.module.rawValue, 0, 0, 0, 0, 0], true),  // the metatable of error objects
            ([Tag.module.rawValue, 0, 1, 0, 0, 0, 65], false),
            ([Tag.module.rawValue, 1, 0, 0, 0, 0], false),
            ([Tag.function.rawValue, 0, 0, 0, 0, 0, 0, 0, 0], false),
            ([Tag.globals.rawValue], false),
            ([Tag.short.rawValue, 3, 65], false),
            ([Tag.string.rawValue, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], false),
            ([Tag.integers.rawValue, 0xff, 0xff, 0xff, 0xff], false),
            ([200], false),
        ] as [([UInt8], Bool)])
    func `data and code are told apart`(_ value: [UInt8], _ isData: Bool) {
        let bytes = value + [Tag.end.rawValue] + [0, 0, 0, 0, 1, 0, 0, 0]
        bytes.withUnsafeBytes { #expect(Message.holdsOnlyData($0) == isData) }
        let withClass = value + [Tag.end.rawValue] + [UInt8](repeating: 0, count: 12) + [1, 0, 0, 0, 1, 0, 0, 0]
        withClass.withUnsafeBytes { #expect(!Message.holdsOnlyData($0)) }
        for count in 0..<8 { bytes.prefix(count).withUnsafeBytes { #expect(!Message.holdsOnlyData($0)) } }
    }

    @Test func `the limit of time is in whole seconds`() {
        #expect(Sandbox().seconds == nil)
        #expect(Sandbox(cpu: .infinity).seconds == nil)
        #expect(Sandbox(cpu: 0.2).seconds == 1)
        #expect(Sandbox(cpu: 2).seconds == 2)
        #expect(Sandbox(cpu: 1e300).seconds == 1_000_000_000)
    }
}
