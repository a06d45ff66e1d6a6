/// Why a command cannot do what it was asked to, in a sentence for people.
public struct Refusal: Error, CustomStringConvertible, Sendable {
    /// What the command exits with: 2 for wrong usage, 3 if what is in the folder is wrong.
    public let status: Int32
    public let description: String

    public init(_ description: String, status: Int32 = 3) { (self.description, self.status) = (description, status) }
}

/// What is wrong with a file of jobs.
public struct Problem: Codable, Sendable, Equatable {
    public let file: String
    /// 0: the file as a whole.
    public let line: Int
    public let message: String
}
