import Foundation
import Glibc
import Logging

/// Writes messages as sentences to standard error.
public struct SentenceLog: LogHandler {
    /// How a message stands there.
    public enum Form: Sendable {
        /// `luaconc-jobs: message`
        case terminal
        /// `<6>message`: the journal knows the program and the time, and takes the priority from the line.
        case journal
        /// An object a line.
        case json
    }

    private let form: Form
    private let descriptor: Int32
    public var logLevel = Logger.Level.info
    /// Not written.
    public var metadata = Logger.Metadata()

    public init(json: Bool, descriptor: Int32 = 2) {
        self.descriptor = descriptor
        form = json ? .json : Self.isJournal(descriptor) ? .journal : .terminal
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        let bytes = Array(Self.text(event.message.description, event.level, form).utf8)
        // One call for a message, so that those of several programs do not mix.
        _ = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    }

    static func text(_ message: String, _ level: Logger.Level, _ form: Form) -> String {
        switch form {
        case .terminal: return "luaconc-jobs: \(message)\n"
        case .journal:
            // The journal takes each line for a message.
            return message.split(separator: "\n").map { "<\(priority(level))>\($0)\n" }.joined()
        case .json:
            let line = Line(time: Moment.text(Moment.now), level: level.rawValue, message: message)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return (try? encoder.encode(line)).map { String(decoding: $0, as: UTF8.self) + "\n" } ?? ""
        }
    }

    private struct Line: Encodable {
        let time: String
        let level: String
        let message: String
    }

    /// That of syslog(3).
    private static func priority(_ level: Logger.Level) -> Int {
        switch level {
        case .critical: 2
        case .error: 3
        case .warning: 4
        case .notice: 5
        case .info: 6
        case .debug, .trace: 7
        }
    }

    /// Whether a descriptor leads to the journal: systemd names its device and its number.
    private static func isJournal(_ descriptor: Int32) -> Bool {
        guard let stream = getenv("JOURNAL_STREAM") else { return false }
        var status = stat()
        return fstat(descriptor, &status) == 0 && String(cString: stream) == "\(status.st_dev):\(status.st_ino)"
    }
}
