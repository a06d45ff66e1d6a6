import Glibc

/// Words that nobody can guess, and their comparison.
enum Secret {
    /// 128 bits of the kernel's chance, in hexadecimal digits.
    static func text() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<2).map { _ in
            let digits = String(generator.next(), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    /// The time it takes does not tell how many letters are right.
    static func areEqual(_ one: String, _ other: String) -> Bool {
        let (a, b) = (Array(one.utf8), Array(other.utf8))
        return a.count == b.count && zip(a, b).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// The secret in a file that only its user can read, which is made if it is not there.
    static func kept(_ path: String) throws(Refusal) -> String {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Refusal("cannot open \(path): \(reason())") }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 33)
        let count = read(descriptor, &bytes, 33)
        if count == 33, let text = String(validating: bytes.prefix(32), as: UTF8.self) { return text }
        let fresh = text()
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, fresh + "\n", 33, 0) == 33 else {
            throw Refusal("cannot write \(path): \(reason())")
        }
        return fresh
    }
}
