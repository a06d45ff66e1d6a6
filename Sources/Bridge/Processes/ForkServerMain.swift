/// The main program of the fork server: forks a child for each order. Owned by its first thread.
final class ForkServerMain: @unchecked Sendable {  // sound: in each child one thread uses it
    private let start: ChildMain.Start
    private let socket = Descriptor(ChildMode.socket)
    /// The longest packet: more than any environment that fits into one.
    private static let room = 256 << 10
    /// Made before the fork, so that no child has to.
    private let packet = UnsafeMutableRawPointer.allocate(byteCount: room, alignment: 8)

    init(_ settings: Program.Settings) throws {
        try ChildMain.rehearse(settings)
        let program = Program(settings, Processes(settings))
        let memory = StateMemory()
        let state = try Worker.makeState(program, memory)
        start = .init(program: program, memory: memory, state: state)
    }

    /// Returns when the parent has gone. `isWalled`: a filter for all children comes by a pipe.
    func run(isWalled: Bool) {
        let parent = Processor.parentID
        guard OSThread.count == 1 else { return }  // one with more threads must not fork
        if isWalled, !Walls.raiseFilter(from: ChildMode.walls) { return }
        Forking.serve(
            socket.number, parent,
            { context in
                if let context { Unmanaged<ForkServerMain>.fromOpaque(context).takeUnretainedValue().beChild() }
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// In the child: descriptor 3 is its link, in place of the fork server's socket. On descriptor 4 it waits for its
    /// task; afterwards that is the page of numbers. A sixth descriptor of the task are the rules of a sandbox.
    private func beChild() -> Never {
        _ = socket.release()
        let control = Descriptor(ProcessNumbers.inherited)
        var descriptors: [Int32] = []
        do throws(SystemError) {
            let child = try ChildMain(start)
            let received = control.receive(packet, Self.room, &descriptors)
            if case .failed(let code) = received { throw SystemError(call: "recvmsg", code: code) }
            // Otherwise the parent has gone, or does not need the child any more.
            guard case .bytes(let size) = received, size >= 8, descriptors.count >= 5 else { Environment.leave() }
            let room = Int(packet.load(fromByteOffset: 4, as: UInt32.self))
            let walls = UnsafeRawBufferPointer(start: packet + 8, count: room)
            guard 8 + walls.count <= size, (descriptors.count == 6) == !walls.isEmpty else { Environment.leave() }
            let error = Forking.settle(descriptors, control.release(), nice: packet.load(as: Int32.self))
            guard error == 0 else { throw SystemError(call: "dup2", code: error) }
            Environment.replace(packet + 8 + walls.count, size - 8 - walls.count, wipes: !walls.isEmpty)
            if !walls.isEmpty { try Walls.raise(walls, descriptors[5]) }
            try child.connect()
            Forking.leave(child.run())
        } catch {
            start.program.settings.report("cannot start a child process: \(error)")
            Environment.exit(1)
        }
    }
}
