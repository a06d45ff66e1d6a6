/// Work that runs in another process.
extension Work {
    /// The number of the process that it is.
    var pid: Int32? { elsewhere?.pid ?? (self === program.ownProcess ? Processor.processID : nil) }

    /// How it stands, after the answer of where it is. A child that says that it has ended has not gone yet.
    func status(_ answer: Message?) -> Status {
        let known = status
        guard !known.isFinal, var fields = answer.map(FieldReader.init), let number = try? fields.number(),
            let status = Status(rawValue: UInt8(truncatingIfNeeded: number))
        else { return known }
        return status.isFinal && elsewhere?.isChild == true ? known : status
    }
}
