/// Runs the events of a queue on the event loop, each as a task. A task takes the first event when it begins, so an
/// event can be cancelled until then. Owned by its state's thread.
final class EventTasks: TaskParent {
    private unowned let queue: EventQueue
    private let worker: Worker
    /// The anchor of the table that holds the events by their slots.
    private let events: Int
    /// The event whose task is about to begin.
    private var event: PoppedEvent?

    /// Those of the queue, made at first use. The table of its events must be on top of the stack.
    static func of(_ queue: EventQueue, _ call: HostCall) -> EventTasks {
        if let tasks = queue.tasks { return tasks }
        let tasks = EventTasks(queue, call)
        queue.tasks = tasks
        return tasks
    }

    private init(_ queue: EventQueue, _ call: HostCall) {
        self.queue = queue
        worker = call.worker
        events = call.state.anchor(call.L)
    }

    deinit { worker.releaseLater(events) }

    var name: ByteText? { "event" }
    var title: ByteText { "task 'event'" }

    func start(_ call: HostCall) {
        let site = call.spawnSite()
        for _ in 0..<queue.count(until: worker.clock.now.seconds) {
            worker.start(for: self, site: site, isDaemon: false)
        }
    }

    func mayStart(_ task: ScriptTask) -> Bool {
        guard !queue.isHeld else { return false }
        event = queue.pop(until: worker.clock.now.seconds)
        return event != nil
    }

    func push(on L: OpaquePointer) -> Int32 {
        let stack = Stack(L)
        guard let event else {
            stack.pushNil()
            return 0
        }
        let base = stack.top + 1
        worker.state.pushAnchored(events, on: L)
        event.take(of: base, stack)
        let arguments = base + 3
        let count = stack.pushCountedItems(of: arguments)
        for unneeded in [arguments, base + 1, base] { stack.remove(unneeded) }
        return count
    }
}
