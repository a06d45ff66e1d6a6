import Bridge
import CLineEditor
import Glibc

/// What Tab does: it completes a name of Lua, or inside a string the name of a file. What is common to all that fit is
/// inserted; if that is nothing they are listed above the line, with what each is. Owned by the line thread.
struct Completions {
    private let find: (Word) -> [Candidate]

    init(_ find: @escaping (Word) -> [Candidate]) { self.find = find }

    /// What to insert at the cursor.
    func complete(_ before: Word, _ after: Word) -> Word {
        if let quote = Self.openQuote(before) {
            let path = Word(before[(quote + 1)...])
            return choose(files(path), path.count, closing: before[quote], after)
        }
        let word = Word(before[Self.wordStart(before)...])
        if word.isEmpty, before.allSatisfy({ $0 == UInt8(ascii: " ") }) { return Word("  ".utf8) }
        return choose(find(word), word.count, closing: nil, after)
    }

    private func choose(_ candidates: [Candidate], _ typed: Int, closing: UInt8?, _ after: Word) -> Word {
        guard let first = candidates.first else { return [] }
        if candidates.count == 1 {
            let rest = Word(first.text.dropFirst(typed))
            let isThere = after.first == (closing ?? UInt8(ascii: "("))
            return rest + (isThere ? [] : Word(first.suffix.utf8))
        }
        let common = candidates.dropFirst().reduce(first.text[...]) { common, candidate in
            common.prefix(zip(common, candidate.text).prefix { $0 == $1 }.count)
        }
        guard common.count <= typed else { return Word(common.dropFirst(typed)) }
        list(candidates)
        return []
    }

    private static func wordStart(_ before: Word) -> Int {
        let letters = { (byte: UInt8) in
            switch Unicode.Scalar(byte) {
            case "a"..."z", "A"..."Z", "0"..."9", "_", ".", ":": true
            default: false
            }
        }
        return (before.lastIndex { !letters($0) } ?? -1) + 1
    }

    /// The index of the quote that begins the string in which the text ends; nil if it ends in none.
    private static func openQuote(_ text: Word) -> Int? {
        var open: Int?
        var index = 0
        while index < text.count {
            let byte = text[index]
            if let start = open {
                if byte == UInt8(ascii: "\\") { index += 1 } else if byte == text[start] { open = nil }
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                open = index
            } else if byte == UInt8(ascii: "-"), index + 1 < text.count, text[index + 1] == byte {
                return nil  // a comment
            }
            index += 1
        }
        return open
    }

    // MARK: - Files

    private func files(_ path: Word) -> [Candidate] {
        let slash = path.lastIndex(of: UInt8(ascii: "/"))
        let folder = slash.map { Word(path[...$0]) } ?? []
        let prefix = path[folder.count...]
        guard let stream = (folder.isEmpty ? Word(".".utf8) : folder).withCString({ $0.flatMap { opendir($0) } }) else {
            return []
        }
        defer { closedir(stream) }
        var found: [Candidate] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: 256) { Word($0) }
            }
            let isHidden = name.first == UInt8(ascii: ".") && prefix.first != UInt8(ascii: ".")
            guard name.starts(with: prefix), !isHidden, name != Word(".".utf8), name != Word("..".utf8) else {
                continue
            }
            found.append(Self.candidate(folder + name))
        }
        return found.sorted { $0.text.lexicographicallyPrecedes($1.text) }
    }

    private static func candidate(_ path: Word) -> Candidate {
        var status = stat()
        let isThere = path.withCString { $0.map { stat($0, &status) == 0 } ?? false }
        let isFolder = isThere && status.st_mode & S_IFMT == S_IFDIR
        if isFolder { return Candidate(path + [UInt8(ascii: "/")], Word("folder".utf8)) }
        return Candidate(path, Word((isThere ? "file, \(status.st_size) bytes" : "file").utf8), suffix: "")
    }

    // MARK: - The list

    /// Each in a row of its own, as long as they fill no more than half the terminal; otherwise names side by side.
    private func list(_ candidates: [Candidate]) {
        var size = winsize()
        let isKnown = ioctl(1, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 && size.ws_row > 0
        let (columns, rows) = isKnown ? (Int(size.ws_col), Int(size.ws_row)) : (80, 24)
        let width = candidates.map { Self.width($0.text) }.max() ?? 0
        if candidates.count <= max(rows / 2, 4) {
            let lines = candidates.map { candidate in
                let gap = Word(repeating: UInt8(ascii: " "), count: width - Self.width(candidate.text) + 2)
                return Self.cut(candidate.text + gap + candidate.kind, columns - 1)
            }
            return StandardStreams.say(Word(lines.joined(separator: [UInt8(ascii: "\n")])))
        }
        let perRow = max(1, columns / (width + 2))
        let shown = candidates.prefix(perRow * max(rows - 3, 4))
        var text: Word = []
        for (index, candidate) in shown.enumerated() {
            let isLast = (index + 1) % perRow == 0 || index + 1 == shown.count
            let gap = isLast ? 0 : width - Self.width(candidate.text) + 2
            text += Self.cut(candidate.text, columns - 1) + Word(repeating: UInt8(ascii: " "), count: gap)
            if isLast, index + 1 < shown.count { text.append(UInt8(ascii: "\n")) }
        }
        if shown.count < candidates.count { text += Word("\n… \(candidates.count - shown.count) more".utf8) }
        StandardStreams.say(text)
    }

    private static func width(_ text: Word) -> Int { text.withCString { Int(line_width($0, text.count)) } }

    private static func cut(_ text: Word, _ columns: Int) -> Word {
        guard width(text) > columns else { return text }
        var shorter = text.text
        while !shorter.isEmpty, width(Word(shorter.utf8)) >= columns { shorter.removeLast() }
        return Word((shorter + "…").utf8)
    }
}
