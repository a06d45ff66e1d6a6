import Glibc

/// What the system tells of a process.
struct ProcessStatus {
    let pid: Int32
    let user: UInt32
    /// `R`, `S`, `T` (stopped), `Z` (has ended).
    let state: Character
    let parent: Int32
    let threads: Int
    /// In seconds.
    let processorTime: Double
    let age: Double
    let memory: Int
    /// When that was, in seconds since the system was started.
    let time: Double

    /// Nil: there is no such process.
    init?(_ pid: Int32) {
        var status = stat()
        guard stat("/proc/\(pid)", &status) == 0, let line = Self.read("/proc/\(pid)/stat"),
            let end = line.lastIndex(of: UInt8(ascii: ")"))
        else { return nil }
        let fields = Word(line[(end + 1)...]).text.split(separator: " ")
        guard fields.count > 21 else { return nil }
        func number(_ index: Int) -> Int { Int(fields[index]) ?? 0 }
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        self.pid = pid
        user = status.st_uid
        state = fields[0].first ?? "?"
        parent = Int32(number(1))
        processorTime = Double(number(11) + number(12)) / ticks
        threads = number(17)
        time = Self.read("/proc/uptime").flatMap { Double($0.text.prefix { $0 != " " }) } ?? 0
        age = max(0, time - Double(number(19)) / ticks)
        memory = number(21) * sysconf(Int32(_SC_PAGESIZE))
    }

    /// The file that it runs; empty if that may not be known.
    var program: String {
        var path = [CChar](repeating: 0, count: 4097)
        let count = readlink("/proc/\(pid)/exe", &path, 4096)
        guard count > 0 else { return "" }
        let text = Word(path[..<count].map(UInt8.init(bitPattern:))).text
        return text.hasSuffix(" (deleted)") ? String(text.dropLast(10)) : text
    }

    /// Whether it runs luaconc.
    var isLuaconc: Bool {
        if program.split(separator: "/").last.map({ $0 == Command.name }) ?? false { return true }
        var (own, other) = (stat(), stat())
        return stat("/proc/self/exe", &own) == 0 && stat("/proc/\(pid)/exe", &other) == 0 && own.st_ino == other.st_ino
            && own.st_dev == other.st_dev
    }

    /// Whether it has a handler for the signal. Otherwise the signal would end it.
    func catches(_ signal: Int32) -> Bool {
        guard let text = Self.read("/proc/\(pid)/status")?.text,
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("SigCgt:") }),
            let bits = line.split(whereSeparator: { " \t".contains($0) }).last.flatMap({ UInt64($0, radix: 16) })
        else { return false }
        return bits & 1 << UInt64(signal - 1) != 0
    }

    func variable(_ name: String) -> String? {
        let prefix = Word("\(name)=".utf8)
        let all = Self.read("/proc/\(pid)/environ")?.split(separator: 0) ?? []
        return all.first { $0.starts(with: prefix) }.map { Word($0.dropFirst(prefix.count)).text }
    }

    /// Its command line after the name of the program.
    var words: String {
        let all = Self.read("/proc/\(pid)/cmdline")?.split(separator: 0).dropFirst() ?? []
        let bytes = all.joined(separator: [UInt8(ascii: " ")]).map { $0 < 0x20 || $0 == 0x7f ? UInt8(ascii: "?") : $0 }
        return Word(bytes).text
    }

    private static func read(_ path: String) -> Word? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes: Word = []
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        while bytes.count < 1 << 20 {
            let count = Glibc.read(file, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        return bytes
    }
}
