import Bridge
import Foundation
import Testing

/// What a host takes of its scripts, and denies them, in all states and child processes.
@Suite struct OutputTests {
    /// Joins what comes in pieces. Shared.
    private static func collect(_ notes: Notes) -> @Sendable ([UInt8]) -> Void {
        { notes.add(String(decoding: $0, as: UTF8.self)) }
    }

    @Test func `output is all that scripts write to the standard streams`() async throws {
        let (written, reported) = (Notes(), Notes())
        let runtime = try makeRuntime {
            $0.output = Self.collect(written)
            $0.errorOutput = Self.collect(reported)
        }
        let folder = TemporaryFolder.make("output").path
        try await runtime.run(
            source: """
                print("a", nil, 1.5, setmetatable({}, {__tostring = function() return "T" end}))
                assert(io.write("b", 2, 0.5) == io.output() and io.output() == io.stdout)
                io.stdout:write("c"):write("d", 3)
                io.stderr:write("e", 4)
                io.output(io.stderr) io.write("f") io.output(io.stdout)
                io.stdout:setvbuf("full") io.stdout:write("g") io.stdout:flush()
                warn("careful ", "now")
                thread.spawn(function() print("thread") io.stdout:write("handle") end):join()
                local name = ... .. "/file"
                io.output(name) io.write("to a file", 1) io.output():write(" too") io.close() io.output(io.stdout)
                assert(io.open(name):read("a") == "to a file1 too")
                for line in io.lines(name) do print(line) end
                """, arguments: [folder])
        #expect(
            written.all == [
                "a\tnil\t1.5\tT\n", "b20.5", "c", "d3", "g", "thread\n", "handle", "to a file1 too\n",
            ])
        #expect(reported.all == ["e4", "f", "Lua warning: careful now\n"])
        await runtime.shutdown()
    }

    @Test func `redirected functions fail in Lua's words`() async throws {
        let notes = Notes()
        let runtime = try makeRuntime { $0.output = Self.collect(notes) }
        try await runtime.run(
            source: """
                local function message(f, ...) return select(2, pcall(f, ...)) end
                local e = message(function() io.write("x", {}) end)
                assert(e:find("bad argument #2 to 'write' (string expected, got table)", 1, true), e)
                e = message(function() io.stdout:write("x", nil) end)
                assert(e:find("bad argument #2 to 'write' (string expected, got nil)", 1, true), e)
                e = message(function() io.stdout.write(5, "x") end)
                assert(e:find("bad argument #1 to 'write' (FILE* expected, got number)", 1, true), e)
                assert(not pcall(print, setmetatable({}, {__tostring = function() error("no") end})))
                local f = io.tmpfile()
                f:close()
                assert(message(function() f:write("x") end):find("attempt to use a closed file", 1, true))
                io.stderr:write("")
                """)
        #expect(notes.all == [])
        await runtime.shutdown()
    }

    @Test func `output of child processes comes in order, before they have ended`() async throws {
        let (written, reported) = (Notes(), Notes())
        let runtime = try makeRuntime {
            $0.output = Self.collect(written)
            $0.errorOutput = Self.collect(reported)
            $0.childExecutable = Program.luaconc
        }
        try await runtime.run(
            source: """
                local function child()
                  print("child")
                  io.stdout:write("of", " ", 1)
                  io.stderr:write("errors")
                  thread.spawn(function() print("thread of the child") end):join()
                  process.spawn(function() print("grandchild") end):join()
                end
                process.spawn(child):join()
                print("parent")
                """)
        #expect(written.all == ["child\n", "of 1", "thread of the child\n", "grandchild\n", "parent\n"])
        #expect(reported.all == ["errors"])
        // More than is kept on the way.
        let megabytes: Int = try await runtime.evaluate(
            "process.spawn(function() local s = ('x'):rep(1 << 16) for i = 1, 80 do print(s) end end):join() return 5")
        #expect(written.all.dropFirst(5).reduce(0) { $0 + $1.utf8.count } == 80 * (1 << 16 + 1) && megabytes == 5)
        await runtime.shutdown()
    }

    @Test func `errors that nobody waits for reach the host, with all they say`() async throws {
        let errors = ErrorList()
        let module = Module("host") { Function("fail") { () throws -> Int in throw Broken(number: 7) } }
        let runtime = try makeRuntime(module) {
            $0.onError = { errors.add($0) }
            $0.childExecutable = Program.luaconc
        }
        try await runtime.run(
            source: """
                task.spawn({name = "one"}, function() error("first", 0) end)
                timer.after(0, function() error({code = 5, list = {1, 2}}) end)
                thread.spawn(function() host.fail() end)
                local p = process.spawn(function()
                  task.spawn(function() error("in a child", 0) end):wait(1)
                  task.spawn(function() error("lost in a child", 0) end)
                end)
                p:join()
                """)
        #expect(await runtime.shutdown() == 1)
        let all = errors.all
        let first = try #require(all.first { $0.message == "first" })
        #expect(first.kind == .error && first.origin.description.contains("one") && !first.traceback.isEmpty)
        let object = try #require(all.first { $0.value != nil })
        struct Code: Decodable, Equatable { let code: Int, list: [Int] }
        let code = try object.value?.read(as: Code.self)
        #expect(code == Code(code: 5, list: [1, 2]))
        #expect(all.contains { $0.underlying as? Broken == Broken(number: 7) })
        #expect(all.contains { $0.message == "lost in a child" })
    }

    @Test func `limits and libraries hold in threads and child processes`() async throws {
        let runtime = try makeRuntime {
            $0.libraries = [.threads, .processes, .tasks]
            $0.memoryLimit = 8 << 20
            $0.childExecutable = Program.luaconc
        }
        let fill = "local t = {} for i = 1, 1e9 do t[i] = {i} end"
        for place in ["thread.spawn(", "thread.spawn({memory = 1 << 30}, ", "process.spawn("] {
            await #expect { try await runtime.run(source: "\(place)function() \(fill) end):join()") } throws: {
                ($0 as? ScriptError)?.kind == .memory
            }
        }
        await #expect {
            try await runtime.run(
                source: "process.spawn(function() thread.spawn(function() \(fill) end):join() end):join()")
        } throws: {
            ($0 as? ScriptError)?.kind == .memory
        }
        try await runtime.run(
            source: """
                local function libraries() return io, debug, package, os.execute, string.dump, load("\\27Lua") end
                assert(select("#", libraries()) >= 5)
                for _, spawn in ipairs{task.spawn, thread.spawn, process.spawn} do
                  local all = table.pack(spawn(libraries):join())
                  for i = 1, 5 do assert(all[i] == nil, i) end
                  assert(all[6] == nil)
                end
                assert(process.spawn(function()
                  return sched == nil, supervisor ~= nil, process.spawn(function() return io == nil end):join()
                end):join() == false)
                """)
        await runtime.shutdown()
    }

    @Test func `the host says which environment there is`() async throws {
        let runtime = try makeRuntime {
            $0.environment = ["GREETING": "hello", "PATH": "/usr/bin:/bin", "LUA_PATH": "/nowhere/?.lua"]
            $0.childExecutable = Program.luaconc
        }
        try await runtime.run(
            source: """
                assert(os.getenv("GREETING") == "hello" and os.getenv("HOME") == nil)
                assert(not package.path:find("nowhere"))
                assert(thread.spawn(os.getenv, "GREETING"):join() == "hello")
                assert(process.run("sh", "-c", "echo $GREETING$HOME").stdout == "hello\\n")
                local r = process.run({env = {MORE = "more"}}, "sh", "-c", "echo $GREETING $MORE")
                assert(r.stdout == "hello more\\n", r.stdout)
                local greeting, home = process.spawn(function() return os.getenv("GREETING"), os.getenv("HOME") end):join()
                assert(greeting == "hello" and home == nil)
                """)
        await runtime.shutdown()
    }

    @Test func `calls may take as long as the host says once`() async throws {
        let runtime = try makeRuntime { $0.timeLimit = .milliseconds(30) }
        func isTimeout(_ error: any Error) -> Bool { (error as? ScriptError)?.kind == .timeout }
        await #expect { try await runtime.run(source: "while true do end") } throws: { isTimeout($0) }
        await #expect { let _: Int = try await runtime.evaluate("sleep(60)") } throws: { isTimeout($0) }
        let endless: LuaFunction = try await runtime.evaluate(
            "function f() sleep(60) end spawn = f return f", deadline: .seconds(60))
        await #expect { let _: Int = try await endless.call() } throws: { isTimeout($0) }
        for name in ["f", "spawn"] {
            await #expect { let _: Int = try await runtime.call(name) } throws: { isTimeout($0) }
        }
        let n: Int = try await runtime.evaluate("sleep(0.06) return 1", deadline: .seconds(60))
        #expect(n == 1)
        await runtime.shutdown()
    }
}

/// Errors that threads add. Shared.
final class ErrorList: @unchecked Sendable {  // sound: guarded by the lock
    private let lock = NSLock()
    private var list: [ScriptError] = []
    func add(_ error: ScriptError) { lock.withLock { list.append(error) } }
    var all: [ScriptError] { lock.withLock { list } }
}
