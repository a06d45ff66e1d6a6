import Testing

/// Where the command meets the outside: streams that are closed or break, and what differs from stock Lua on purpose.
@Suite struct StreamTests {
    @Test(arguments: [[0], [1], [2], [0, 1], [1, 2], [0, 1, 2]] as [Set<Int32>])
    func `closed streams do no harm`(_ closed: Set<Int32>) async throws {
        var program = Program(Program.luaconc, "-e", "print(1) io.stderr:write('e') print((io.read()))")
        program.closed = closed
        let result = try await program.run()
        #expect(result.status == 0)
        #expect(result.text == (closed.contains(1) ? "" : "1\nnil\n"))
        #expect(result.errorText == (closed.contains(2) ? "" : "e"))
    }

    @Test func `a file does not take the place of a closed output`() async throws {
        var program = Program(
            Program.luaconc, "-e",
            """
            local file = io.tmpfile()
            print("not for the file")
            io.stderr:write("nor this")
            file:seek("set")
            os.exit(file:read("a") == "" and 3 or 4)
            """)
        program.closed = [1, 2]
        #expect(try await program.run().status == 3)
    }

    @Test func `a question is there before its answer is read`() async throws {
        let code = "io.write('Name? ') local name = io.read() io.write('Age? ') print(name, io.lines()())"
        try await Terminal.run(["-e", code]) { terminal in
            try terminal.expect("Name? ")
            terminal.type("Ada\n")
            try terminal.expect("Age? ")
            terminal.type("36\n")
            try terminal.expect("Ada\t36")
        }
    }

    @Test func `writing to a closed output fails as it does in C`() async throws {
        var program = Program(Program.luaconc, "-e", "io.stderr:write((select(2, io.write('x'):flush())))")
        program.closed = [1]
        let result = try await program.run()
        #expect(result.errorText == "Bad file descriptor")
    }

    @Test(arguments: [[], ["-"], ["-i"], ["nofile.lua"], ["-v"], ["-x"], ["-e", "error('x')"]] as [[String]])
    func `every way to start ends with all streams closed`(_ words: [String]) async throws {
        var program = Program()
        program.words = words.map { Array($0.utf8) }
        program.closed = [0, 1, 2]
        #expect(try await !program.run().wasKilled)
    }

    @Test(arguments: [
        "while true do print('line') end", "thread.spawn(function() while true do print('line') end end)",
    ])
    func `a broken pipe ends the program quietly`(_ script: String) async throws {
        let result = try await Program(
            "/bin/sh", "-c", #""$0" -e "$1" | head -n 1"#, Program.luaconc, script
        ).run()
        #expect(result.text == "line\n")
        #expect(result.errorText == "")
        #expect(!result.wasKilled)
    }

    @Test func `much output arrives whole through a slow pipe`() async throws {
        let script = "for i = 1, 200000 do print(i) end"
        let result = try await Program(
            "/bin/sh", "-c", #""$0" -e "$1" | (sleep 0.2; wc -l)"#, Program.luaconc, script
        ).run()
        #expect(result.text.contains("200000"))
    }

    @Test(arguments: ["error('x')", "x = ", "error({})"])
    func `a script on standard input that fails exits with 1, unlike stock Lua's`(_ script: String) async throws {
        let result = try await Program(Program.luaconc, input: script).run()
        #expect(result.status == 1)
        #expect(result.errorText.hasPrefix("luaconc: "))
    }

    @Test func `an argument may be any bytes`() async throws {
        var program = Program()
        program.words = [Array("-".utf8), [0xff, 0xfe, 0x41]]
        program.input = Array("io.write(...)".utf8)
        #expect(try await program.run().output == [0xff, 0xfe, 0x41])
    }

    @Test func `a script's name may be any bytes`() async throws {
        var program = Program()
        program.words = [[0xff, 0x2e, 0x6c, 0x75, 0x61]]
        let result = try await program.run()
        #expect(result.errors.starts(with: Array("luaconc: cannot open ".utf8) + [0xff, 0x2e, 0x6c, 0x75, 0x61]))
    }

    @Test func `there is no global help`() async throws {
        #expect(try await Program(Program.luaconc, "-e", "print(help)").run().text == "nil\n")
        #expect(try await Program(Program.luaconc, "-i", input: "help\n").run().text.contains("nil"))
    }

    @Test func `what a script started goes on after -e and before the end`() async throws {
        let result = try await Program(
            Program.luaconc, "-e", "timer.after(0.05, print, 'timer')", "-e", "print('second')"
        ).run()
        #expect(result.text == "second\ntimer\n")
    }

    @Test func `a prompt without a terminal waits for the work at its end`() async throws {
        let result = try await Program(Program.luaconc, "-i", input: "timer.after(0.05, print, 'late')\n").run()
        #expect(result.text.hasSuffix("late\n"))
        #expect(result.status == 0)
    }

    // MARK: - Output that finds no room

    @Test(arguments: [
        "for i = 1, 30000 do print('line', i) end", "for i = 1, 30000 do io.write('line\t', i, '\\n') end",
        "for i = 1, 30000 do io.stderr:write('line\t', i, '\\n') end",
        "io.stdout:setvbuf('line') for i = 1, 30000 do io.write('line\t', i, '\\n') end",
        "io.stdout:setvbuf('full', 1e7) for i = 1, 30000 do io.write('line\t', i, '\\n') end io.stdout:setvbuf('no')",
        "local t = {} for i = 1, 30000 do t[i] = 'line\t' .. i .. '\\n' end io.write(table.concat(t))",
        "local t = {} for i = 1, 30000 do t[i] = 'line\t' .. i end error(table.concat(t, '\\n') .. '\\n', 0)",
        "for i = 1, 30000 do io.write('line\t', i, '\\n') if i % 1000 == 0 then io.flush() end end os.exit(0)",
        "process.spawn(function() for i = 1, 30000 do print('line', i) end end):join()",
    ])
    func `a pipe that does not block gets everything`(_ script: String) async throws {
        var program = Program(Program.luaconc, "-e", script)
        program.outputDoesNotBlock = true
        let result = try await program.run()
        let wanted = (1...30000).map { "line\t\($0)\n" }.joined()
        #expect((result.text + result.errorText).contains(wanted))
        #expect(!result.wasKilled)
    }

    @Test(arguments: [
        "print(1)", "io.write(1)", "print(1) sleep(0.01)", "thread.spawn(print, 1):join()", "print(1) os.exit(0)",
        "print(1) os.exit(true, true)", "setmetatable({}, {__gc = function() print(1) end})",
        "process.spawn(print, 1):join()", "io.stdout:setvbuf('line') io.write('1\\n')",
    ])
    func `a full disk under the output is a failure at the end`(_ script: String) async throws {
        let result = try await Program(
            "/bin/sh", "-c", #"exec "$0" -e "$1" >/dev/full"#, Program.luaconc, script
        ).run()
        #expect(result.status == 1)
        #expect(result.errorText.contains("luaconc: cannot write to standard output: No space left on device\n"))
    }

    @Test(arguments: ["io.stderr:write('x')", "warn('@on') warn('x') io.stderr:write('x')"])
    func `so is a full disk under the errors`(_ script: String) async throws {
        let result = try await Program(
            "/bin/sh", "-c", #"exec "$0" -e "$1" 2>/dev/full"#, Program.luaconc, script
        ).run()
        #expect(result.status == 1)
    }

    @Test func `a write to a full disk tells the script as well`() async throws {
        let result = try await Program(
            "/bin/sh", "-c", #"exec "$0" -e "$1" >/dev/full"#, Program.luaconc,
            "io.stderr:write(select(2, io.write('x'):flush()), '\\n') os.exit(3)"
        ).run()
        #expect(result.status == 3)
        #expect(result.errorText.hasPrefix("No space left on device\n"))
    }

    @Test(arguments: ["", "require 'socket'", "thread.spawn(function() require 'socket' end):join()"])
    func `a program whose reader has gone ends, whoever ignores SIGPIPE`(_ prelude: String) async throws {
        let result = try await Program(
            "/bin/sh", "-c", #"trap '' PIPE; "$0" -e "$1" | head -n 1; echo after"#, Program.luaconc,
            prelude + " while true do print 'tick' sleep(0.005) end"
        ).run()
        #expect(result.text == "tick\nafter\n")
        #expect(result.errorText == "")
        #expect(!result.wasKilled)
    }
}
