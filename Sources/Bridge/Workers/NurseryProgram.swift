import CFence

/// What the nursery runs: it waits for requests, and forks a child for each. Owned by its only thread.
struct NurseryProgram {
    private let program: Program
    private let memory = StateMemory()
    private let state: LuaState
    private let socket = Descriptor(ChildProgram.socket)
    /// More than any environment that a packet carries.
    private static let room = 256 << 10

    init(_ settings: Program.Settings) throws(ScriptError) {
        program = Program(settings)
        state = try Worker.makeState(program, memory)
    }

    /// Returns in each child that is forked; what a child is to go on with.
    func run() -> ChildProgram.Start? {
        let parent = Processor.parentID
        reply(0)
        let packet = UnsafeMutableRawPointer.allocate(byteCount: Self.room, alignment: 8)
        while true {
            var descriptors: [Int32] = []
            guard case .bytes(let size) = socket.receive(packet, Self.room, &descriptors), size >= 4,
                let folder = descriptors.last
            else { return nil }  // the parent has gone
            let nice = packet.load(as: Int32.self)
            let pid = fence_fork(parent, folder, descriptors, Int32(descriptors.count - 1), nice)
            if pid == 0 {
                _ = socket.release()
                fence_set_environment((packet + 4).assumingMemoryBound(to: CChar.self), size - 4)
                return .init(program: program, memory: memory, state: state)
            }
            for descriptor in descriptors { Descriptor.close(descriptor) }
            reply(pid)
        }
    }

    private func reply(_ number: Int32) {
        var number = number
        withUnsafeBytes(of: &number) { _ = socket.send($0) }
    }
}
