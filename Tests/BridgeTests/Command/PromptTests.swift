import Foundation
import Glibc
import Testing

/// What the prompt shows, seen as rows on a terminal.
@Suite(.enabled(if: ReplTests.hasEditor, "libedit2 is not installed"))
struct PromptTests {
    /// A handler that prints whenever the test sends SIGUSR1, from the main state.
    private static let news = "process.on_signal('USR1', function() print('news') end)"

    // MARK: - The line that is being typed

    @Test(arguments: [80, 40, 20])
    func `what is printed stands above the line being typed`(_ columns: Int) async throws {
        try await Terminal.run(["-i", "-e", Self.news], columns: columns) { terminal in
            try terminal.expect("> ")
            terminal.type("x = 'half")
            try terminal.expectRows("> x = 'half")
            terminal.signal(SIGUSR1)
            try terminal.expectRows("news", "> x = 'half")
            terminal.signal(SIGUSR1)
            try terminal.expectRows("news", "news", "> x = 'half")
            terminal.type("\u{1}print(\u{5}')\n")  // to the beginning, and to the end
            try terminal.expect("')' expected")
            terminal.type("x\n")
            try terminal.expectRows("nil", ">")
        }
    }

    @Test func `a line of several rows stays whole, and the cursor where it was`() async throws {
        try await Terminal.run(["-i", "-e", Self.news], columns: 40) { terminal in
            try terminal.expect("> ")
            let text = "x = '" + String(repeating: "日本", count: 10) + String(repeating: "a", count: 40)
            terminal.type(text + "'")
            let rows = [
                "> x = '" + String(repeating: "日本", count: 8),
                String(repeating: "日本", count: 2)
                    + String(repeating: "a", count: 32), String(repeating: "a", count: 8) + "'",
            ]
            try terminal.expectRows(rows[0], rows[1], rows[2])
            terminal.signal(SIGUSR1)
            try terminal.expectRows("news", rows[0], rows[1], rows[2])
            terminal.type("\u{1}")
            terminal.signal(SIGUSR1)
            try terminal.expectRows("news", "news", rows[0], rows[1], rows[2])
            terminal.type("yy")
            try terminal.expectRows(
                "> yyx = '" + String(repeating: "日本", count: 7) + "日",
                "本日本日本" + String(repeating: "a", count: 30), String(repeating: "a", count: 10) + "'")
            terminal.type("\u{8}\u{8}\n#x\n")
            try terminal.expectRows("100", ">")
        }
    }

    @Test func `output without an end of line goes on where it stopped`() async throws {
        let dots = "process.on_signal('USR1', function() io.write('.') io.stdout:flush() end)"
        try await Terminal.run(["-i", "-e", dots], columns: 40) { terminal in
            try terminal.expect("> ")
            terminal.type("xyz")
            try terminal.expectRows("> xyz")
            for dots in [".", "..", "..."] {
                terminal.signal(SIGUSR1)
                try terminal.expectRows(dots, "> xyz")
            }
            terminal.type(" = 1\n")
            terminal.type("io.write('a', 'b')\n")
            try terminal.expect("ab\r\nfile (0x")
        }
    }

    @Test func `a thread, an error of a task and standard error stand above it, too`() async throws {
        let code = """
            process.on_signal('USR1', function() thread.spawn(function() print('of a thread') end) end)
            process.on_signal('USR2', function() task.spawn(function() error('boom', 0) end) end)
            """
        try await Terminal.run(["-i", "-e", code]) { terminal in
            try terminal.expect("> ")
            terminal.type("abc")
            try terminal.expectRows("> abc")
            terminal.signal(SIGUSR1)
            try terminal.expectRows("of a thread", "> abc")
            terminal.signal(SIGUSR2)
            try terminal.expect("boom")
            try terminal.expect("abc")
            #expect(terminal.rows.last == "> abc")
        }
    }

    @Test func `a dumb terminal gets no escape sequence, and the line is drawn again below`() async throws {
        try await Terminal.run(["-i", "-e", Self.news], environment: ["TERM": "dumb", "NO_COLOR": ""]) { terminal in
            try terminal.expect("> ")
            terminal.type("'abc'")
            try terminal.expectRows("> 'abc'")
            terminal.signal(SIGUSR1)
            try terminal.expectRows("> 'abc'", "news", "> 'abc'")
            terminal.type("\n{1, {2}}\n")
            try terminal.expectRows("\"abc\"", "> {1, {2}}", "{1, {2}}", ">")
            #expect(!terminal.screen.contains(0x1b))
        }
    }

    @Test func `bytes that are no UTF-8 are kept, and shown by their numbers`() async throws {
        try await Terminal.run(columns: 60) { terminal in
            try terminal.expect("> ")
            terminal.type(bytes: Array("'".utf8) + [0xff, 0xe2, 0x82] + Array("a'\n".utf8))
            try terminal.expectRows("> '\\U+DCFF\\U+DCE2\\U+DC82a'", "\"\\xFF\\xE2\\x82a\"", ">")
        }
    }

    @Test func `another width of the terminal`() async throws {
        try await Terminal.run(["-i", "-e", Self.news], columns: 40) { terminal in
            try terminal.expect("> ")
            terminal.type("'short'")
            try terminal.expectRows("> 'short'")
            terminal.resize(columns: 30)
            try terminal.expect("'short'")
            terminal.signal(SIGUSR1)
            try terminal.expectRows("news", "> 'short'")
        }
    }

    // MARK: - Leaving

    @Test func `Ctrl-C twice at an empty prompt leaves, and tells what still runs`() async throws {
        try await Terminal.run { terminal in
            try terminal.expect("> ")
            terminal.type("timer.every({name = 'pulse'}, 60, print)\nthread.spawn({name = 'dum'}, sleep, 60)\n")
            try terminal.expect("thread: dum")
            try terminal.expect("> ")
            terminal.type("\u{3}")
            try terminal.expectRows("(Ctrl-C again, or Ctrl-D, leaves)", ">")
            terminal.type("x")
            try terminal.expectRows("> x")
            terminal.type("\u{3}")
            try terminal.expectRows("> x", ">")
            terminal.type("\u{3}")
            try terminal.expectRows("(Ctrl-C again, or Ctrl-D, leaves)", ">")
            terminal.type("\u{3}")
            #expect(try terminal.end() == 0)
            #expect(terminal.rows.last == "ends 1 thread: dum; 1 timer: pulse")
            #expect(terminal.isAsUsual)
        }
    }

    // MARK: - Values

    private static let values: [(String, [String])] = [
        ("{1, 2, x = 'y'}", [#"{1, 2, x = "y"}"#]),
        ("{}", ["{}"]),
        ("'a\\n\\0\\27\\\"'", [#""a\n\x00\27\"""#]),
        ("('x'):rep(5000)", [#"""# + String(repeating: "x", count: 4000) + #""… 5000 bytes"#]),
        ("1.0, 1, 1e100, -0.0, 0/0 ~= 0/0", ["1.0\t1\t1e+100\t-0.0\ttrue"]),
        ("nil", ["nil"]),
        ("nil, false", ["nil\tfalse"]),
        ("(function() local t = {} t.me = t return t end)()", ["{me = <the table itself>}"]),
        (
            "(function() local t = {a = {}} t.a.b = {t.a} return t end)()",
            ["{a = {b = {<the table at .a>}}}"]
        ),
        ("setmetatable({}, {__tostring = function() return 'mine' end})", ["mine"]),
        ("{setmetatable({1}, {__name = 'Point'})}", ["{Point {1}}"]),
        ("{[1.5] = 1, ['a b'] = 2, [true] = 3}", [#"{[1.5] = 1, ["a b"] = 2, [true] = 3}"#]),
        ("function f(a, ...) end f", ["function(a, ...) at stdin:1"]),
        ("print, thread.cores", ["function: print\tfunction: thread.cores()"]),
        ("channel.new()", ["channel: 1 (0 queued)"]),
        ("=6 * 7", ["42"]),
        (
            "{name = 'a long name that fills the row', list = {1, 2, 3}, deep = {deeper = {deepest = 'x'}}}",
            [
                "{", "  deep = {deeper = {deepest = \"x\"}},", "  list = {1, 2, 3},",
                "  name = \"a long name that fills the row\",", "}",
            ]
        ),
        (
            "(function() local t = {} for i = 1, 12345 do t[i] = i end return t end)()",
            [
                "{", "  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,",
                "  17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30,",
                "  31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44,", "  45, 46, 47, 48, 49, 50,",
                "  … 12,295 more", "}",
            ]
        ),
    ]

    @Test func `values are shown so that one can read them`() async throws {
        try await Terminal.run(columns: 60) { terminal in
            try terminal.expect("> ")
            for (statement, rows) in Self.values
            where !statement.hasPrefix("function") && !statement.hasPrefix("channel") {
                terminal.type(statement + "\n")
                try terminal.expect("\r\n" + rows.joined(separator: "\r\n") + "\r\n> ")
            }
            terminal.type("function f(a, ...) end\nf\n")
            try terminal.expect("\r\nfunction(a, ...) at stdin:1\r\n> ")
            terminal.type("channel.new()\n")
            try terminal.expect("\r\nchannel: ")
            try terminal.expect("> ")
            terminal.type("local t = {} for i = 1, 200000 do t = {t} end return t\n")
            try terminal.expect("… 1 field")
            try terminal.expect("> ")
            terminal.type("{setmetatable({}, {__tostring = error})}\n")
            try terminal.expect("\r\n{<table whose __tostring fails>}\r\n> ")
        }
    }

    @Test func `the last results are globals, the newest first`() async throws {
        try await Terminal.run { terminal in
            try terminal.expect("> ")
            terminal.type("6 * 7\n")
            try terminal.expect("\r\n42\r\n> ")
            terminal.type("'a', nil\n")
            try terminal.expect("\r\n\"a\"\tnil\r\n> ")
            terminal.type("x = 5\n")
            try terminal.expect("> ")
            terminal.type("_1, _2, _3, _4\n")
            try terminal.expect("\r\n\"a\"\tnil\t42\tnil\r\n> ")
        }
    }

    @Test func `colours are there when the terminal wants them`() async throws {
        try await Terminal.run(environment: ["NO_COLOR": ""]) { terminal in
            try terminal.expect("> ")
            terminal.type("{'x', 1}\n")
            try terminal.expect("{\u{1b}[32m\"x\"\u{1b}[0m, \u{1b}[36m1\u{1b}[0m}")
            terminal.type("error('boom', 0)\n")
            try terminal.expect("\u{1b}[31mboom\u{1b}[0m\r\nstack traceback:")
        }
        try await Terminal.run(environment: ["NO_COLOR": "1"]) { terminal in
            try terminal.expect("> ")
            terminal.type("{'x', 1}\n")
            try terminal.expect("\n{\"x\", 1}\r\n> ")
        }
    }

    @Test func `errors that go to a file have no colours`() async throws {
        let file = TemporaryFolder.make("errors").appendingPathComponent("errors").path
        let command = "exec '\(Program.luaconc)' 2>'\(file)'"
        try await Terminal.run(program: "/bin/sh", ["-c", command], environment: ["NO_COLOR": ""]) { terminal in
            try terminal.expect("> ")
            terminal.type("error('boom', 0)\n")
            try terminal.expect("> ")
            terminal.type("1\n")
            try terminal.expect("\u{1b}[36m1\u{1b}[0m\r\n> ")
        }
        #expect(try String(contentsOfFile: file, encoding: .utf8).hasPrefix("boom\nstack traceback:"))
    }

    // MARK: - Tab

    @Test func `the tabulator tells what things are, and adds the right parenthesis`() async throws {
        try await Terminal.run(columns: 60) { terminal in
            try terminal.expect("> ")
            terminal.type("timer.simu\t\n")
            try terminal.expectRows("> timer.simulated()", "false", ">")
            terminal.type("task.s\t")
            try terminal.expectRows(
                "task.shield  task.shield(fn, ...)", "task.sleep   task.sleep(seconds)",
                "task.spawn   task.spawn([opts,] fn, ...)", "> task.s")
            terminal.type("p\t")
            try terminal.expectRows("> task.spawn(")
            terminal.type("\u{3}")
            try terminal.expectRows(">")
            terminal.type("conf = {size = 5, name = 'x', f = function(self) end, g = function(self, a) end}\n")
            try terminal.expectRows(">")
            terminal.type("conf.\t")
            try terminal.expectRows(
                "conf.f     function", "conf.g     function", "conf.name  string", "conf.size  number 5", "> conf.")
            terminal.type("\u{15}conf:f\t")
            try terminal.expectRows("> conf:f()")
            terminal.type("\u{15}conf:g\t")
            try terminal.expectRows("> conf:g(")
            terminal.type("\u{15}(1)\u{1}math.abs\t")  // a parenthesis is there
            try terminal.expectRows("> math.abs(1)")
            terminal.type("\u{15}\u{b}c = channel.new()\n")
            try terminal.expectRows(">")
            terminal.type("c:cap\t\n")
            try terminal.expectRows("> c:capacity()", "1024", ">")
            terminal.type("h = task.current()\n")
            try terminal.expectRows(">")
            terminal.type("h.k\t\n")
            try terminal.expectRows("> h.kind", "\"task\"", ">")
        }
    }

    @Test func `the tabulator completes names of files inside a string`() async throws {
        let folder = TemporaryFolder.make("files")
        try Data("12345".utf8).write(to: folder.appendingPathComponent("report one.txt"))
        try FileManager.default.createDirectory(
            at: folder.appendingPathComponent("reports"), withIntermediateDirectories: true)
        try await Terminal.run(columns: 200) { terminal in
            try terminal.expect("> ")
            terminal.type("io.open('\(folder.path)/rep\t")
            try terminal.expectRows("> io.open('\(folder.path)/report")
            terminal.type("\t")
            try terminal.expectRows(
                "\(folder.path)/report one.txt  file, 5 bytes", "\(folder.path)/reports/        folder",
                "> io.open('\(folder.path)/report")
            terminal.type(" \t'):read('a')\n")
            try terminal.expectRows("\"12345\"", ">")
        }
    }

    @Test func `Ctrl-R finds earlier lines, which only the user can read`() async throws {
        let file = TemporaryFolder.make("history").appendingPathComponent("history").path
        try await Terminal.run(environment: ["LUACONC_HISTORY": file]) { terminal in
            try terminal.expect("> ")
            terminal.type("'needle' .. 1\n'hay' .. 2\n")
            try terminal.expect("\"hay2\"\r\n> ")
            terminal.type("\u{4}")
            _ = try terminal.end()
        }
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        try await Terminal.run(["-i", "-e", Self.news], environment: ["LUACONC_HISTORY": file]) { terminal in
            try terminal.expect("> ")
            terminal.type("\u{12}need")
            try terminal.expectRows("> 'needle' .. 1", "bck:need")
            terminal.signal(SIGUSR1)  // also while one searches
            try terminal.expectRows("news", "> 'needle' .. 1", "bck:need")
            terminal.type("\n")
            try terminal.expectRows("\"needle1\"", ">")
        }
    }

    // MARK: - help and jobs

    @Test func `help tells of modules, functions, objects and words`() async throws {
        try await Terminal.run(columns: 90) { terminal in
            try terminal.expect("> ")
            terminal.type("help(thread.spawn)\n")
            try terminal.expectRows(
                "thread.spawn([opts,] fn | \"file.lua\", ...)", "  Starts a function in a new state.", "Example:",
                "  local h = thread.spawn(math.max, 1, 7)", "  print(h:join()) --> 7", ">")
            terminal.type("help()\n")
            try terminal.expect("supervisor  keeps children running")
            terminal.type("help(timer)\n")
            try terminal.expect("timer.every([opts,] interval, fn, ...)  Calls a function again and again.")
            terminal.type("help(timer.after(60, print))\n")
            try terminal.expect("t:restart([delay])")
            terminal.type("help('drift')\nhelp('semaphore')\n")
            try terminal.expect("nothing is known of 'drift'")
            try terminal.expect("sync.semaphore(n)  A number of permits.")
            terminal.type("help(string.rep)\n")
            try terminal.expect("https://www.lua.org/manual/5.4/manual.html#pdf-string.rep")
            terminal.type("help(sched.enter)\n")
            try terminal.expect("sched.enter(delay, priority, fn, ...)")
            terminal.type("help('cluster')\n")
            try terminal.expect("require \"cluster\" first")
            terminal.type("cluster = require 'cluster' help(cluster)\n")
            try terminal.expect("cluster.serve(opts)  Does the jobs of a queue until the program ends.")
            terminal.type("help(setmetatable({}, {__name = 'cluster'}))\n")
            try terminal.expect("c:spawn([opts,] script, fn, ...)")
            terminal.type("help('dead')\n")
            try terminal.expect("c:dead([limit])")
            terminal.type("help(nothing)\n")
            try terminal.expect("there is no such thing")
            try terminal.expect("> ")
        }
    }

    @Test func `jobs shows what runs`() async throws {
        try await Terminal.run { terminal in
            try terminal.expect("> ")
            terminal.type("jobs()\n")
            try terminal.expectRows("nothing runs", ">")
            terminal.type(
                "timer.every({name = 'pulse', daemon = true}, 60, print) task.spawn({name = 'dum'}, sleep, 60)\n")
            try terminal.expect("> ")
            terminal.type("jobs()\n")
            try terminal.expect("task           dum    sleep for 0.")
            try terminal.expect("timer, daemon  pulse  every 60.0 s, 0 so far, due in ")
        }
    }

    @Test func `globals of the script come first`() async throws {
        try await Terminal.run(["-e", "help = 'mine'", "-i"]) { terminal in
            try terminal.expect("> ")
            terminal.type("help, type(jobs)\n")
            try terminal.expect("\r\n\"mine\"\t\"function\"\r\n> ")
        }
    }

    @Test func `-i with a script keeps what it has defined`() async throws {
        let file = TemporaryFolder.make("script").appendingPathComponent("job.lua").path
        try "answer = 42 print('ran', ...)".write(toFile: file, atomically: true, encoding: .utf8)
        try await Terminal.run(["-i", file, "word"]) { terminal in
            try terminal.expect("ran\tword\r\n")
            try terminal.expect("> ")
            terminal.type("answer\n")
            try terminal.expect("\r\n42\r\n> ")
        }
    }
}
