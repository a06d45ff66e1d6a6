import Bridge

/// The options of `cluster.open` and `cluster.serve`, which the part in Lua has checked for their names and types.
struct Options: Sendable {
    private let fields: [String: Value]

    init(_ fields: [String: Value]) { self.fields = fields }

    private func text(_ name: String) -> String? { fields[name]?.text }
    private func integer(_ name: String) -> Int? {
        if case .integer(let number)? = fields[name] { number } else { nil }
    }

    func queue() throws(ScriptError) -> String { text("queue") ?? "" }
    var scripts: String? { text("scripts") }
    var capacity: Int { integer("capacity") ?? 1_000_000 }
    var replicas: Int { integer("replicas") ?? 1 }
    var places: Int { integer("workers") ?? 1 }
    var kind: String { text("kind") ?? "process" }
    /// How long a job is kept for a worker that is not heard of.
    var lease: Double { if case .number(let seconds)? = fields["lease"] { seconds } else { 30 } }

    func connection() throws(ScriptError) -> Connection.Settings {
        var settings = Connection.Settings()
        for url in (text("url") ?? "").split(separator: ",") {
            settings.addresses.append(try Address(url.filter { $0 != " " }))
        }
        guard !settings.addresses.isEmpty else { throw ScriptError(.error, "cluster: the option url is empty") }
        (settings.user, settings.password) = (text("user"), text("password"))
        (settings.credentials, settings.authority) = (text("creds"), text("ca"))
        if settings.user != nil, settings.password == nil {
            throw ScriptError(.error, "cluster: the option user needs the option password")
        }
        settings.isInsecure = fields["insecure"] == true
        return settings
    }
}
