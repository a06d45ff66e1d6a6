import Bridge
import NIOHTTP1
import Synchronization

import func Glibc.fflush

/// What a script gets.
struct Request: Codable, LuaConvertible, Sendable {
    let method: String
    let path: String
    let query: String
    let body: String

    init(_ head: HTTPRequestHead, body: String) {
        let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        method = head.method.rawValue
        path = String(parts.first ?? "/")
        query = parts.count > 1 ? String(parts[1]) : ""
        self.body = body
    }
}

/// What a script returns.
struct Reply: Codable, LuaConvertible, Sendable {
    var status: Int?
    var type: String?
    var body: String
}

/// What all runtimes share. Scripts hold it by reference, and its methods suspend only the page that calls them.
actor Counter: LuaObject {
    private var counts: [String: Int] = [:]

    func increment(_ name: String) -> Int {
        counts[name, default: 0] += 1
        return counts[name, default: 0]
    }
}

/// Several runtimes with the same script: the requests take turns among them.
final class Pages: Sendable {
    private let runtimes: [Runtime]
    private let turn = Atomic<Int>(0)

    init(script: String, runtimes count: Int) async throws {
        let site = Module("site") {
            Constant("visits", Counter())
            Type(Counter.self) {
                Method("increment") { (counter: Counter, name: String) async in await counter.increment(name) }
            }
        }
        var configuration = Runtime.Configuration()
        configuration.modules = [site]
        configuration.libraries = [.tasks]  // pages may sleep, and do several things at once
        configuration.memoryLimit = 4 << 20
        var runtimes: [Runtime] = []
        for _ in 0..<count {
            let runtime = try Runtime(configuration)
            try await runtime.run(contentsOf: script, deadline: .seconds(5))
            runtimes.append(runtime)
        }
        self.runtimes = runtimes
    }

    func answer(_ request: Request) async -> Reply {
        let number = turn.wrappingAdd(1, ordering: .relaxed).oldValue
        do {
            return try await runtimes[number % runtimes.count].call("answer", request, deadline: .seconds(1))
        } catch {
            switch error.kind {
            case .timeout: return Reply(status: 504, body: "this page took too long\n")
            case .memory: return Reply(status: 507, body: "this page took too much memory\n")
            default:
                print("\(request.path): \(error.message)")
                fflush(nil)
                return Reply(status: 500, body: "this page failed\n")
            }
        }
    }
}
