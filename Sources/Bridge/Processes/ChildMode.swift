/// How a program finds out that it has been started again by itself: a variable of its environment says what for, and
/// what of the parent's settings has to be known before anything else.
enum ChildMode: Character {
    case child = "c"
    case forkServer = "n"

    static let variable = "LUACONC_CHILD"
    /// Where a child finds its link, and the fork server the socket by which it is asked.
    static let socket: Int32 = 3

    /// The variable for a program with these settings.
    func sign(_ settings: Program.Settings) -> [UInt8] {
        Array("\(Self.variable)=\(rawValue)\(settings.ignoresEnvironment ? "E" : "-")\(settings.name)".utf8)
    }
}
