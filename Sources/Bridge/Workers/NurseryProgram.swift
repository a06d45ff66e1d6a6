import CFence

/// What the nursery runs: it waits for requests, and forks a child for each. Owned by its only thread.
final class NurseryProgram: @unchecked Sendable {  // sound: in a child one other thread goes on with it
    private let start: ChildProgram.Start
    private let socket = Descriptor(ChildProgram.socket)
    /// The request: the priority, then the environment.
    private let packet: UnsafeMutableRawPointer
    private var size = 0
    private let runChild: (ChildProgram.Start) -> Never

    /// More than any environment that a packet carries.
    private static let room = 256 << 10

    /// `runChild` is what a child does.
    init(_ settings: Program.Settings, _ runChild: @escaping (ChildProgram.Start) -> Never) throws {
        try ChildProgram.rehearse(settings)
        let program = Program(settings)
        let memory = StateMemory()
        let state = try Worker.makeState(program, memory)
        start = .init(program: program, memory: memory, state: state)
        self.runChild = runChild
        packet = .allocate(byteCount: Self.room, alignment: 8)
    }

    deinit { packet.deallocate() }

    /// Until the parent has gone.
    func run() {
        let parent = Processor.parentID
        guard fence_thread_count() == 1 else { return }  // one with more threads must not fork
        reply(0)
        while true {
            var descriptors: [Int32] = []
            guard case .bytes(let size) = socket.receive(packet, Self.room, &descriptors), size >= 4,
                let folder = descriptors.popLast()
            else { return }
            self.size = size
            reply(fork(parent, folder, descriptors))
            for descriptor in descriptors + [folder] { Descriptor.close(descriptor) }
        }
    }

    private func fork(_ parent: Int32, _ folder: Int32, _ descriptors: [Int32]) -> Int32 {
        descriptors.withUnsafeBufferPointer { descriptors in
            var launch = fence_launch()
            launch.descriptors = descriptors.baseAddress
            launch.count = Int32(descriptors.count)
            launch.nice = packet.load(as: Int32.self)
            return fence_fork(
                parent, &launch, folder,
                { context in
                    if let context { Unmanaged<NurseryProgram>.fromOpaque(context).takeUnretainedValue().beChild() }
                    return nil
                }, Unmanaged.passUnretained(self).toOpaque())
        }
    }

    private func beChild() -> Never {
        _ = socket.release()
        fence_set_environment((packet + 4).assumingMemoryBound(to: CChar.self), size - 4)
        runChild(start)
    }

    private func reply(_ number: Int32) { withUnsafeBytes(of: number) { _ = socket.send($0) } }
}
