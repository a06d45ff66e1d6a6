/// Work that runs in another process.
extension Work {
    /// The process number, if the work is a process.
    var pid: Int32? { elsewhere?.pid ?? (self === program.ownProcess ? Processor.processID : nil) }

    /// The status, given the answer of the process where the work is. A child that answers that it has ended has not
    /// gone yet.
    func status(_ answer: Message?) -> Status {
        let known = shownStatus
        guard !known.isFinal, var fields = answer.map(FieldReader.init), let number = try? fields.number(),
            let status = Status(rawValue: UInt8(truncatingIfNeeded: number))
        else { return known }
        return status.isFinal && (elsewhere?.isChild == true || doer !== self) ? known : status
    }
}
