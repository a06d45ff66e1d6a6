import Glibc

/// One runner a folder: held as long as the object lives, and given up by the kernel when the process ends, however it ends.
final class FolderLock: Sendable {
    private let descriptor: Int32

    /// Throws if another process runs the jobs of the folder, and says which.
    init(_ folder: Folder) throws(Refusal) {
        descriptor = open(folder.lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Refusal("cannot open \(folder.lock): \(reason())") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let holder = Self.text(descriptor).split(separator: "\n")
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

    private static func text(_ descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 200)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}
