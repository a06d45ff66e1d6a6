/// Timers that ring once and have no options, while they wait. Each is a place in an array, which costs less than an object
/// where there are very many. When it rings, or when a script asks more of its handle than to cancel it, it becomes a
/// `ScriptTimer`. Owned by its worker's thread.
final class WaitingTimers: Alarm {
    private struct Place {
        /// Nil if the place is free. Retained while `uses` is not 0.
        var callback: Unmanaged<TimerCallback>?
        var identity = 0
        var due: Instant = .past
        var delay: TimeSpan = .zero
        var order: UInt64 = 0
        /// Raised when its timer waits no longer: then the entry in the queue is stale.
        var generation: UInt32 = 0
        var isCancelled = false
        /// A script has got its handle.
        var hasHandle = false
    }

    /// The places, in memory of their own, where looking at one counts no references. The first one is never used.
    private struct Places: ~Copyable {
        private var start: UnsafeMutablePointer<Place>
        private var capacity = 16
        private(set) var count = 1

        init() {
            start = .allocate(capacity: capacity)
            start.initialize(to: Place())
        }

        deinit { start.deallocate() }

        /// The place with that number, which must be less than `count`. Valid until `append`.
        @inline(__always)
        func at(_ number: Int) -> UnsafeMutablePointer<Place> { start + number }

        /// Whether there is memory for one more; the queue grows with the places.
        var hasRoom: Bool { count < capacity || MemoryBound.hasRoom(4 * capacity * MemoryLayout<Place>.stride) }

        /// Makes one more and returns its number.
        mutating func append() -> Int {
            if count == capacity { grow() }
            (start + count).initialize(to: Place())
            count += 1
            return count - 1
        }

        @inline(never)
        private mutating func grow() {
            let bigger = UnsafeMutablePointer<Place>.allocate(capacity: capacity * 2)
            bigger.moveInitialize(from: start, count: count)
            start.deallocate()
            start = bigger
            capacity *= 2
        }
    }

    /// Not retained: the worker's own queue holds this.
    private let workerReference: Unmanaged<Worker>
    private var worker: Worker { workerReference.takeUnretainedValue() }
    private var places = Places()
    private var free: [Int] = []
    /// The places of cancelled timers, which a script may start again as long as it has their handles.
    private var cancelled: [Int] = []
    /// From how many cancelled timers on it looks which handles are gone.
    private var enough = least
    private static let least = 64
    /// The callback of the timer that was made last, as long as one has it: many timers may have the same.
    private var last: Unmanaged<TimerCallback>?

    init(_ worker: Worker) { workerReference = .passUnretained(worker) }

    /// [-n, +(0|2), m] Makes a timer of the function at that index and the arguments above it. Pushes its handle, and below
    /// it something that is not needed any more, unless the script drops it at once.
    func add(_ call: HostCall, _ worker: Worker, delay: TimeSpan, function: Int32) throws(Fault) -> Outcome {
        guard !free.isEmpty || places.hasRoom else { throw .memory }
        let callback = callback(call, worker, function)
        let identity = Identity.next()
        let number = takePlace()
        let due = worker.clock.now + delay
        let generation = places.at(number).pointee.generation
        let ticket = UInt64(generation) << 32 | UInt64(number)
        let order = worker.timers.add(self, ticket: ticket, due: due)
        let hasHandle = !call.dropsResults
        places.at(number).pointee = Place(
            callback: callback, identity: identity, due: due, delay: delay, order: order, generation: generation,
            hasHandle: hasHandle)
        worker.holdOn()
        guard hasHandle else { return .none }
        let state = call.state
        state.charge(64, on: call.L)
        state.pushLazy(ScriptTimer.type, place: number, identity: identity, on: call.L)
        return .results(1)
    }

    private func callback(_ call: HostCall, _ worker: Worker, _ function: Int32) -> Unmanaged<TimerCallback> {
        let (address, site) = (call.stack.address(function), worker.spawnSite(call.L))
        if let last, call.count == function {
            let fits = last.borrow { callback in
                guard callback.function == address, callback.siteIdentity == site?.toOpaque() else { return false }
                callback.uses += 1
                return true
            }
            if fits { return last }
        }
        let callback = TimerCallback(call, function: function)
        callback.uses = 1
        let retained = Unmanaged.passRetained(callback)
        last = retained
        return retained
    }

    private func takePlace() -> Int {
        free.popLast() ?? places.append()
    }

    /// Makes the object of a timer, and empties its place, which is free then unless it is among the cancelled ones.
    private func take(_ number: Int) -> ScriptTimer {
        let place = places.at(number).pointee
        places.at(number).pointee = Place(generation: place.generation &+ 1, isCancelled: place.isCancelled)
        if !place.isCancelled { free.append(number) }
        defer { letGo(place.callback) }
        return timer(place)
    }

    private func timer(_ place: Place) -> ScriptTimer {
        let callback = place.callback?.takeUnretainedValue()
        return ScriptTimer(worker, callback, delay: place.delay, repeats: false, id: place.identity)
    }

    /// There is one use less of it.
    func letGo(_ callback: Unmanaged<TimerCallback>?) {
        guard let callback else { return }
        let uses = callback.borrow { callback in
            callback.uses -= 1
            return callback.uses
        }
        guard uses == 0 else { return }
        if callback.toOpaque() == last?.toOpaque() { last = nil }
        callback.release()
    }

    /// Whether the timer with that identity is still at that place.
    private func isThere(_ number: Int, _ identity: Int) -> Bool {
        guard number < places.count else { return false }
        let place = places.at(number)
        return place.pointee.callback != nil && place.pointee.identity == identity
    }

    /// Ends the timer. Returns whether it was waiting.
    func cancel(_ number: Int, identity: Int) -> Bool {
        let place = places.at(number)
        guard isThere(number, identity), !place.pointee.isCancelled else { return false }
        place.pointee.isCancelled = true
        place.pointee.generation &+= 1
        cancelled.append(number)
        workerReference.borrow { worker in
            worker.letGo()
            worker.alarmGivenUp()
        }
        if cancelled.count > enough { sweep() }
        return true
    }

    /// Frees the places of cancelled timers whose handles are gone.
    private func sweep() {
        worker.state.withLazy(ScriptTimer.type) { isKept in
            cancelled.removeAll { number in
                let place = places.at(number).pointee
                if place.callback != nil, isKept(number, place.identity) { return false }
                places.at(number).pointee = Place(generation: place.generation)
                letGo(place.callback)
                free.append(number)
                return true
            }
        }
        enough = max(Self.least, cancelled.count * 4)
    }

    /// The object of the timer with that identity, which is at that place unless the state has ended.
    func timer(_ number: Int, identity: Int) -> ScriptTimer {
        guard isThere(number, identity) else {
            return ScriptTimer(worker, nil, delay: .zero, repeats: false, id: identity)
        }
        let place = places.at(number).pointee
        let timer = take(number)
        if !place.isCancelled {
            worker.timers.add(timer, ticket: timer.takeOver(place.due), due: place.due, order: place.order)
            worker.alarmGivenUp()
        }
        return timer
    }

    /// The state ends.
    func removeAll() {
        for number in 1..<places.count { letGo(places.at(number).pointee.callback) }
        places = Places()
        (free, cancelled) = ([], [])
    }

    // MARK: - Alarms

    private static func number(_ ticket: UInt64) -> Int { Int(ticket & 0xffff_ffff) }

    override func isStale(_ ticket: UInt64) -> Bool {
        places.at(Self.number(ticket)).pointee.generation != UInt32(ticket >> 32)
    }

    override func shown(_ ticket: UInt64) -> Alarm { timer(places.at(Self.number(ticket)).pointee) }

    override func ring(_ ticket: UInt64, now: Instant) {
        guard !isStale(ticket), !workerReference.borrow({ $0.isCancelled }) else { return }
        let number = Self.number(ticket)
        let place = places.at(number)
        if !place.pointee.hasHandle, let callback = place.pointee.callback {
            let task = ScriptTask(workerReference, ringing: callback, number: place.pointee.identity)
            if Tracing.isOn { task.mark = UInt64(place.pointee.due.rawValue) }
            place.pointee = Place(generation: place.pointee.generation &+ 1)
            free.append(number)
            return workerReference.borrow { $0.start(task) }
        }
        let due = place.pointee.due
        let timer = take(number)
        worker.state.give(timer, of: ScriptTimer.type, place: number, identity: timer.id)
        timer.ring(timer.takeOver(due), now: now)
    }
}
