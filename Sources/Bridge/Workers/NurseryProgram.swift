import CFence

/// What the nursery runs: it forks a child for each request. Owned by its only thread.
final class NurseryProgram: @unchecked Sendable {  // sound: in a child one other thread goes on with it
    private let start: ChildProgram.Start
    private let socket = Descriptor(ChildProgram.socket)
    /// More than any environment that a packet carries.
    private static let room = 256 << 10

    init(_ settings: Program.Settings) throws {
        try ChildProgram.rehearse(settings)
        let program = Program(settings)
        let memory = StateMemory()
        let state = try Worker.makeState(program, memory)
        start = .init(program: program, memory: memory, state: state)
    }

    /// Until the parent has gone.
    func run() {
        let parent = Processor.parentID
        guard fence_thread_count() == 1 else { return }  // one with more threads must not fork
        fence_keep_mappings()
        reply(0)
        while true {
            var byte: UInt8 = 0
            var descriptors: [Int32] = []
            guard case .bytes = socket.receive(&byte, 1, &descriptors), !descriptors.isEmpty else { return }
            reply(fork(parent, descriptors))
            for descriptor in descriptors { Descriptor.close(descriptor) }
        }
    }

    private func reply(_ number: Int32) { withUnsafeBytes(of: number) { _ = socket.send($0) } }

    private func fork(_ parent: Int32, _ descriptors: [Int32]) -> Int32 {
        fence_fork(
            parent, descriptors, Int32(descriptors.count),
            { context in
                if let context { Unmanaged<NurseryProgram>.fromOpaque(context).takeUnretainedValue().beChild() }
                return nil
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// In the child, on a thread of its own: its link is the descriptor where the nursery's socket was. It waits on the
    /// next one until it gets something to do; there it then finds the page of numbers.
    private func beChild() -> Never {
        _ = socket.release()
        let control = Descriptor(ProcessNumbers.inherited)
        let packet = UnsafeMutableRawPointer.allocate(byteCount: Self.room, alignment: 8)
        var descriptors: [Int32] = []
        guard let child = try? ChildProgram(start),
            case .bytes(let size) = control.receive(packet, Self.room, &descriptors), size >= 4,
            descriptors.count == 5, fence_settle(descriptors, control.release(), packet.load(as: Int32.self))
        else { Environment.leave() }  // the parent has gone, or has no more use for it
        fence_set_environment((packet + 4).assumingMemoryBound(to: CChar.self), size - 4)
        Environment.exit(child.run())
    }
}
