import Glibc

/// The lines typed in this and in earlier sessions: one a line in `~/.luaconc_history`, or in the file that
/// `LUACONC_HISTORY` names (empty: none is kept). Several sessions may add to one file. Owned by the line thread.
final class History {
    /// How many lines are kept from one session to the next.
    private static let limit = 1000

    private let path: String?
    private(set) var lines: [Word] = []

    init() {
        path = Self.findPath()
        lines = load().suffix(Self.limit)
    }

    private static func findPath() -> String? {
        if let path = getenv("LUACONC_HISTORY") { return path[0] == 0 ? nil : String(cString: path) }
        return getenv("HOME").map { String(cString: $0) + "/.luaconc_history" }
    }

    /// Adds the line unless it is blank or equals the one before. Returns whether it was added.
    func add(_ line: Word) -> Bool {
        guard line.contains(where: { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }), line != lines.last else {
            return false
        }
        lines.append(line)
        save([line], O_WRONLY | O_APPEND | O_CREAT)
        return true
    }

    private func load() -> [Word] {
        guard let path else { return [] }
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(file, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        let all = bytes.split(separator: UInt8(ascii: "\n")).map(Array.init)
        if all.count > 2 * Self.limit { save(all.suffix(Self.limit), O_WRONLY | O_TRUNC) }
        return all
    }

    private func save(_ lines: [Word], _ flags: Int32) {
        guard let path else { return }
        let file = open(path, flags | O_CLOEXEC, 0o600)
        guard file >= 0 else { return }
        defer { close(file) }
        let bytes = lines.flatMap { $0 + [UInt8(ascii: "\n")] }
        _ = write(file, bytes, bytes.count)
    }
}
