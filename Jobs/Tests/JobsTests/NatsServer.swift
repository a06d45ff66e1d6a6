import Foundation
import Testing

/// A NATS server on a free port of this machine, with a folder that goes with it.
final class NatsServer {
    private let folder = NSTemporaryDirectory() + "nats-" + UUID().uuidString
    private let address: String
    private var process = Process()
    private var port = "-1"

    init(address: String = "127.0.0.1") throws {
        self.address = address
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try run()
    }

    deinit {
        kill()
        try? FileManager.default.removeItem(atPath: folder)
    }

    var url: String { "nats://\(address):\(port)" }

    /// Starts it, again at the same port and with what it has stored.
    func run() throws {
        process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "nats-server", "-js", "-a", address, "-p", port, "-sd", folder, "-l", folder + "/log", "--ports_file_dir",
            folder,
        ]
        try process.run()
        try #require(eventually { Self.port(in: folder) != nil })
        port = try #require(Self.port(in: folder))
    }

    private static func port(in folder: String) -> String? {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        guard let name = names.first(where: { $0.hasSuffix(".ports") }),
            let text = try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8),
            let found = text.firstMatch(of: #/"nats":\s*\[\s*"nats://[^"]*:(\d+)"/#)
        else { return nil }
        return String(found.1)
    }

    /// What it has stored is gone, as if its disk were another one.
    func forget() throws { try FileManager.default.removeItem(atPath: folder + "/jetstream") }

    func kill() {
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where name.hasSuffix(".ports")
        {
            try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        }
    }
}
