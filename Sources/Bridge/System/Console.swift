import CFence
import Glibc

/// The program's own standard error: each report is one write, so that reports of several threads do not mix.
enum Console {
    static func report(_ text: ByteText, prefix: ByteText = "luaconc: ") {
        write("\(prefix)\(text)\n")
    }

    static func write(_ text: ByteText) {
        text.bytes.withUnsafeBufferPointer { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let n = Glibc.write(2, rest.baseAddressOfSlice, rest.count)
                if n > 0 { rest = rest.dropFirst(n) } else if errno != EINTR { return }
            }
        }
    }

    static var isTerminal: Bool { isatty(2) != 0 }

    /// What the C library holds back for standard output goes out.
    static func flush() { fflush(fence_stdout()) }
    /// The same as far as it needs no waiting: not when another thread is at it, nor into a pipe that is full.
    static func flushAtOnce() { fence_flush_at_once() }
}

extension Slice<UnsafeBufferPointer<UInt8>> {
    fileprivate var baseAddressOfSlice: UnsafePointer<UInt8>? { UnsafeBufferPointer(rebasing: self).baseAddress }
}
