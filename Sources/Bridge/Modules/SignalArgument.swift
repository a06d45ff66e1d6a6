extension HostCall {
    /// An argument that is the number or name of a signal; SIGTERM if there is none.
    func signal(_ index: Int32) throws(Fault) -> Int32 {
        if isNone(index) { return 15 }
        if kind(index) == .string {
            let name = text(index)
            guard let number = SignalName.number(name.description) else {
                throw .argument(index, "unknown signal '\(name)'")
            }
            return number
        }
        guard kind(index) == .number else { throw .type(index, "name or number of a signal") }
        guard let number = Int32(exactly: try integer(index)), (0...64).contains(number) else {
            throw .argument(index, "no such signal")
        }
        return number
    }
}
