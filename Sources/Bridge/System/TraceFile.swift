import CKernel
import Glibc

/// A file of lines that several processes append to, and that is whole at every moment, whoever is killed.
///
/// It consists of units of a KiB. No line goes beyond its unit, whose rest is filled with spaces, and each write is of
/// whole units. The kernel, when it kills a process, may cut a write where a page of the file ends; that is where a unit
/// ends, too, and so between two lines. Owned by the trace's thread.
final class TraceFile {
    static let unit = 1024
    private static let room = 64 * unit
    private let descriptor: Int32
    /// As it was named.
    let name: ByteText
    /// The whole path, for child processes; empty if there is none.
    let path: ByteText
    private let start: UnsafeMutablePointer<UInt8>
    private var count = 0
    /// What went wrong with the first write that failed. Nothing is written after it.
    private(set) var failure: SystemError?

    /// `clears`: the file is made, or emptied. Otherwise it must be there.
    init(_ path: ByteText, clears: Bool) throws(SystemError) {
        var whole = [CChar](repeating: 0, count: Int(PATH_MAX))
        let descriptor = path.withCString { system_open_log($0, clears, &whole, whole.count) }
        guard descriptor >= 0 else { throw SystemError(call: "open", code: -descriptor) }
        self.descriptor = descriptor
        name = path
        self.path = whole.withUnsafeBufferPointer { $0.baseAddress.map { ByteText(cString: $0) } ?? "" }
        start = .allocate(capacity: Self.room)
    }

    deinit {
        start.deallocate()
        _ = close(descriptor)
    }

    /// Adds a line, which is shorter than a unit.
    func add(_ line: UnsafeRawBufferPointer) {
        guard let bytes = line.baseAddress, line.count < Self.unit else { return }
        if count % Self.unit + line.count >= Self.unit { fill() }
        if count == Self.room { write() }
        UnsafeMutableRawPointer(start + count).copyMemory(from: bytes, byteCount: line.count)
        count += line.count
    }

    /// Adds bytes in which no line has to stay whole, and fills the last unit.
    func add(all bytes: UnsafeRawBufferPointer) {
        for byte in bytes {
            if count == Self.room { write() }
            start[count] = byte
            count += 1
        }
        fill()
    }

    /// The unit is complete: fills it.
    private func fill() {
        let end = (count + Self.unit - 1) / Self.unit * Self.unit
        guard end > count else { return }
        UnsafeMutableRawPointer(start + count).initializeMemory(
            as: UInt8.self, repeating: UInt8(ascii: " "), count: end - count)
        start[end - 1] = 0x0a
        count = end
    }

    /// Writes the bytes at once, as they are.
    func append(_ text: ByteText) {
        text.bytes.withUnsafeBufferPointer { bytes in
            if let start = bytes.baseAddress { write(start, bytes.count) }
        }
    }

    /// Replaces what is in the file, in one step.
    func replace(_ change: (ByteText) -> ByteText) {
        guard !path.isEmpty, failure == nil, let text = Self.contents(of: path) else { return }
        let part: ByteText = "\(path).part"
        do throws(SystemError) {
            let file = try TraceFile(part, clears: true)
            file.append(change(text))
            if file.failure == nil, part.withCString({ part in path.withCString { rename(part, $0) } }) == 0 { return }
        } catch {}
        _ = part.withCString { unlink($0) }
    }

    private static func contents(of path: ByteText) -> ByteText? {
        let descriptor = path.withCString { open($0, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { return nil }
        let file = Descriptor(descriptor)
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(file.number, &block, block.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { return ByteText(bytes) }
            bytes += block[..<count]
        }
    }

    /// Writes what was added.
    func flush() {
        fill()
        write()
    }

    private func write() {
        write(start, count)
        count = 0
    }

    private func write(_ start: UnsafePointer<UInt8>, _ count: Int) {
        var done = 0
        while done < count, failure == nil {
            let written = system_write(descriptor, start + done, count - done)
            if written >= 0 {
                done += written
            } else if written != -Int(EINTR) {
                failure = SystemError(call: "write", code: Int32(-written))
                _ = system_mend_log(descriptor, Int32(Self.unit))
            }
        }
    }
}
