import Bridge
import Glibc

/// The folder whose scripts are jobs. Immutable.
struct ScriptFolder: Sendable {
    let path: String
    private static let largest = 16 << 20

    /// The bytes of a script and their hash.
    /// - Throws: `ScriptError` if the name is none of a file in the folder, or the file cannot be read.
    func read(_ name: String) throws(ScriptError) -> (source: [UInt8], sum: String) {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard !name.utf8.contains(0), !parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) else {
            throw ScriptError(
                .error, "cluster: a script is named by its path in the folder of scripts, without '..', got '\(name)'")
        }
        let file = "\(path)/\(name)"
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
            if count == 0 { return (bytes, SHA256.hash(bytes)) }
            bytes += block[..<count]
            guard bytes.count <= Self.largest else { throw ScriptError(.error, "cluster: \(file) is too large") }
        }
    }

    private func failure(_ file: String) -> ScriptError {
        ScriptError(.error, "cluster: \(file): \(String(cString: strerror(errno)))")
    }
}
