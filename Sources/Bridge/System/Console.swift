import CKernel
import Glibc

/// The program's own standard error: each report is one write, so that reports of several threads do not mix.
package enum Console {
    static func report(_ text: ByteText, prefix: ByteText = "luaconc: ") { write("\(prefix)\(text)\n" as ByteText) }

    static func write(_ text: ByteText) { write(text.bytes) }

    package static func write(_ bytes: some Collection<UInt8>) {
        let bytes = Array(bytes)
        _ = system_write_all(STDERR_FILENO, bytes, bytes.count)
    }

    /// Bytes for standard output, in order with what scripts print.
    package static func say(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { system_say($0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count) }
    }

    /// Shows a line of progress at the end of standard error, instead of the one before; nil takes it away. Whatever
    /// this process writes to a terminal takes it away first.
    static func showBar(_ text: ByteText?) {
        guard let text else { return system_hide_bar() }
        let line = "\r\(text)\u{1b}[K" as ByteText
        line.bytes.withUnsafeBytes { system_show_bar($0.baseAddress, $0.count) }
    }

    /// Nothing else is written to the terminal until `releaseTerminal`, which the same thread must call soon.
    package static func holdTerminal() { system_hold_terminal() }

    /// At the prompt: goes on at the beginning of a row.
    package static func beginRow() { system_begin_row() }

    /// From now on a line that is being typed stands at the end of the terminal: what else is written there comes between
    /// `erase` and `draw`. Nothing to draw: none stands there. `isPlain`: the terminal knows no escape sequences.
    package static func releaseTerminal(erase: UnsafeRawBufferPointer, draw: UnsafeRawBufferPointer, isPlain: Bool) {
        system_release_terminal(erase.baseAddress, erase.count, draw.baseAddress, draw.count, isPlain)
    }

    static var isTerminal: Bool { isatty(2) != 0 }

    /// The width of the terminal; nil when standard error is none.
    static var columns: Int? {
        guard isTerminal else { return nil }
        var size = winsize()
        guard ioctl(2, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Writes out what the C library has buffered for both streams.
    package static func flush() {
        _ = system_flush(system_stdout())
        _ = system_flush(system_stderr())
    }
    /// The same without waiting: skips a stream that another thread is using, and a pipe that is full.
    static func flushAtOnce() { system_flush_at_once() }

    /// Says which stream has lost output and why, for instance because the disk is full; nil if nothing was lost.
    static var failure: String? {
        let (output, errors) = (system_output_failure(STDOUT_FILENO), system_output_failure(STDERR_FILENO))
        guard output != 0 || errors != 0 else { return nil }
        let text = SystemError(call: "write", code: output != 0 ? output : errors).text
        return "cannot write to standard \(output != 0 ? "output" : "error"): \(text)"
    }
}
