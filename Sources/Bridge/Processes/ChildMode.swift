/// A program that is started for a child process finds a variable in its environment. It says what for, and contains
/// those settings of the parent that are needed before the link exists.
enum ChildMode: Character {
    case child = "c"
    case forkServer = "n"

    static let variable = "LUACONC_CHILD"
    /// The descriptor of a child's link, or of the socket over which the fork server gets its orders.
    static let socket: Int32 = 3
    /// The descriptors of a child that has a sandbox: what its walls are, and their rules. 4 is for numbers.
    static let walls: Int32 = 5, rules: Int32 = 6

    /// The variable, `NAME=value`. The value is the mode, whether states ignore the environment, whether there is a
    /// sandbox, the word before reports.
    func sign(_ settings: Program.Settings, isWalled: Bool = false) -> [UInt8] {
        let flags = "\(settings.ignoresEnvironment ? "E" : "-")\(isWalled ? "W" : "-")"
        return Array("\(Self.variable)=\(rawValue)\(flags)\(settings.name)".utf8)
    }
}
