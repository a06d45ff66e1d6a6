import Bridge
import Glibc

/// The folder whose scripts are jobs. What it has read it reads again when the file has changed.
struct ScriptFolder: Sendable {
    let path: String
    private static let largest = 16 << 20

    private struct Script {
        let status: stat
        let source: [UInt8]
        let sum: String

        /// Whether the file is as it was. Times of files are no finer than some milliseconds, so one that had just been written
        /// is read again.
        func isCurrent(_ now: stat) -> Bool {
            status.st_dev == now.st_dev && status.st_ino == now.st_ino && status.st_size == now.st_size
                && status.st_ctim.tv_sec == now.st_ctim.tv_sec && status.st_ctim.tv_nsec == now.st_ctim.tv_nsec
        }
    }
    private let known = Guarded<[String: Script]>([:])
    /// The largest script that is kept, and how many are.
    private static let kept = (bytes: 256 << 10, scripts: 64)

    init(path: String) { self.path = path }

    /// The bytes of a script and their hash.
    /// - Throws: `ScriptError` if the name is none of a file in the folder, or the file cannot be read.
    func read(_ name: String) throws(ScriptError) -> (source: [UInt8], sum: String) {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard !name.utf8.contains(0), !parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) else {
            throw ScriptError(
                .error, "cluster: a script is named by its path in the folder of scripts, without '..', got '\(name)'")
        }
        let file = "\(path)/\(name)"
        var now = stat()
        if stat(file, &now) == 0, let script = known.withLock({ $0[name] }), script.isCurrent(now) {
            return (script.source, script.sum)
        }
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(file) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw ScriptError(.error, "cluster: \(file) is no file")
        }
        guard status.st_size <= Self.largest else { throw ScriptError(.error, "cluster: \(file) is too large") }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(descriptor, &block, block.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure(file) }
            if count == 0 {
                let script = Script(status: status, source: bytes, sum: SHA256.hash(bytes))
                keep(script, name)
                return (script.source, script.sum)
            }
            bytes += block[..<count]
            guard bytes.count <= Self.largest else { throw ScriptError(.error, "cluster: \(file) is too large") }
        }
    }

    private func keep(_ script: Script, _ name: String) {
        let isOld = time(nil) - script.status.st_ctim.tv_sec > 1
        known.withLock { known in
            guard isOld, script.source.count <= Self.kept.bytes else { return known[name] = nil }
            if known.count >= Self.kept.scripts { known = [:] }
            known[name] = script
        }
    }

    private func failure(_ file: String) -> ScriptError {
        ScriptError(.error, "cluster: \(file): \(String(cString: strerror(errno)))")
    }
}
