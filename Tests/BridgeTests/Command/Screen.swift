import Glibc

/// A terminal as tall as it must be: what bytes look like on it. It knows the escape sequences of `xterm` that a line
/// editor uses.
struct Screen {
    private let columns: Int
    private var cells: [[String]] = [[]]
    private var (row, column) = (0, 0)
    private var isInserting = false

    init(_ bytes: [UInt8], columns: Int) {
        self.columns = columns
        var text = String(decoding: bytes, as: UTF8.self).unicodeScalars[...]
        while let scalar = text.popFirst() {
            switch scalar {
            case "\u{1b}": escape(&text)
            case "\r": column = 0
            case "\n": go(to: row + 1)
            case "\u{8}": column = max(0, min(column, columns) - 1)
            case "\t": column = min(columns - 1, (column / 8 + 1) * 8)
            case "\u{7}": break
            default: put(scalar)
            }
        }
    }

    /// Without blanks at their ends, and without blank rows.
    var rows: [String] {
        cells.map { row in
            var text = row.joined()
            while text.last == " " { text.removeLast() }
            return text
        }.filter { !$0.isEmpty }
    }

    private mutating func go(to new: Int) {
        row = max(0, new)
        while cells.count <= row { cells.append([]) }
    }

    private mutating func fill(to count: Int) {
        while cells[row].count < count { cells[row].append(" ") }
    }

    private mutating func put(_ scalar: Unicode.Scalar) {
        let width =
            scalar.value >= 0x1100 && scalar.value < 0x20000 && !(0x2000..<0x2e80).contains(scalar.value) ? 2 : 1
        if column + width > columns {
            column = 0
            go(to: row + 1)
        }
        fill(to: column + width)
        if isInserting {
            cells[row].insert(contentsOf: [String(scalar)] + (width == 2 ? [""] : []), at: column)
        } else {
            cells[row][column] = String(scalar)
            if width == 2 { cells[row][column + 1] = "" }
        }
        column += width
    }

    private mutating func escape(_ text: inout Substring.UnicodeScalarView) {
        guard text.first == "[" else { return }
        text.removeFirst()
        var number = ""
        while let scalar = text.popFirst() {
            guard scalar.properties.isAlphabetic || scalar == "@" else {
                number.unicodeScalars.append(scalar)
                continue
            }
            return carryOut(scalar, number)
        }
    }

    private mutating func carryOut(_ command: Unicode.Scalar, _ number: String) {
        let count = max(1, Int(number) ?? 1)
        switch command {
        case "A": go(to: row - count)
        case "B": go(to: row + count)
        case "C": column = min(columns - 1, column + count)
        case "D": column = max(0, column - count)
        case "G": column = min(columns - 1, count - 1)
        case "K": cells[row].removeLast(max(0, cells[row].count - column))
        case "J":
            cells[row].removeLast(max(0, cells[row].count - column))
            for below in cells.indices.dropFirst(row + 1) { cells[below] = [] }
        case "P":
            fill(to: column)
            cells[row].removeSubrange(column..<min(cells[row].count, column + count))
        case "@":
            fill(to: column)
            cells[row].insert(contentsOf: repeatElement(" ", count: count), at: column)
        case "h", "l": if number == "4" { isInserting = command == "h" }
        default: break
        }
    }
}
