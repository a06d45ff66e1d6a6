import Bridge
import Glibc
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

/// Holds up threads until it is opened. Shared.
final class Gate: Sendable {
    let begun = Notes()
    private let isOpen = Atomic<Bool>(false)
    func wait() { while !isOpen.load(ordering: .acquiring) { usleep(1_000) } }
    func open() { isOpen.store(true, ordering: .releasing) }
}

/// Counts objects that live.
final class LiveCount: Sendable {
    private let count = Atomic<Int>(0)
    var value: Int { count.load(ordering: .relaxed) }
    func change(_ by: Int) { count.add(by, ordering: .relaxed) }
}
