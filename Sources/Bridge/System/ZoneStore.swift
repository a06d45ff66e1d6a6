import Glibc

/// The time zones of the system, by name. A file is read again when it has changed. Shared; guarded by its lock.
enum ZoneStore {
    /// A zone as a script names it.
    enum Name: Equatable, Sendable {
        /// That of the variable `TZ`, or of the machine.
        case local
        case named(String)
    }

    struct Failure: Error {
        let message: String
    }

    /// What tells one version of a file from another.
    private struct Version: Equatable {
        let device: UInt, inode: UInt, size: Int, seconds: Int, nanoseconds: Int
    }

    private static let known = Guarded<[(path: String, version: Version, zone: Zone)]>([])

    static func zone(_ name: Name) throws(Failure) -> Zone {
        guard case .named(let name) = name else { return local() }
        let folder = folder
        let inside = name.hasPrefix(folder + "/") ? String(name.dropFirst(folder.count + 1)) : name
        guard isPlain(inside) else { throw Failure(message: "'\(name)' is no name of a time zone") }
        do throws(ReadFailure) {
            return try read("\(folder)/\(inside)")
        } catch {
            if case .missing = error, ["UTC", "GMT", "Etc/UTC", "Etc/GMT"].contains(inside) { return .utc }
            throw Failure(message: message(error, inside, folder))
        }
    }

    private static var folder: String { variable("TZDIR") ?? "/usr/share/zoneinfo" }

    private static func variable(_ name: String) -> String? {
        guard let value = getenv(name).map({ String(cString: $0) }), !value.isEmpty else { return nil }
        return value
    }

    /// Whether the name stays inside the folder.
    private static func isPlain(_ name: String) -> Bool {
        let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return parts.allSatisfy { part in
            !part.isEmpty && part.first != UInt8(ascii: ".") && part.allSatisfy { $0 > 0x20 && $0 < 0x7f }
        }
    }

    /// The zone of the C library: of the variable `TZ`, which may hold a file's name or a rule, else of the machine; UTC
    /// if there is none, or it cannot be read.
    private static func local() -> Zone {
        guard let variable = getenv("TZ").map({ String(cString: $0) }) else {
            return (try? read("/etc/localtime")) ?? .utc
        }
        let value = variable.hasPrefix(":") ? String(variable.dropFirst()) : variable
        if value.isEmpty { return .utc }
        if let zone = try? read(value.hasPrefix("/") ? value : "\(folder)/\(value)") { return zone }
        return ZoneRule(value.utf8).map { Zone(first: 0, changes: [], rule: $0) } ?? .utc
    }

    // MARK: - Files

    private enum ReadFailure: Error {
        case missing
        case system(Int32)
        case content(ZoneFile.Failure)
    }

    /// Zone files have some kilobytes.
    private static let limit = 1 << 20

    private static func read(_ path: String) throws(ReadFailure) -> Zone {
        let number = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard number >= 0 else { throw errno == ENOENT || errno == ENOTDIR ? .missing : .system(errno) }
        let file = Descriptor(number)
        var status = stat()
        guard fstat(number, &status) == 0 else { throw .system(errno) }
        guard status.st_mode & S_IFMT == S_IFREG, (1...limit).contains(Int(status.st_size)) else {
            throw status.st_mode & S_IFMT == S_IFDIR ? .missing : .content(.noZoneFile)
        }
        let version = Version(
            device: UInt(status.st_dev), inode: UInt(status.st_ino), size: Int(status.st_size),
            seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
        if let found = known.withLock({ $0.first { $0.path == path && $0.version == version } }) { return found.zone }
        let bytes = try content(file, Int(status.st_size))
        let zone: Zone
        do throws(ZoneFile.Failure) { zone = try ZoneFile.read(bytes) } catch { throw .content(error) }
        known.withLock { known in
            known.removeAll { $0.path == path }
            known.append((path, version, zone))
        }
        return zone
    }

    private static func content(_ file: Descriptor, _ size: Int) throws(ReadFailure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: size)
        var count = 0
        while count < size {
            let transfer = bytes.withUnsafeMutableBytes { buffer in
                buffer.baseAddress.map { file.read($0 + count, size - count) } ?? .end
            }
            switch transfer {
            case .bytes(let more): count += more
            case .failed(let code): throw .system(code)
            case .end, .later: return Array(bytes[..<count])
            }
        }
        return bytes
    }

    // MARK: - What went wrong

    private static func message(_ failure: ReadFailure, _ name: String, _ folder: String) -> String {
        switch failure {
        case .system(let code): return "time zone '\(name)': \(SystemError(call: "open", code: code).text)"
        case .content(.noZoneFile): return "'\(name)' is no time zone: \(folder)/\(name) is another kind of file"
        case .content(.damaged): return "time zone '\(name)': the file \(folder)/\(name) is damaged"
        case .content(.leapSeconds): return "time zone '\(name)' counts leap seconds, which the system's clock does not"
        case .missing: break
        }
        guard access(folder, F_OK) == 0 else {
            return "no time zone '\(name)': there is no \(folder), which Debian's package tzdata brings"
        }
        let near = nearest(to: name, in: folder).map { " (did you mean '\($0)'?)" } ?? ""
        return "no time zone '\(name)'\(near)"
    }

    /// The zone that somebody meant who left out its continent, or took other letters.
    private static func nearest(to name: String, in folder: String) -> String? {
        let wanted = Array(name.lowercased().utf8)
        let city = UInt8(ascii: "/")
        var best: (distance: Int, name: String)?
        for name in names(in: folder) {
            let candidate = Array(name.lowercased().utf8)
            let last = Array(candidate.split(separator: city).last ?? [])
            let hasCity = !wanted.contains(city) && last != candidate
            let distance = min(edits(wanted, candidate), hasCity ? edits(wanted, last) : .max)
            if distance <= wanted.count / 4, distance < best?.distance ?? .max { best = (distance, name) }
        }
        return best?.name
    }

    /// How many characters have to be changed, added or left out to make `b` of `a`.
    private static func edits(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var row = Array(0...b.count)
        for (i, x) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, y) in b.enumerated() {
                let changed = diagonal + (x == y ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(changed, min(row[j], row[j + 1]) + 1)
            }
        }
        return row[b.count]
    }

    /// The names of all files in the folder, and in those of two levels below it.
    private static func names(in folder: String, depth: Int = 0) -> [String] {
        guard let list = opendir(folder) else { return [] }
        defer { closedir(list) }
        var names: [String] = []
        while let entry = readdir(list) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasPrefix(".") || ["posix", "right"].contains(name) { continue }
            var status = stat()
            guard stat("\(folder)/\(name)", &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR {
                if depth < 2 { names += self.names(in: "\(folder)/\(name)", depth: depth + 1).map { "\(name)/\($0)" } }
            } else if name.first?.isUppercase == true {
                names.append(name)
            }
        }
        return names.sorted()
    }
}
