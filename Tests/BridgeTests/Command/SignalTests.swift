import Foundation
import Glibc
import Testing

/// Signals of the system, sent to real processes.
@Suite struct SignalTests {
    /// Lua: `computes(n)` waits until the main thread, or one of all threads, has computed for a while.
    private static let computes = """
        function computes(stat)
          local function time()
            local file <close> = assert(io.open("/proc/self/" .. stat))
            return tonumber((file:read("a"):match("%) %a" .. (" %-?%d+"):rep(10) .. " (%d+)")))
          end
          local began = time()
          repeat sleep(0.002) until time() > began + 3
        end
        main = "task/" .. process.pid() .. "/stat"

        """

    /// A script that gets the signal from one of its own threads, soon after it has begun; `isBusy`: when it has computed
    /// for a while.
    private func run(_ signal: String, _ script: String, isBusy: Bool = false) async throws -> Program.Result {
        try await Program(
            Program.luaconc, "-e",
            """
            \(Self.computes)
            local begun = channel.new()
            local log <close> = setmetatable({}, {__close = function(_, e) print("closed: " .. e.kind) end})
            thread.spawn(function()
              begun:recv()
              \(isBusy ? "computes(main)" : "")
              io.popen("kill -\(signal) $PPID"):close()
            end)
            begun:send(true) \(script)
            """
        ).run()
    }

    @Test(arguments: [
        "sleep(1000)",
        "while true do end",
        "while true do pcall(function() while true do pcall(error) end end) end",
        "coroutine.wrap(function() while true do end end)()",
        "coroutine.wrap(function() sleep(1000) end)()",
        "table.sort({3, 2, 1}, function() while true do end end)",
        "table.sort({3, 2, 1}, function() sleep(1000) end)",
        "string.gsub(('x'):rep(1000), '.', function() for _ = 1, 1e7 do end end)",
        "thread.spawn(function() while true do end end):join()",
        "local full = channel.new(1) timer.after(1000, print) full:send(1) full:send(2)",
        "task.shield(sleep, 0.2) sleep(1000)",
        "local t <close> = task.spawn(sleep, 1000)",
        "xpcall(function() while true do end end, function() while true do end end)",
    ])
    func `Ctrl-C ends what the main chunk does, with one line`(_ script: String) async throws {
        let result = try await run("INT", script)
        #expect(result.status == 130)
        #expect(result.text == "closed: cancelled\n")
        #expect(result.errorText == "luaconc: interrupted\n")
    }

    @Test func `SIGTERM does the same, with its own status`() async throws {
        let result = try await run("TERM", "while true do end")
        #expect(result.status == 143)
        #expect(result.text == "closed: cancelled\n")
        #expect(result.errorText == "luaconc: terminated\n")
    }

    @Test func `SIGHUP does the same, with its own status`() async throws {
        let result = try await run("HUP", "process.popen('sleep', '1000') sleep(1000)")
        #expect(result.status == 129)
        #expect(result.text == "closed: cancelled\n")
        #expect(result.errorText == "luaconc: hung up\n")
    }

    @Test func `a script takes SIGHUP for itself`() async throws {
        let result = try await Program(
            Program.luaconc, "-e",
            """
            local reloads = channel.new()
            process.on_signal("HUP", function(name) reloads:send(name) end)
            io.popen("kill -HUP $PPID"):close()
            print(reloads:recv(20))
            """
        ).run()
        #expect(result.status == 0)
        #expect(result.text == "HUP\n")
        #expect(result.errorText == "")
    }

    // MARK: - What a launcher hands on

    @Test func `ends are known although the launcher ignores SIGCHLD`() async throws {
        let result = try await Program(
            "/bin/bash", "-c", #"trap '' CHLD; exec "$0" -e "$1""#, Program.luaconc,
            """
            print(process.run("sh", "-c", "exit 7").code, process.run("sh", "-c", "kill -9 $$").signal)
            print(process.popen("sh", "-c", "exit 5"):wait().code)
            print(select(2, pcall(process.spawn(os.exit, 3).join, (process.spawn(os.exit, 3)))).code)
            print(os.execute("exit 4"))
            print(io.popen("exit 6"):close())
            """
        ).run()
        #expect(result.text == "7\t9\n5\n3\nnil\texit\t4\nnil\texit\t6\n")
    }

    @Test func `signals that the launcher blocks are heard, and nobody inherits that`() async throws {
        var program = Program(
            Program.luaconc, "-e",
            """
            local log <close> = setmetatable({}, {__close = function() print("closed") end})
            local function masks()
              local own = io.open("/proc/thread-self/status"):read("a"):match("SigBlk:%s*(%x+)")
              return own, process.run("grep", "SigBlk", "/proc/self/status").stdout:match("%x+\\n"),
                io.popen("grep SigBlk /proc/self/status"):read("a"):match("%x+\\n")
            end
            local function show(...) for _, m in ipairs{...} do io.write(tonumber(m, 16), " ") end end
            show(masks())
            show(thread.spawn(masks):join())
            show(process.spawn(masks):join())
            local busy = thread.spawn(function() while true do end end)
            busy:cancel()
            print(busy:wait())
            io.popen("kill $PPID"):close()
            sleep(1000)
            """)
        program.blocked = Set(1...31)
        let result = try await program.run()
        #expect(result.text == "0 0 0 0 0 0 0 0 0 cancelled\nclosed\n")
        #expect(result.status == 143)
    }

    @Test func `signals are for the part that runs, and what follows does not start`() async throws {
        var program = Program(Program.luaconc, "-e", "print('never')")
        program.environment = ["LUA_INIT": "io.popen('kill -INT $PPID'):close() while true do end"]
        let result = try await program.run()
        #expect(result.status == 130)
        #expect(result.text == "")
        #expect(result.errorText == "luaconc: interrupted\n")
    }

    @Test func `the same signal twice in a row is one, as timeout sends it`() async throws {
        let result = try await Program(
            Program.luaconc, "-e",
            """
            local x <close> = setmetatable({}, {__close = function() sleep(0.05) print('closed') end})
            os.execute("kill -TERM $PPID; kill -TERM $PPID")
            sleep(1000)
            """
        ).run()
        #expect(result.status == 143)
        #expect(result.text == "closed\n")
    }

    @Test func `a second signal ends the program at once`() async throws {
        let result = try await Program(
            Program.luaconc, "-e",
            """
            local x <close> = setmetatable({}, {__close = function()
              sleep(0.2)
              io.popen("kill -TERM $PPID"):close()
              print("not reached") sleep(100)
            end})
            local begun = channel.new()
            thread.spawn({grace = 1000}, function()
              local y <close> = setmetatable({}, {__close = function() while true do end end})
              begun:send(true)
              sleep(1000)
            end)
            begun:recv()
            io.popen("kill -INT $PPID"):close()
            sleep(1000)
            """
        ).run()
        #expect(result.status == 130 || result.status == 143)
        #expect(!result.wasKilled)
        #expect(result.errorText == "luaconc: interrupted\n")
    }

    @Test func `a main thread that is stuck in C is named, and does not keep the process`() async throws {
        let result = try await run(
            "TERM", "print('stuck') string.find(('a'):rep(30000), ('.-'):rep(5) .. 'b')", isBusy: true)
        #expect(result.status == 143)
        #expect(result.text == "stuck\n")
        #expect(result.errorText == "luaconc: terminated\nluaconc: still running at the end: thread 'main'\n")
    }

    @Test func `os.exit does not wait for a thread that is stuck either`() async throws {
        let stuck = "string.find(('a'):rep(30000), ('.-'):rep(5) .. 'b')"
        let other = try await Program(
            Program.luaconc, "-e", Self.computes,
            "-e", "thread.spawn({name = 'dum'}, function() \(stuck) end) computes('stat') os.exit(3)"
        ).run()
        #expect(other.status == 3)
        #expect(other.errorText == "luaconc: still running at the end: thread 'dum'\n")
        let main = try await Program(
            Program.luaconc, "-e", Self.computes, "-e",
            "thread.spawn(function() computes(main) os.exit(3) end) \(stuck)"
        ).run()
        #expect(main.status == 3)
        #expect(main.errorText == "luaconc: still running at the end: thread 'main'\n")
    }

    @Test func `a finalizer that loops does not keep a program that is asked to end`() async throws {
        let loop = "setmetatable({}, {__gc = function() while true do end end})"
        let exit = try await Program(Program.luaconc, "-e", "\(loop) os.exit(3, true)").run()
        #expect(exit.status == 3)
        #expect(exit.errorText == "luaconc: still running at the end: thread 'main'\n")
        let signal = try await run("TERM", "\(loop) sleep(1000)")
        #expect(signal.status == 143)
        #expect(signal.errorText == "luaconc: terminated\nluaconc: still running at the end: thread 'main'\n")
    }

    /// lua-luv says "Uncaught Error" and calls `exit`.
    @Test(arguments: [("INT", 130), ("TERM", 143)])
    func `a module that answers the end of the program with exit does not choose its status`(
        _ signal: String, _ status: Int32
    ) async throws {
        let result = try await run(
            signal,
            """
            local isThere, uv = pcall(require, "luv")
            if not isThere then sleep(1000) end
            uv.new_timer():start(1, 1, function() end)
            uv.run()
            """)
        #expect(result.status == status)
        #expect(result.errorText.hasPrefix("luaconc: \(signal == "INT" ? "interrupted" : "terminated")\n"))
    }

    @Test func `output that is stuck in a full pipe does not keep the process`() async throws {
        let result = try await Program(
            "/bin/sh", "-c",
            #"""
            { "$0" -e 'while true do print(("x"):rep(5000)) end' & sleep 0.3; kill -TERM $!; wait $!
              echo "status $?" >&2; } | sleep 8
            """#, Program.luaconc
        ).run()
        #expect(result.errorText.hasPrefix("luaconc: terminated\n"))
        #expect(result.errorText.hasSuffix("status 143\n"))
    }

    @Test(arguments: ["INT", "HUP"])
    func `a signal that was ignored at the start stays ignored`(_ signal: String) async throws {
        let result = try await Program(
            "/bin/sh", "-c",
            #"""
            trap '' \#(signal); exec "$0" -e '
              local later = channel.new()
              process.on_signal("USR1", function() later:send("alive") end)
              for _, signal in ipairs{"\#(signal)", "USR1"} do io.popen("kill -" .. signal .. " $PPID"):close() end
              print(later:recv())'
            """#, Program.luaconc
        ).run()
        #expect(result.status == 0)
        #expect(result.text == "alive\n")
    }

    @Test func `a program that it starts finds its signals as in any program`() async throws {
        let result = try await Program(
            Program.luaconc, "-e", "io.write(io.popen('grep -E \"Sig(Blk|Ign|Cgt)\" /proc/self/status'):read('a'))"
        ).run()
        let plain = try await Program("/bin/grep", "-E", "Sig(Blk|Ign|Cgt)", "/proc/self/status").run()
        #expect(result.text == plain.text)
    }

    @Test func `SIGQUIT shows where every task of every state stands, and the program goes on`() async throws {
        // The script asks until all threads and processes have come to their waits.
        let result = try await Program(
            "/bin/sh", "-c",
            #"export log=$(mktemp); "$0" -e "$1" 2>"$log"; status=$?; cat "$log" >&2; rm "$log"; exit $status"#,
            Program.luaconc,
            """
            local log = os.getenv "log"
            local function shows(...)
              local file <close> = assert(io.open(log))
              local text = file:read("a")
              for _, part in ipairs {...} do if not text:find(part, 1, true) then return false end end
              return true
            end
            local ready, go, empty = channel.new(), channel.new(), channel.new()
            thread.spawn({name = "busy"}, function()
              ready:send(true)
              while not go:recv(0) do end
            end)
            local waiting = thread.spawn({name = "waiting", daemon = true}, function()
              task.spawn({name = "inner"}, function()
                coroutine.wrap(function() empty:recv() end)()
              end)
              task.yield()
              ready:send(true)
              channel.select({empty, {channel.new(0), 1}}, 1000)
            end)
            thread.spawn({name = "stuck", daemon = true}, function()
              ready:send(true)
              string.find(("a"):rep(3000), (".-"):rep(4) .. "b")
              ready:send("again")
              sleep(1000)
            end)
            task.spawn({name = "joining", daemon = true}, function() waiting:join() end)
            process.spawn({name = "child", daemon = true}, function(ready)
              process.spawn({name = "grandchild"}, function(ready) ready:send(true) channel.new():recv() end, ready)
              sleep(1000)
            end, ready)
            for _ = 1, 4 do ready:recv() end
            thread.spawn({name = "asking", daemon = true}, function()
              while true do
                os.execute("kill -QUIT $PPID")
                sleep(0.1)
              end
            end)
            repeat sleep(0.05) until shows(
              "'main': sleep", "'waiting': select", "'joining' of thread 'main': join",
              "'inner' of thread 'waiting': recv", "'child': sleep", "'grandchild': recv")
            go:send(true)
            print("goes on")
            """
        ).run()
        #expect(result.status == 0)
        #expect(result.text == "goes on\n")
        let text = result.errorText
        #expect(text.hasPrefix("luaconc: what every task is doing:\n"))
        for part in [
            "thread 'main': sleep for ", "task 'joining' of thread 'main': join of thread 'waiting' for 0.",
            "thread 'waiting': select of 2 for 0.",
            "task 'inner' of thread 'waiting': recv on channel: ", "  (command line):15: in function",
            "process 'child': sleep for ", "process 'grandchild': recv on channel: ",
        ] {
            #expect(text.contains(part), "\(part) in \(text)")
        }
        #expect(text.contains(/thread 'busy': (running|ready to run)\n/), "\(text)")
    }

    // MARK: - At a terminal

    @Test(arguments: ["sleep(1000)", "while true do end", "io.read()", "io.read('a')"])
    func `after Ctrl-C at a terminal the shell sees a death by SIGINT`(_ statement: String) async throws {
        let script =
            "local x <close> = setmetatable({}, {__close = function() print('clo' .. 'sed') end}) "
            + "print('be' .. 'gun') \(statement)"
        try await Terminal.run(["-e", script]) { terminal in
            try terminal.expect("begun")
            terminal.type("\u{3}")
            try terminal.expect("luaconc: interrupted")
            try terminal.expect("closed")
            #expect(try terminal.end() == -SIGINT)
            #expect(terminal.isAsUsual)
        }
    }

    @Test func `Ctrl-C stops a whole pipeline, and the script of the shell around it`() async throws {
        let line = "\(Program.luaconc) -e \"print('be' .. 'gun') sleep(1000)\" | cat; echo not reached"
        try await Terminal.run(program: "/bin/bash", ["-c", line]) { terminal in
            try terminal.expect("begun")
            terminal.type("\u{3}")
            #expect(try terminal.end() == -SIGINT)
            #expect(!String(decoding: terminal.screen, as: UTF8.self).contains("not reached"))
        }
    }

    @Test func `the key for SIGQUIT shows what is done, and Ctrl-C still ends it`() async throws {
        try await Terminal.run(["-e", "print('be' .. 'gun') while true do end"]) { terminal in
            try terminal.expect("begun")
            terminal.type("\u{1c}")
            try terminal.expect("thread 'main': running")
            terminal.type("\u{3}")
            #expect(try terminal.end() == -SIGINT)
        }
    }

    @Test func `SIGTERM leaves the prompt in order`() async throws {
        try await Terminal.run { terminal in
            try terminal.expect("> ")
            terminal.type("x <const> = 1\n")
            try terminal.expect("> ")
            terminal.type("io.popen('kill -TERM $PPID'):close()\n")
            try terminal.expect("luaconc: terminated")
            #expect(try terminal.end() == 143)
            #expect(terminal.isAsUsual)
        }
    }

    @Test func `a program that goes on for long says what it waits for`() async throws {
        let script = """
            thread.spawn({name = "dum"}, sleep, 1000) thread.spawn({name = "tis"}, function() timer.after(1000, print) end)
            thread.spawn({name = "unseen", daemon = true}, sleep, 1000)
            timer.every({name = "pulse"}, 1000, print)
            sched.cron("@yearly", {name = "wish"}, print) sched.cron("@yearly", {daemon = true}, print)
            """
        try await Terminal.run(["-e", script]) { terminal in
            let text = "waiting for 2 threads: dum, tis; 1 timer: pulse; 1 schedule: wish - Ctrl-C to stop"
            try terminal.expect("luaconc: \(text)", within: 60)
            terminal.type("\u{3}")
            #expect(try terminal.end() == -SIGINT)
        }
    }

    @Test func `Ctrl-C while os.execute waits is for the command`() async throws {
        let script = "print(os.execute([[echo be''gun; exec sleep 1000]])) print('goes ' .. 'on')"
        try await Terminal.run(["-e", script]) { terminal in
            try terminal.expect("begun")
            terminal.type("\u{3}")
            try terminal.expect("signal\t2")
            try terminal.expect("goes on")
            #expect(try terminal.end() == 0)
        }
    }

    @Test(
        arguments: [
            ("", 0), ("os.exit(3)", 3), ("error('x')", 1), ("sleep(1000)", -SIGINT),
            ("os.execute('kill -SEGV $PPID') sleep(1000)", -SIGSEGV),
            ("os.execute('kill -PIPE $PPID') sleep(1000)", -SIGPIPE),
            ("os.execute('kill -TERM $PPID; sleep 0.2; kill -TERM $PPID') sleep(1000)", 143),
        ] as [(String, Int32)])
    func `the terminal is left as it was found`(_ end: String, _ status: Int32) async throws {
        let script =
            "local x <close> = setmetatable({}, {__close = function() sleep(\(status == 143 ? 1000 : 0)) end}) "
            + "os.execute('stty -icanon -echo') print('be' .. 'gun') io.read('L') \(end)"
        try await Terminal.run(["-e", script]) { terminal in
            try terminal.expect("begun")
            #expect(!terminal.isAsUsual)
            terminal.type("\n")
            if status == -SIGINT { terminal.type("\u{3}") }
            #expect(try terminal.end() == status)
            #expect(terminal.isAsUsual)
        }
    }

    @Test func `in a pipeline the terminal is the other program's as well`() async throws {
        let line = "\(Program.luaconc) -e \"os.execute('stty -icanon -echo') print('be' .. 'gun')\" | cat"
        try await Terminal.run(program: "/bin/bash", ["-c", line]) { terminal in
            try terminal.expect("begun")
            #expect(try terminal.end() == 0)
            #expect(!terminal.isAsUsual)
        }
    }
}
