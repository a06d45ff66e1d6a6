/// A program that is started for a child process finds a variable in its environment. It says what for, and contains
/// those settings of the parent that are needed before the link exists.
enum ChildMode: Character {
    case child = "c"
    case forkServer = "n"

    static let variable = "LUACONC_CHILD"
    /// The descriptor of a child's link, or of the socket over which the fork server gets its orders.
    static let socket: Int32 = 3

    /// The variable, `NAME=value`. The value is the mode, whether states ignore the environment, the word before
    /// reports.
    func sign(_ settings: Program.Settings) -> [UInt8] {
        Array("\(Self.variable)=\(rawValue)\(settings.ignoresEnvironment ? "E" : "-")\(settings.name)".utf8)
    }
}
