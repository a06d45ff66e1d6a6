import CKernel
import Glibc

/// Memory that another process has mapped as well: what stands there may change at any time. Shared; its users keep to
/// their parts of it.
final class SharedMemory: @unchecked Sendable {  // sound: immutable; the memory is its users'
    let start: UnsafeMutableRawPointer
    let size: Int

    private init(mapping descriptor: Int32, _ size: Int) throws(SystemError) {
        let start = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
        guard let start, start != MAP_FAILED else { throw SystemError(call: "mmap", code: errno) }
        self.start = start
        self.size = size
    }

    deinit { munmap(start, size) }

    /// Fresh memory, all zero, which the other end of the socket can `receive`.
    static func make(_ size: Int, for socket: LinkSocket) throws(SystemError) -> SharedMemory {
        let descriptor = system_shared_memory(size)
        guard descriptor >= 0 else { throw SystemError(call: "memfd_create", code: -descriptor) }
        defer { close(descriptor) }
        let memory = try SharedMemory(mapping: descriptor, size)
        let status = system_send_descriptor(socket.descriptor, descriptor)
        // If the other side has gone already, the next read of the socket finds that.
        guard status == 0 || status == -EPIPE else { throw SystemError(call: "sendmsg", code: -status) }
        return memory
    }

    /// Whole pages of shared memory are all zero again, and take no memory.
    static func empty(_ start: UnsafeMutableRawPointer, _ count: Int) {
        if !Copy.isThis { madvise(start, count, MADV_REMOVE) }
    }

    /// Waits for the memory that the other end has made, in one of these sizes; nil if the other end has gone. Here
    /// nothing can be written behind `writable` bytes.
    static func receive(_ sizes: [Int], writable: Int, from socket: LinkSocket) throws(SystemError) -> SharedMemory? {
        let descriptor = system_receive_descriptor(socket.descriptor)
        if descriptor == -EPIPE || descriptor == -ECONNRESET { return nil }
        guard descriptor >= 0 else { throw SystemError(call: "recvmsg", code: -descriptor) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, case let size = Int(status.st_size), sizes.contains(size) else {
            throw SystemError(call: "mmap", code: EINVAL)
        }
        let memory = try SharedMemory(mapping: descriptor, size)
        guard mprotect(memory.start + writable, size - writable, PROT_READ) == 0 else {
            throw SystemError(call: "mprotect", code: errno)
        }
        return memory
    }
}
