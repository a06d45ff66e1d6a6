/// A time as a scheduler's clock gives it. Immutable.
struct EventTime {
    let value: Double
    /// It came from an integer, and a script gets it back as one.
    let isInteger: Bool

    /// The sum of the numbers at two indices: an integer if both are, unless it is so large that not every integer is a
    /// float. `value`: the sum as a float.
    @inline(__always)
    init(_ value: Double, sum base: Int32, _ delay: Int32, _ stack: Stack) {
        if let delay = stack.integer(delay), let base = stack.integer(base) {
            self.init(value, exact: base, delay)
        } else {
            self.init(value, isInteger: false)
        }
    }

    private init(_ value: Double, exact base: Int, _ delay: Int) {
        let (sum, overflow) = base.addingReportingOverflow(delay)
        isInteger = !overflow && sum.magnitude <= 1 << 53
        self.value = isInteger ? Double(sum) : value
    }

    fileprivate init(_ value: Double, isInteger: Bool) {
        self.value = value
        self.isInteger = isInteger
    }

    /// [-0, +1, -]
    func push(_ stack: Stack) {
        if isInteger { stack.push(Int(value)) } else { stack.push(value) }
    }
}

/// The bytes of an event's userdata.
struct EventRecord {
    // Tells an event from a host object, whose userdata has the same size. Two bits say what is an integer.
    private static let cookie: UInt32 = 0x6c75_6574, integerPriority: UInt32 = 1, integerTime: UInt32 = 2
    private let cookie: UInt32
    /// About how many bytes Lua keeps before it in the userdata; for prefetching.
    static let offset = 56
    /// Its slot in the queue; 0 if it is not queued any more.
    var slot: Int32 = 0
    private let time: Double
    private let priority: UInt64

    /// The priority is the number at that index; a script gets an integer back as one.
    @inline(__always)
    init(due: EventTime, priority index: Int32, _ stack: Stack) {
        let scalar = stack.scalar(number: index)
        cookie =
            Self.cookie | (scalar.tag == .integer ? Self.integerPriority : 0) | (due.isInteger ? Self.integerTime : 0)
        time = due.value
        priority = scalar.bits
    }

    var due: EventTime { EventTime(time, isInteger: cookie & Self.integerTime != 0) }

    /// [-0, +1, -]
    func pushPriority(_ stack: Stack) {
        stack.push(scalar: cookie & Self.integerPriority != 0 ? .integer : .float, priority)
    }

    /// [-0, +1, m] Pushes a new userdata with this record; the caller attaches the function and the arguments. Returns
    /// the record's address.
    func push(hasArguments: Bool, _ stack: Stack) -> UnsafeMutablePointer<EventRecord> {
        let place = stack.pushUserdata(size: MemoryLayout<Self>.size, attachments: hasArguments ? 2 : 1)
        return place.initializeMemory(as: Self.self, to: self)
    }

    /// The record of the event at `index`; nil for any other value.
    static func at(_ index: Int32, _ stack: Stack) -> UnsafeMutablePointer<EventRecord>? {
        guard let place = stack.userdata(index, size: MemoryLayout<Self>.size) else { return nil }
        let record = place.assumingMemoryBound(to: Self.self)
        return record.pointee.cookie & ~(integerPriority | integerTime) == cookie ? record : nil
    }
}

/// An event that was taken out of the queue, and is still in the table of events.
struct PoppedEvent {
    let slot: Int

    /// [-0, +3, m] Takes the event out of the table; pushes it, its function, and its list of arguments or nil.
    @inline(__always)
    func take(of events: Int32, _ stack: Stack) {
        let kind = stack.pushItem(slot, of: events)
        stack.pushNil()
        stack.setItem(slot, of: events)
        if kind == .function {
            stack.push(copyOf: -1)
            return stack.pushNil()
        }
        EventRecord.at(-1, stack)?.pointee.slot = 0
        stack.pushAttachment(1, of: -1)
        stack.pushAttachment(2, of: -2)
    }
}
