/// A value does not fit the type that it is wanted as: what is wrong, and where in the value.
public struct ConversionError: Error, Sendable, CustomStringConvertible {
    // A reference: the error is returned in a register, also by the conversions that succeed.
    private final class Story: Sendable {
        let reason: String
        let path: [Step]

        init(_ reason: String, _ path: [Step]) {
            self.reason = reason
            self.path = path
        }
    }

    private enum Step: Sendable {
        case field(String)
        case item(Int)
    }

    private let story: Story

    /// - Parameter reason: such as `integer expected, got string`.
    public init(_ reason: String) { story = Story(reason, []) }

    private init(_ story: Story) { self.story = story }

    /// What is wrong.
    public var reason: String { story.reason }

    /// The way from the whole value to the part that is wrong: `name`, `list[3].size`. Empty for the value itself.
    public var path: String {
        story.path.reduce(into: "") { path, step in
            switch step {
            case .field(let name): path += path.isEmpty ? name : ".\(name)"
            case .item(let number): path += "[\(number)]"
            }
        }
    }

    /// The steps of the path: the name of a field, or the number of an item.
    var steps: [(name: String?, number: Int)] {
        story.path.map { step in
            switch step {
            case .field(let name): (name, 0)
            case .item(let number): (nil, number)
            }
        }
    }

    /// The same error in the field of that name.
    public func inField(_ name: String) -> ConversionError {
        ConversionError(Story(story.reason, [.field(name)] + story.path))
    }

    /// The same error in the item of that number. Lua counts from 1.
    public func inItem(_ number: Int) -> ConversionError {
        ConversionError(Story(story.reason, [.item(number)] + story.path))
    }

    /// Path and reason: `list[3].size: integer expected, got string`.
    public var description: String { story.path.isEmpty ? reason : "\(path): \(reason)" }
}
