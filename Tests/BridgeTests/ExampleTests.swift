import Foundation
import Glibc
import Testing

/// The programs in `scripts/` do what their headers say.
@Suite struct ExampleTests {
    private func run(_ script: String, _ words: String...) async throws -> Program.Result {
        var program = Program(Program.luaconc)
        program.words = (["scripts/\(script).lua"] + words).map { Array($0.utf8) }
        program.folder = Program.package.path
        program.limit = 60
        return try await program.run()
    }

    @Test func `every program is tested here`() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Program.package.path + "/scripts")
        let scripts = files.filter { $0.hasSuffix(".lua") }.map { String($0.dropLast(4)) }
        #expect(
            Set(scripts) == [
                "crontab", "deadline", "ela", "graceful", "multiprocess", "parallel", "pipeline", "repeater",
                "sandbox", "scheduler",
                "supervised", "thumbnails", "timer", "wordcount",
                "cluster", "worker",  // by Scripts/cluster/programs.lua
            ])
    }

    @Test func `repeater: three voices, each at its own pace`() async throws {
        let result = try await run("repeater", "3")
        #expect(result.status == 0)
        #expect(result.errorText == "")
        let words = result.text.split(separator: "\n")
        #expect(words.filter { $0 == "dum" }.count == 3)
        #expect(words.filter { $0 == "tis" }.count == 6)
        #expect(words.filter { $0 == "ah" }.count == 1)
        #expect(words.count == 10)
    }

    @Test func `sandbox: plug-ins read one folder and write another`() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sandbox-\(getpid())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let plugins = [
            "a-copies": """
            local input, output = ...
            local text = assert(io.open(input .. "/text")):read("a")
            assert(io.open(output .. "/copy", "w")):write(text):close()
            return #text
            """,
            "b-looks": "return select(2, io.open('/etc/passwd'))",
            "c-writes": "local input = ... return select(2, io.open(input .. '/text', 'w'))",
            "d-runs": "return select(2, process.run('sh', '-c', 'echo out'))",
            "e-fails": "error('broken', 0)",
        ]
        for name in ["plugins", "input", "output"] {
            try FileManager.default.createDirectory(
                at: folder.appendingPathComponent(name), withIntermediateDirectories: true)
        }
        for (name, source) in plugins {
            let file = folder.appendingPathComponent("plugins/\(name).lua")
            try source.write(to: file, atomically: true, encoding: .utf8)
        }
        let input = folder.appendingPathComponent("input")
        try "some text".write(to: input.appendingPathComponent("text"), atomically: true, encoding: .utf8)
        let result = try await run(
            "sandbox", folder.appendingPathComponent("plugins").path, input.path,
            folder.appendingPathComponent("output").path)
        let lines = result.text.split(separator: "\n").map(String.init)
        #expect(
            lines == [
                "a-copies.lua: 9", "b-looks.lua: /etc/passwd: Permission denied",
                "c-writes.lua: \(input.path)/text: Permission denied", "d-runs.lua: sh: Permission denied",
                "e-fails.lua: broken",
            ])
        #expect(result.status == 1)
        #expect(result.errorText == "")
        let copy = try String(contentsOf: folder.appendingPathComponent("output/copy"), encoding: .utf8)
        #expect(copy == "some text")
    }

    @Test func `supervised: a worker that crashes is kept alive`() async throws {
        let result = try await run("supervised", "7", "3")
        #expect(result.status == 0)
        #expect(result.errorText == "")
        let lines = result.text.split(separator: "\n").map(String.init)
        #expect(lines.filter { $0.hasPrefix("reading ") } == [1, 2, 4, 5, 7].map { "reading \($0)" })
        #expect(lines.filter { $0.hasPrefix("reader crashed: ") }.count == 2)
        #expect(lines.last == "5 of 7 readings")

        let crashing = try await run("supervised", "20", "1")
        #expect(crashing.status == 1)
        #expect(crashing.errorText.contains("supervisor 'readers': more than 3 restarts within 1 s"))
        #expect(crashing.errorText.contains("cannot read number 4"))
    }

    @Test func `timer: checks of both kinds`() async throws {
        let result = try await run("timer", "1", "0.2")
        #expect(result.status == 0)
        #expect(result.errorText == "")
        #expect(result.text.matches(of: /[0-9.]+ s +timer\.after +[0-9]+ KiB in use\n/).count >= 3)
        #expect(result.text.matches(of: /[0-9.]+ s +timer\.every +[0-9]+ KiB in use\n/).count >= 3)
    }

    @Test func `scheduler: a job that enters itself again`() async throws {
        let result = try await run("scheduler", "0.05", "3")
        #expect(result.status == 0)
        #expect(result.errorText == "")
        #expect(result.text.matches(of: /run ([0-9]+)\n/).map { String($0.1) } == ["1", "2", "3"])
    }

    @Test func `crontab: jobs of a file, or only their times`() async throws {
        let folder = TemporaryFolder.make("crontab")
        func write(_ name: String, _ text: String) throws -> String {
            let file = folder.appendingPathComponent(name)
            try Data(text.utf8).write(to: file)
            return file.path
        }
        let jobs = """
            # What is wrong with the clock?
            GREETING="good morning"
            * * * * * *  echo $GREETING; exit 3
            * * * * * *  cat%first%second 50\\%
            CRON_TZ=Asia/Tokyo
            0 9 * * mon-fri  true
            """
        let file = try write("jobs.cron", jobs)
        let result = try await run("crontab", file, "2")
        #expect(result.status == 0)
        #expect(result.text.contains(/[0-9:]{8}  \[echo \$GREETING; exit 3\] good morning\n.*\] exit status 3\n/))
        #expect(result.text.contains(/[0-9:]{8}  \[cat\] first\n[0-9:]{8}  \[cat\] second 50%\n/))

        let list = try await run("crontab", "--list", file, "3")
        #expect(list.status == 0)
        #expect(list.text.split(separator: "\n").count == 12)
        #expect(list.text.contains("\ntrue\n  "))

        let wrong = try await run("crontab", try write("wrong.cron", "0 22-6 * * * true\n* * * * *\n"))
        #expect(wrong.status == 1)
        #expect(wrong.text == "")
        #expect(wrong.errorText.contains("wrong.cron:1: (hour: '22-6' runs backwards: write '22-23,0-6'\n"))
        #expect(wrong.errorText.contains("wrong.cron:2: a command expected\n"))
    }

    @Test func `parallel: one after the other, then side by side`() async throws {
        let result = try await run("parallel", "0.1")
        #expect(result.status == 0)
        #expect(result.errorText == "")
        #expect(!result.text.isEmpty)
    }

    @Test func `deadline: the first answer wins, and the others close their connections`() async throws {
        let result = try await run("deadline")
        #expect(result.status == 0)
        #expect(result.errorText == "")
        let lines = result.text.split(separator: "\n")
        #expect(lines.first == "izmir   done")
        #expect(lines.last == "got the file, from izmir")
        #expect(lines.filter { $0.hasSuffix("connection closed: cancelled") }.count == 2)
        let late = try await run("deadline", "0.01")
        #expect(late.status == 1)
        #expect(late.text.hasSuffix("no mirror answered within 0.01 s\n"))
    }

    @Test func `graceful: all that was taken in is finished, also after Ctrl-C`() async throws {
        let result = try await run("graceful", "5", "0.01")
        #expect(result.status == 0)
        #expect(result.errorText == "")
        #expect(result.text.hasSuffix("\n5 jobs done, 0 left\n"))

        let script = Program.package.appendingPathComponent("scripts/graceful.lua").path
        try await Terminal.run([script, "1000000", "0.05"]) { terminal in
            try terminal.expect("job 3")
            terminal.type("\u{3}")
            try terminal.expect("no more jobs; finishing what was taken in")
            try terminal.expect(" jobs done, 0 left")
            #expect(try terminal.end() == -SIGINT)
        }
    }

    @Test func `multiprocess: two processes that count`() async throws {
        let result = try await run("multiprocess", "0.01")
        #expect(result.status == 0)
        #expect(result.errorText == "")
        #expect(result.text.hasPrefix("one after the other:"))
        #expect(result.text.hasSuffix(" times as fast\n"))
    }

    @Test func `pipeline: each line goes through all stages, once`() async throws {
        let result = try await run("pipeline", "50")
        #expect(result.status == 0)
        #expect(result.errorText == "")
        #expect(result.text == "LINE 1\nLINE 2\nLINE 3\nLINE 50\n50 lines through 4 processes\n")
    }

    private static let hasJPEGTools = FileManager.default.isExecutableFile(atPath: "/usr/bin/cjpeg")

    @Test(.enabled(if: hasJPEGTools, "libjpeg-turbo-progs is not installed"))
    func `ela: each JPEG is analysed, other files are skipped, and then it is finished`() async throws {
        let folder = TemporaryFolder.make("ela")
        let photos = folder.appendingPathComponent("photos"), out = folder.appendingPathComponent("out")
        try FileManager.default.createDirectory(at: photos, withIntermediateDirectories: true)
        for name in ["plain.jpg", "it's two.jpg", "-dash.jpg"] {
            var pixels = Array("P6\n64 48\n255\n".utf8)
            for i in 0..<64 * 48 { pixels += [UInt8(i % 256), UInt8(i / 12 % 256), UInt8(i * 7 % 256)] }
            var program = Program("/bin/sh", "-c", "cjpeg -quality 75 > \"$0\"", photos.path + "/" + name)
            program.input = pixels
            #expect(try await program.run().status == 0)
        }
        try Data("no image".utf8).write(to: photos.appendingPathComponent("notes.txt"))
        try Data([0xff, 0xd8, 0xff, 0]).write(to: photos.appendingPathComponent("broken.jpg"))

        let result = try await run("ela", photos.path, out.path)
        #expect(result.status == 0)
        #expect(result.errorText == "")
        let lines = result.text.split(separator: "\n").map(String.init)
        #expect(lines.last == "Finished!")
        #expect(lines.contains("notes.txt: skipped: not a JPEG"))
        #expect(lines.contains("broken.jpg: skipped: djpeg cannot decode it"))
        #expect(lines.count == 6)
        for name in ["ela-plain.jpg", "ela-it's two.jpg", "ela--dash.jpg"] {
            let image = try Data(contentsOf: out.appendingPathComponent(name))
            #expect(image.starts(with: [0xff, 0xd8, 0xff]))
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: out.path).count == 3)
    }

    @Test(arguments: [
        "repeater", "timer", "scheduler", "parallel", "ela", "deadline", "graceful", "multiprocess", "pipeline",
        "supervised", "thumbnails",
    ])
    func `a wrong argument is answered with the usage`(_ script: String) async throws {
        let result = try await run(script, "no-number-nor-folder", "-3", "x", "y")
        #expect(result.status == 2)
        #expect(result.errorText.contains("usage: luaconc \(script).lua"))
    }

    @Test func `wordcount: the words of a file, in pieces`() async throws {
        let text = TemporaryFolder.make("wordcount").appendingPathComponent("text")
        let line = "The cat, the dog: THE end.\n"
        try String(repeating: line, count: 400_000).write(to: text, atomically: true, encoding: .utf8)
        let result = try await run("wordcount", "-n", "2", text.path)
        #expect(result.status == 0)
        #expect(result.errorText == "")
        #expect(result.text == "2400000 words, 4 of them different\n  1200000  the\n   400000  cat\n")
    }

    @Test(.enabled(if: hasJPEGTools, "libjpeg-turbo-progs is not installed"))
    func `thumbnails: pictures get smaller, and one that is none is named`() async throws {
        let folder = TemporaryFolder.make("thumbnails")
        let pictures = folder.appendingPathComponent("in"), made = folder.appendingPathComponent("out")
        try FileManager.default.createDirectory(at: pictures, withIntermediateDirectories: true)
        for name in ["a.jpg", "b.JPEG"] {
            var program = Program("/bin/sh", "-c", "cjpeg > \"$0\"", pictures.path + "/" + name)
            program.input = Array("P6\n64 48\n255\n".utf8) + [UInt8](repeating: 99, count: 64 * 48 * 3)
            #expect(try await program.run().status == 0)
        }
        try Data("none".utf8).write(to: pictures.appendingPathComponent("c.jpg"))
        let result = try await run("thumbnails", pictures.path, made.path, "1/4")
        #expect(result.status == 1)
        #expect(result.errorText.hasPrefix("c.jpg: Not a JPEG file"))
        #expect(result.text.hasPrefix("2 thumbnails, "))
        let back = try await Program("/usr/bin/djpeg", made.path + "/b.JPEG").run()
        #expect(back.output.starts(with: Array("P6\n16 12\n".utf8)))
    }
}
