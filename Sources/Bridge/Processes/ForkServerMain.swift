/// What the fork server runs: it forks a child for each request. Owned by its first thread.
final class ForkServerMain: @unchecked Sendable {  // sound: one thread goes on with it in each child
    private let start: ChildMain.Start
    private let socket = Descriptor(ChildMode.socket)
    /// More than any environment that a packet carries.
    private static let room = 256 << 10

    init(_ settings: Program.Settings) throws {
        try ChildMain.rehearse(settings)
        let program = Program(settings, Processes(settings))
        let memory = StateMemory()
        let state = try Worker.makeState(program, memory)
        start = .init(program: program, memory: memory, state: state)
    }

    /// Until the parent has gone.
    func run() {
        let parent = Processor.parentID
        guard OSThread.count == 1 else { return }  // one with more threads must not fork
        Forking.serve(
            socket.number, parent,
            { context in
                if let context { Unmanaged<ForkServerMain>.fromOpaque(context).takeUnretainedValue().beChild() }
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// In the child: its link is the descriptor where the fork server's socket was. It waits on the
    /// next one until it gets something to do; there it then finds the page of numbers.
    private func beChild() -> Never {
        _ = socket.release()
        let control = Descriptor(ProcessNumbers.inherited)
        let packet = UnsafeMutableRawPointer.allocate(byteCount: Self.room, alignment: 8)
        var descriptors: [Int32] = []
        do throws(SystemError) {
            let child = try ChildMain(start)
            let received = control.receive(packet, Self.room, &descriptors)
            if case .failed(let code) = received { throw SystemError(call: "recvmsg", code: code) }
            // Otherwise the parent has gone, or has no more use for it.
            guard case .bytes(let size) = received, size >= 4, descriptors.count == 5 else { Environment.leave() }
            let error = Forking.settle(descriptors, control.release(), nice: packet.load(as: Int32.self))
            guard error == 0 else { throw SystemError(call: "dup2", code: error) }
            Environment.replace(packet + 4, size - 4)
            Environment.exit(child.run())
        } catch {
            start.program.settings.report("cannot start a child process: \(error)")
            Environment.exit(1)
        }
    }
}
