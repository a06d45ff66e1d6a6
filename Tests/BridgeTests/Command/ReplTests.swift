import Foundation
import Glibc
import Testing

/// The prompt at a terminal.
@Suite struct ReplTests {
    @Test func `it greets, prints expressions, and ends with Ctrl-D`() async throws {
        try await Terminal.run { terminal in
            try terminal.expect("Lua 5.4")
            try terminal.expect("> ")
            terminal.type("1 + 1\n")
            try terminal.expect("\n2\r\n> ")
            terminal.type("= 'old', nil\n")
            try terminal.expect("\n\"old\"\tnil\r\n> ")
            terminal.type("x = 5\n")
            try terminal.expect("> ")
            terminal.type("x\n")
            try terminal.expect("\n5\r\n> ")
            terminal.type("\u{4}")
            #expect(try terminal.end() == 0)
            #expect(terminal.isAsUsual)
        }
    }

    @Test func `what is typed before the prompt is there is not lost`() async throws {
        try await Terminal.run { terminal in
            terminal.type("print('ty' .. 'ped')\n")
            try terminal.expect("\ntyped\r\n> ")
        }
    }

    @Test func `a statement may take several lines`() async throws {
        try await Terminal.run { terminal in
            try terminal.expect("> ")
            terminal.type("for i = 1, 2 do\n")
            try terminal.expect("\n>> ")
            terminal.type("print(i * 10)\n")
            try terminal.expect("\n>> ")
            terminal.type("end\n")
            try terminal.expect("\n10\r\n20\r\n> ")
        }
    }

    @Test func `errors leave the prompt alive`() async throws {
        try await Terminal.run { terminal in
            try terminal.expect("> ")
            terminal.type("error('boom')\n")
            try terminal.expect("\nstdin:1: boom\r\nstack traceback:")
            try terminal.expect("> ")
            terminal.type("x x\n")
            try terminal.expect("\nstdin:1: syntax error near 'x'\r\n> ")
            terminal.type("error(setmetatable({}, {__tostring = function() return 'mine' end}))\n")
            try terminal.expect("\nmine\r\n> ")
            terminal.type("error(nil)\n")
            try terminal.expect("\n(error object is a nil value)\r\n")
            terminal.type("local function f() return 1 + f() end f()\n")
            try terminal.expect("stack overflow")
            try terminal.expect("> ")
            terminal.type("6 * 7\n")
            try terminal.expect("\n42\r\n> ")
        }
    }

    @Test func `timers, tasks and threads go on while the prompt waits`() async throws {
        try await Terminal.run { terminal in
            try terminal.expect("> ")
            terminal.type("t = timer.every(0.02, function(n) io.write('tick', t.count, '\\n') end)\n")
            try terminal.expect("tick2")
            try terminal.expect("tick5")
            terminal.type("t:cancel() task.spawn(function() sleep(0.05) print('from ' .. 'task') end)\n")
            try terminal.expect("from task")
            terminal.type("thread.spawn(function() sleep(0.05) print('from ' .. 'thread') end)\n")
            try terminal.expect("from thread")
            terminal.type("c = channel.new() task.spawn(function() for v in c do print('got ' .. v) end end)\n")
            try terminal.expect("> ")
            terminal.type("thread.spawn(function(c) sleep(0.05) c:send('mail') end, c)\n")
            try terminal.expect("got mail")
        }
    }

    @Test func `blocking calls work at the prompt`() async throws {
        try await Terminal.run { terminal in
            try terminal.expect("> ")
            terminal.type("sleep(0.02) thread.spawn(function() return 40 + 2 end):join()\n")
            try terminal.expect("> ")
            terminal.type("thread.spawn(function() return 40 + 2 end):join()\n")
            try terminal.expect("\n42\r\n> ")
        }
    }

    @Test func `an error of a task that nobody waits for is told, and the prompt lives`() async throws {
        try await Terminal.run { terminal in
            try terminal.expect("> ")
            terminal.type("task.spawn({name = 'dum'}, function() sleep(0.02) error('in task') end)\n")
            try terminal.expect("task 'dum': stdin:1: in task")
            terminal.type("'alive'\n")
            try terminal.expect("\n\"alive\"\r\n> ")
        }
    }

    @Test func `Ctrl-D ends although a timer repeats for ever`() async throws {
        try await Terminal.run { terminal in
            try terminal.expect("> ")
            terminal.type("timer.every(1, function() end)\n")
            try terminal.expect("> ")
            terminal.type("\u{4}")
            #expect(try terminal.end() == 0)
        }
    }

    @Test func `the script may end the program while the prompt waits`() async throws {
        try await Terminal.run { terminal in
            try terminal.expect("> ")
            terminal.type("timer.after(0.05, os.exit, 7)\n")
            #expect(try terminal.end() == 7)
            #expect(terminal.isAsUsual)
        }
    }

    @Test func `Ctrl-C at the prompt drops the line`() async throws {
        try await Terminal.run { terminal in
            try terminal.expect("> ")
            terminal.type("this is wrong")
            try terminal.expect("wrong")
            terminal.type("\u{3}")
            try terminal.expect("\n> ")
            terminal.type("for i = 1, 3 do\n")
            try terminal.expect(">> ")
            terminal.type("\u{3}")
            try terminal.expect("\n> ")
            terminal.type("6 * 7\n")
            try terminal.expect("\n42\r\n> ")
        }
    }

    @Test(arguments: [
        "while true do end", "sleep(1000)", "pcall(function() while true do end end)",
        "coroutine.wrap(function() while true do end end)()", "channel.new():recv()",
        "thread.spawn(sleep, 1000):join()",
    ])
    func `Ctrl-C ends what the prompt runs, and nothing else`(_ statement: String) async throws {
        try await Terminal.run { terminal in
            try terminal.expect("> ")
            terminal.type("count = 0 function tick() count = count + 1 timer.after(0.02, tick) end tick()\n")
            try terminal.expect("> ")
            terminal.type("print('be' .. 'gun') \(statement)\n")
            try terminal.expect("begun")
            terminal.type("\u{3}")
            try terminal.expect("interrupted!\r\n> ")
            terminal.type("before = count while count < before + 2 do sleep(0.01) end print('ticks')\n")
            try terminal.expect("\nticks\r\n> ")
        }
    }

    @Test func `a second Ctrl-C ends a program that the first could not`() async throws {
        try await Terminal.run { terminal in
            try terminal.expect("> ")
            terminal.type("stat = '/proc/self/task/' .. process.pid() .. '/stat'\n")
            terminal.type("fields = '%) %a' .. (' %-?%d+'):rep(10) .. ' (%d+)'\n")
            terminal.type("function spent() return tonumber((io.open(stat):read('a'):match(fields))) end\n")
            terminal.type("function busy(at) repeat sleep(0.01) until spent() > at + 5 print('be' .. 'gun') end\n")
            terminal.type("thread.spawn(busy, spent())\n")
            terminal.type("string.find(string.rep('a', 1000000), '.*b')\n")
            try terminal.expect("begun")
            for _ in 0..<20 {  // two at once are one to the kernel
                terminal.type("\u{3}")
                usleep(20_000)
            }
            #expect(try terminal.end() == -SIGINT)
        }
    }

    @Test func `prompts may be changed`() async throws {
        try await Terminal.run(["-i", "-e", "_PROMPT = 'lua$ ' _PROMPT2 = 'more$ '"]) { terminal in
            try terminal.expect("lua$ ")
            terminal.type("f(\n")
            try terminal.expect("more$ ")
            terminal.type(")\n")
            try terminal.expect("attempt to call a nil value")
            try terminal.expect("lua$ ")
        }
    }

    @Test func `pasted lines run one after the other`() async throws {
        try await Terminal.run { terminal in
            try terminal.expect("> ")
            terminal.type("for i = 1, 2 do\nprint(i * 10)\nend\n6 * 7\nx = [[\nlong]]\n#x\n")
            try terminal.expect("\n10\r\n20\r\n> ")
            try terminal.expect("\n42\r\n> ")
            try terminal.expect("\n4\r\n> ")
        }
    }

    @Test func `-i runs the script first`() async throws {
        try await Terminal.run(["-i", "-e", "print('first', ...)", "-e", "x = 9"]) { terminal in
            try terminal.expect("first")
            try terminal.expect("> ")
            terminal.type("x, arg[1]\n")
            try terminal.expect("\n9\t\"-i\"\r\n")
        }
    }

    @Test func `a script may read the terminal`() async throws {
        try await Terminal.run { terminal in
            try terminal.expect("> ")
            terminal.type("io.read()\n")
            try terminal.expect("\r\n")
            terminal.waitUntilUsual()
            terminal.type("typed by hand\n")
            try terminal.expect("typed by hand\r\n\"typed by hand\"\r\n> ")
        }
    }

    @Test func `what is printed may go elsewhere`() async throws {
        let file = TemporaryFolder.make("output").appendingPathComponent("text").path
        try await Terminal.run(["-e", "io.output('\(file)') io.stdout:close()", "-i"]) { terminal in
            try terminal.expect("> ")
            terminal.type("io.write('to the file')\n")
            try terminal.expect("> ")
            terminal.type("os.exit(3)\n")
            #expect(try terminal.end() == 3)
        }
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "to the file")
    }

    // MARK: - Editing

    static let editor = "libedit.so.2"
    static let hasEditor: Bool = {
        guard let library = dlopen(editor, RTLD_NOW) else { return false }
        dlclose(library)
        return true
    }()

    @Test(.enabled(if: hasEditor, "libedit2 is not installed"), arguments: ["C.UTF-8", "C", "no_SUCH"])
    func `lines can be edited, also beyond ASCII`(_ locale: String) async throws {
        try await Terminal.run(environment: ["LC_ALL": locale]) { terminal in
            try terminal.expect("> ")
            terminal.type("'wrang'\u{1b}[D\u{1b}[D\u{1b}[D\u{7f}o")  // three to the left, rub out, o
            terminal.type("\n")
            try terminal.expect("\n\"wrong\"\r\n")
            terminal.type("#'é', 'ß€'\n")
            try terminal.expect("\n2\t\"ß€\"\r\n")
            terminal.type("os.setlocale()\n")
            try terminal.expect("\n\"C\"\r\n")
        }
    }

    @Test(.enabled(if: hasEditor, "libedit2 is not installed"))
    func `history is kept from session to session`() async throws {
        let file = TemporaryFolder.make("history").appendingPathComponent("history").path
        try await Terminal.run(environment: ["LUACONC_HISTORY": file]) { terminal in
            try terminal.expect("> ")
            terminal.type("'one' .. 1\n")
            try terminal.expect("\n\"one1\"\r\n> ")
            terminal.type("'two' .. 2\n")
            try terminal.expect("\n\"two2\"\r\n> ")
            terminal.type("\u{1b}[A\u{1b}[A\n")
            try terminal.expect("\n\"one1\"\r\n> ")
            terminal.type("\u{4}")
            _ = try terminal.end()
        }
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "'one' .. 1\n'two' .. 2\n'one' .. 1\n")
        try await Terminal.run(environment: ["LUACONC_HISTORY": file]) { terminal in
            try terminal.expect("> ")
            terminal.type("\u{1b}[A\u{1b}[A\n")
            try terminal.expect("\n\"two2\"\r\n> ")
        }
    }

    @Test(.enabled(if: hasEditor, "libedit2 is not installed"))
    func `history is in the home folder, or nowhere`() async throws {
        let home = TemporaryFolder.make("home")
        func type(_ environment: [String: String]) async throws {
            try await Terminal.run(environment: environment.merging(["HOME": home.path]) { $1 }) { terminal in
                try terminal.expect("> ")
                terminal.type("'kept?'\n")
                try terminal.expect("\n\"kept?\"\r\n> ")
                terminal.type("\u{4}")
                _ = try terminal.end()
            }
        }
        try await type(["LUACONC_HISTORY": ""])
        #expect(try FileManager.default.contentsOfDirectory(atPath: home.path).isEmpty)
        try await type(["LUACONC_HISTORY": home.path + "/no/such/folder"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: home.path).isEmpty)
    }

    @Test(.enabled(if: hasEditor, "libedit2 is not installed"))
    func `the tabulator completes names`() async throws {
        try await Terminal.run { terminal in
            try terminal.expect("> ")
            terminal.type("string.forma\t'%d', 5)\n")
            try terminal.expect("\n\"5\"\r\n> ")
            terminal.type("uniqueName = {inner = {value = 77}}\n")
            try terminal.expect("> ")
            terminal.type("uniq\t.inn\t.va\t\n")
            try terminal.expect("\n77\r\n> ")
            terminal.type("('x'):rep(2)\n")
            try terminal.expect("\n\"xx\"\r\n> ")
            terminal.type("c = channel.new(5)\n")
            try terminal.expect("> ")
            terminal.type("c:capac\t\n")
            try terminal.expect("\n5\r\n> ")
            terminal.type("string.re\t")
            try terminal.expect("string.rep")
            try terminal.expect("string.reverse")
        }
    }
}
