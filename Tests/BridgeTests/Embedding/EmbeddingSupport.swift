import Bridge
import Synchronization

/// A runtime for one test, with a thread of its own.
func makeRuntime(
    _ modules: Module..., configure: (inout Runtime.Configuration) -> Void = { _ in }
) throws -> Runtime {
    var configuration = Runtime.Configuration()
    configuration.modules = modules
    configuration.name = "test"
    configure(&configuration)
    return try Runtime(configuration)
}

/// Strings that threads add. Shared.
final class Notes: Sendable {
    private let list = Mutex<[String]>([])
    func add(_ note: String) { list.withLock { $0.append(note) } }
    var all: [String] { list.withLock { $0 } }
}

/// Counts objects that live.
final class LiveCount: Sendable {
    private let count = Atomic<Int>(0)
    var value: Int { count.load(ordering: .relaxed) }
    func change(_ by: Int) { count.add(by, ordering: .relaxed) }
}
