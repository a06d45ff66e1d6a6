/// What a child process may reach: nothing but what is named here and the system's libraries, enforced by the kernel
/// from before its first instruction, and for all that it starts. Paths are absolute; a folder stands for all that is in
/// it. `docs/sandbox.md` says what enforces what.
public struct Sandbox: Sendable, Equatable {
    /// Ports of TCP that it may use. There is no other network.
    public struct Network: Sendable, Equatable {
        /// Those that it may connect to.
        public var connect: [UInt16]
        /// Those that it may bind; 0: one that the kernel chooses.
        public var bind: [UInt16]

        /// No ports but these.
        public init(connect: [UInt16] = [], bind: [UInt16] = []) { (self.connect, self.bind) = (connect, bind) }
    }

    /// What it may read.
    public var read: [ByteText]
    /// What it may read and write, in which it may make and remove files.
    public var write: [ByteText]
    /// What it may read and run as a program.
    public var exec: [ByteText]
    /// Ports of TCP; nil: no network.
    public var network: Network?
    /// All variables of its environment; nil: `PATH`, `LANG` and `TZ` as they are here.
    public var environment: [ByteText: ByteText]?
    /// Bytes of memory of each of its processes. That of a Lua child bounds its state, as the option `memory` does.
    public var memory: Int?
    /// Seconds of processor time of each of its processes.
    public var cpu: Double?
    /// How many descriptors each of its processes may have.
    public var files: Int?
    /// How many processes and threads it may have beside its own.
    public var processes: Int?
    /// How large a file may become by its writing, in bytes.
    public var size: Int?

    /// A sandbox in which nothing can be reached but what is given, and the system's libraries can be read.
    public init(
        read: [ByteText] = [], write: [ByteText] = [], exec: [ByteText] = [], network: Network? = nil,
        environment: [ByteText: ByteText]? = nil, memory: Int? = nil, cpu: Double? = nil, files: Int? = nil,
        processes: Int? = nil, size: Int? = nil
    ) {
        (self.read, self.write, self.exec, self.network) = (read, write, exec, network)
        (self.environment, self.memory, self.cpu) = (environment, memory, cpu)
        (self.files, self.processes, self.size) = (files, processes, size)
    }
}
