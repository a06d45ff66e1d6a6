import CHoles
import Glibc

/// What a run writes goes straight into a file, both streams in their order, so that nothing is lost with the runner.
enum RunOutput {
    /// Gives back the disk space of the middle of a file that has become larger than `limit`. The file keeps its length.
    static func trim(_ path: String, limit: Int) {
        withFile(path, O_WRONLY) { descriptor, status in
            let page = 4096
            let begin = (limit / 2 + page - 1) / page * page
            let end = (Int(status.st_size) - limit / 2) / page * page
            guard status.st_blocks * 512 > limit + slack, end > begin else { return }
            // Where the file system cannot do it, the middle is cut out when the run has ended.
            _ = holes_punch(descriptor, off_t(begin), off_t(end - begin))
        }
    }

    private static let slack = 1 << 20

    /// The bytes of a file. Of more than `limit` the middle is replaced by a line that says how much is missing.
    static func bytes(_ path: String, limit: Int) -> [UInt8]? {
        withFile(path, O_RDONLY) { descriptor, status in
            let size = Int(status.st_size)
            guard size > limit else { return read(descriptor, 0, size) }
            let half = limit / 2
            let notice = "\n[\(size - 2 * half) bytes were cut out here]\n"
            return read(descriptor, 0, half) + Array(notice.utf8) + read(descriptor, size - half, half)
        }
    }

    /// The last bytes of a file, and how long it is.
    static func end(_ path: String, limit: Int) -> (bytes: [UInt8], size: Int)? {
        withFile(path, O_RDONLY) { descriptor, status in
            let size = Int(status.st_size)
            let count = min(size, limit)
            return (read(descriptor, size - count, count), size)
        }
    }

    /// Nil: it cannot be opened.
    @discardableResult
    private static func withFile<R>(_ path: String, _ mode: Int32, _ body: (Int32, stat) -> R) -> R? {
        let descriptor = open(path, mode | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        return fstat(descriptor, &status) == 0 ? body(descriptor, status) : nil
    }

    private static func read(_ descriptor: Int32, _ offset: Int, _ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, length in
            while length < count, let base = buffer.baseAddress {
                let result = pread(descriptor, base + length, count - length, off_t(offset + length))
                if result <= 0 { break }
                length += result
            }
        }
    }
}
