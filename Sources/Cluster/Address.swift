import Bridge
import CNats

extension Substring {
    /// What is before and after the first place where the text is.
    func parted(at text: String) -> (before: Substring, after: Substring)? {
        var place = startIndex
        while place < endIndex {
            let rest = self[place...]
            if rest.hasPrefix(text) { return (self[..<place], rest.dropFirst(text.count)) }
            formIndex(after: &place)
        }
        return nil
    }
}

/// Where a server is, as a part of a URL such as `nats://user:word@host:4222` says it.
struct Address: Sendable, Equatable {
    let isSecure: Bool
    let user: String?
    let password: String?
    let host: String
    let port: String

    /// - Throws: `ScriptError` that says what is wrong with the URL.
    init(_ url: String) throws(ScriptError) {
        func refusal(_ reason: String) -> ScriptError { ScriptError(.error, "cluster: bad url '\(url)': \(reason)") }
        var rest = Substring(url)
        var isSecure = false
        if let (scheme, other) = rest.parted(at: "://") {
            guard scheme == "nats" || scheme == "tls" else { throw refusal("nats:// or tls:// expected") }
            isSecure = scheme == "tls"
            rest = other
        }
        if rest.last == "/" { rest.removeLast() }
        if let end = rest.lastIndex(of: "@") {
            let words = rest[..<end].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard words.count == 2, !words[0].isEmpty else { throw refusal("user:password@ expected") }
            (user, password) = (String(words[0]), String(words[1]))
            rest = rest[rest.index(after: end)...]
        } else {
            (user, password) = (nil, nil)
        }
        var port = "4222"
        if rest.first == "[" {  // [::1]:4222
            guard let end = rest.firstIndex(of: "]") else { throw refusal("a ] is missing") }
            host = String(rest[rest.index(after: rest.startIndex)..<end])
            rest = rest[rest.index(after: end)...]
            guard rest.isEmpty || rest.first == ":" else { throw refusal("a port expected after ]") }
            if !rest.isEmpty { port = String(rest.dropFirst()) }
        } else if let end = rest.lastIndex(of: ":") {
            host = String(rest[..<end])
            port = String(rest[rest.index(after: end)...])
        } else {
            host = String(rest)
        }
        guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { throw refusal("no host") }
        guard let number = UInt16(port), number > 0 else { throw refusal("a port is a number from 1 to 65535") }
        self.isSecure = isSecure
        self.port = port
    }

    /// The address as the library takes it and messages show it: without the password.
    var url: String { "\(isSecure ? "tls" : "nats")://\(host.contains(":") ? "[\(host)]" : host):\(port)" }
}

/// What a server says of itself when somebody connects. Blocks the thread.
struct Greeting {
    let isLocal: Bool
    let version: String
    let needsAuthentication: Bool
    let needsEncryption: Bool
    let hasJetStream: Bool

    enum Refusal: Error { case silent(String) }

    init(_ address: Address) throws(Refusal) {
        var line = [CChar](repeating: 0, count: 64 << 10)
        var isLocal = false
        let isGreeted = nats_greeting(address.host, address.port, 5000, &line, line.count, &isLocal)
        let text = line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
        guard isGreeted else { throw .silent(String(decoding: text, as: UTF8.self)) }
        let prefix = Array("INFO ".utf8)
        guard text.starts(with: prefix), let info = JSON(Array(text.dropFirst(prefix.count))),
            let version = info["version"]?.text
        else { throw .silent("what answers there is no NATS server") }
        self.isLocal = isLocal
        self.version = version
        needsAuthentication = info["auth_required"]?.isTrue ?? false
        needsEncryption = (info["tls_required"]?.isTrue ?? false)
        hasJetStream = info["jetstream"]?.isTrue ?? false
    }

    /// The least version whose JetStream has what is used here.
    private static let least = [2, 9, 0]

    /// Why the server must not or cannot be used; nil if it can.
    func refusal(_ address: Address, _ settings: Connection.Settings) -> String? {
        let numbers = (version.split(separator: "-").first ?? "").split(separator: ".").map { Int($0) ?? 0 }
        if numbers.lexicographicallyPrecedes(Self.least) {
            return "\(address.url) is nats-server \(version): 2.9.0 or later is needed"
        }
        if !hasJetStream { return "\(address.url) has no JetStream: start it with nats-server -js" }
        if isLocal || settings.isInsecure { return nil }
        if !needsAuthentication {
            return "\(address.url) is another machine and lets everybody in without authentication: "
                + "give it users, or say insecure = true"
        }
        if !needsEncryption && !address.isSecure && settings.authority == nil {
            return "\(address.url) is another machine and does not encrypt: give it TLS, or say insecure = true"
        }
        return nil
    }
}
