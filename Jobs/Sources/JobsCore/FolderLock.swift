import Glibc

/// One runner a folder: held as long as the object lives, and given up by the kernel when the process ends, however it ends.
final class FolderLock: Sendable {
    private let descriptor: Int32

    /// Throws if another process runs the jobs of the folder, and says which.
    init(_ folder: Folder) throws(Refusal) {
        descriptor = open(folder.lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Refusal("cannot open \(folder.lock): \(reason())") }
        guard Self.take(descriptor) else {
            let holder = Self.holder(descriptor)
            close(descriptor)
            let who = holder.count == 2 ? "process \(holder[0]), since \(holder[1])" : "another process"
            throw Refusal("the jobs of \(folder.path) are run already: by \(who)")
        }
        let text = Array("\(getpid())\n\(Moment.text(Moment.now))\n".utf8)
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, text, text.count, 0) == text.count else {
            let why = reason()
            close(descriptor)
            throw Refusal("cannot write \(folder.lock): \(why)")
        }
    }

    deinit { close(descriptor) }

    /// A child that was about to become another program when the last runner was killed has the lock a moment longer.
    private static func take(_ descriptor: Int32) -> Bool {
        for _ in 0..<500 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
            guard let pid = holder(descriptor).first.flatMap({ Int($0) }), ProcessTable.start(pid) == nil else { break }
            usleep(10_000)
        }
        return false
    }

    /// The number of the process that has the lock, and since when.
    private static func holder(_ descriptor: Int32) -> [Substring] {
        var bytes = [UInt8](repeating: 0, count: 200)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).split(separator: "\n")
    }
}
