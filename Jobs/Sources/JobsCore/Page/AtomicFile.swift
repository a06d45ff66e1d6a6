import Glibc

/// Files that are there as a whole or not at all.
enum AtomicFile {
    /// Writes a file, or replaces it in one step. What is written meanwhile lies beside it, hidden, under a name that ends in
    /// `.tmp`: programs that collect files of a kind pass it over.
    static func write(_ text: String, _ path: String) throws(Refusal) {
        guard let last = path.last, last != "/" else { throw Refusal("'\(path)' is no name of a file", status: 2) }
        let temporary = (path.lastIndex(of: "/").map { String(path[...$0]) } ?? "") + ".luaconc-jobs.\(getpid()).tmp"
        func refuse(_ why: String) -> Refusal { Refusal("cannot write \(path): \(why)", status: 1) }
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw refuse(reason()) }
        var text = text
        let failed = text.withUTF8 { bytes -> String? in
            var rest = UnsafeRawBufferPointer(bytes)[...]
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return reason() }
                rest = rest.dropFirst(count)
            }
            return nil
        }
        let isClosed = close(descriptor) == 0
        if let why = failed ?? (isClosed ? nil : reason()) ?? (rename(temporary, path) == 0 ? nil : reason()) {
            unlink(temporary)
            throw refuse(why)
        }
    }
}
