import Foundation
import Testing

/// The bar that `map` draws at a terminal.
@Suite struct ProgressTests {
    private func session(_ columns: Int, _ check: @escaping @Sendable (Terminal) throws -> Void) async throws {
        let code = """
            os.execute("stty cols \(columns)")
            local go_on = channel.new()
            thread.spawn(function() io.read() go_on:send(true) end)
            local list = {}
            for i = 1, 100 do list[i] = i end
            thread.map({progress = true, workers = 1, chunk = 1}, function(i)
              if i == 51 then go_on:recv() end
            end, list)
            print("the end")
            """
        try await Terminal.run(["-e", code]) { try check($0) }
    }

    @Test func `it shows how far the map is, and goes away`() async throws {
        try await session(80) { terminal in
            try terminal.expect("  0%   0/100 ")
            try terminal.expect(" 50%  50/100 ")
            try terminal.expect("/s ")
            try terminal.expect(" left\u{1b}[K")
            terminal.type("\n")
            try terminal.expect("\r\u{1b}[Kthe end")
            #expect(try terminal.end() == 0)
            let text = String(decoding: terminal.screen, as: UTF8.self)
            #expect(text.contains("[#########"))
        }
    }

    @Test func `it goes away when Ctrl-C ends the map`() async throws {
        try await session(80) { terminal in
            try terminal.expect(" 50%  50/100 ")
            terminal.type("\u{3}")
            try terminal.expect("\r\u{1b}[Kluaconc: interrupted\r\n")
            #expect(try terminal.end() == -SIGINT)
        }
    }

    @Test func `it fits a narrow terminal`() async throws {
        try await session(40) { terminal in
            try terminal.expect(" 50%  50/100 ")
            try terminal.expect("\u{1b}[K")  // so that the echo does not come within the bar
            terminal.type("\n")
            try terminal.expect("\r\u{1b}[Kthe end")
            #expect(try terminal.end() == 0)
            // By bytes: to Swift the echo of the typed line, a return and a newline, is one character.
            let lines = terminal.screen.split(separator: UInt8(ascii: "\r")).map { String(decoding: $0, as: UTF8.self) }
            let bars = lines.compactMap { $0.hasSuffix("\u{1b}[K") ? $0.dropLast(3) : nil }
            #expect(bars.contains { $0.hasPrefix("[##") })
            #expect(bars.allSatisfy { $0.count < 40 })
        }
    }

    @Test func `what is written meanwhile takes its place`() async throws {
        let code = """
            local typed = channel.new()
            thread.spawn(function() for line in io.lines() do typed:send(line) end end):detach()
            thread.map({progress = true, workers = 1, chunk = 1}, function(i)
              local line = typed:recv()
              if i < 3 then print(line) else io.stderr:write(line, "\\n") end
            end, {1, 2, 3})
            """
        try await Terminal.run(["-e", code]) { terminal in
            for (bar, word) in [("0/3", "one"), ("1/3", "two"), ("2/3", "three")] {
                try terminal.expect(bar)
                try terminal.expect("left\u{1b}[K")
                terminal.type(word + "\n")
                try terminal.expect("\r\u{1b}[K\(word)\r\n")
            }
            #expect(try terminal.end() == 0)
        }
    }
}
