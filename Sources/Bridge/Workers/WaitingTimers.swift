/// Timers that ring once and have no options, while they wait. Each is a place in an array, which costs less than an object
/// where there are very many. When it rings, or when a script asks more of its handle than to cancel it, it becomes a
/// `ScriptTimer`. Owned by its worker's thread.
final class WaitingTimers: Alarm {
    private struct Place {
        /// Nil if the place is free.
        var callback: TimerCallback?
        var identity = 0
        var due: Instant = .past
        var delay: TimeSpan = .zero
        var order: UInt64 = 0
        /// Raised when its timer waits no longer: then the entry in the queue is stale.
        var generation: UInt32 = 0
        var isCancelled = false
    }

    private unowned(unsafe) let worker: Worker  // sound: the worker's own queue holds this
    /// The first one is never used.
    private var places = [Place()]
    private var free: [Int] = []
    /// The places of cancelled timers, which a script may start again as long as it has their handles.
    private var cancelled: [Int] = []
    /// From how many cancelled timers on it looks which handles are gone.
    private var enough = least
    private static let least = 64
    /// The callback of the timer that was made last, as long as one waits: many timers may have the same.
    private var last: TimerCallback?
    /// The anchor of the weak table with the handles, by place.
    private var handles = 0

    init(_ worker: Worker) { self.worker = worker }

    /// [-n, +1, m] Makes a timer of the function at that index and the arguments above it, and pushes its handle.
    func add(_ call: HostCall, delay: TimeSpan, function: Int32, _ type: AnyHostType) {
        let callback = callback(call, function)
        callback.uses += 1
        let due = worker.clock.now + delay
        let number = takePlace()
        let identity = Identity.next()
        let generation = places[number].generation
        let ticket = UInt64(generation) << 32 | UInt64(number)
        let order = worker.timers.add(self, ticket: ticket, due: due)
        places[number] = Place(
            callback: callback, identity: identity, due: due, delay: delay, order: order, generation: generation)
        worker.holdOn()
        pushHandle(call, number, identity, type)
    }

    private func pushHandle(_ call: HostCall, _ number: Int, _ identity: Int, _ type: AnyHostType) {
        let stack = call.stack
        if handles == 0 {
            stack.pushWeakTable("v")
            handles = call.state.anchor(call.L)
        }
        call.state.charge(64, on: call.L)
        call.state.pushAnchored(handles, on: call.L)
        call.state.pushLazy(type, place: UInt32(truncatingIfNeeded: number), identity: identity, on: call.L)
        stack.push(copyOf: -1)
        stack.setItem(number, of: -3)
        stack.remove(-2)
    }

    private func callback(_ call: HostCall, _ function: Int32) -> TimerCallback {
        let site = call.spawnSite()
        if let last, last.function == call.stack.address(function), last.site === site, call.count == function {
            return last
        }
        let callback = TimerCallback(call, function: function, site)
        last = callback
        return callback
    }

    private func takePlace() -> Int {
        if let number = free.popLast() { return number }
        places.append(Place())
        return places.count - 1
    }

    /// Empties a place, which is free then, unless it is among the cancelled ones. Returns what was there.
    private func take(_ number: Int) -> Place? {
        let place = places[number]
        guard let callback = place.callback else { return nil }
        callback.uses -= 1
        if callback.uses == 0, callback === last { last = nil }
        places[number] = Place(generation: place.generation &+ 1, isCancelled: place.isCancelled)
        if !place.isCancelled { free.append(number) }
        return place
    }

    /// Whether the timer with that identity is still at that place.
    private func isThere(_ place: UInt32, _ identity: Int) -> Bool {
        place < places.count && places[Int(place)].callback != nil && places[Int(place)].identity == identity
    }

    /// Ends the timer. Returns whether it was waiting.
    func cancel(_ place: UInt32, identity: Int) -> Bool {
        let number = Int(place)
        guard isThere(place, identity), !places[number].isCancelled else { return false }
        places[number].isCancelled = true
        places[number].generation &+= 1
        cancelled.append(number)
        worker.letGo()
        worker.alarmGivenUp()
        if cancelled.count > enough { sweep() }
        return true
    }

    /// Frees the places of cancelled timers whose handles are gone.
    private func sweep() {
        let state = worker.state.unsafelyUnwrapped
        let stack = Stack(state.L)
        stack.reserve(8)
        state.pushAnchored(handles, on: state.L)
        cancelled.removeAll { number in
            let (place, identity) = (UInt32(truncatingIfNeeded: number), places[number].identity)
            stack.pushItem(number, of: -1)
            defer { stack.pop() }
            if places[number].callback != nil {
                if state.isLazy(-1, place: place, identity: identity, on: state.L) { return false }
                _ = take(number)
            }
            places[number].isCancelled = false
            free.append(number)
            return true
        }
        stack.pop()
        enough = max(Self.least, cancelled.count * 2)
    }

    /// The object of the timer with that identity, which is at that place unless the state has ended.
    func timer(_ place: UInt32, identity: Int) -> ScriptTimer {
        guard isThere(place, identity), let taken = take(Int(place)) else {
            return ScriptTimer(worker, nil, delay: .zero, repeats: false, id: identity)
        }
        let timer = timer(taken)
        if !taken.isCancelled {
            worker.timers.add(timer, ticket: timer.takeOver(taken.due), due: taken.due, order: taken.order)
            worker.alarmGivenUp()
        }
        return timer
    }

    private func timer(_ place: Place) -> ScriptTimer {
        ScriptTimer(worker, place.callback, delay: place.delay, repeats: false, id: place.identity)
    }

    /// The state ends.
    func removeAll() {
        (places, free, cancelled, last) = ([Place()], [], [], nil)
    }

    // MARK: - Alarms

    private static func number(_ ticket: UInt64) -> Int { Int(ticket & 0xffff_ffff) }

    override func isStale(_ ticket: UInt64) -> Bool {
        places[Self.number(ticket)].generation != UInt32(ticket >> 32)
    }

    override func shown(_ ticket: UInt64) -> Alarm { timer(places[Self.number(ticket)]) }

    override func ring(_ ticket: UInt64, now: Instant) {
        let number = Self.number(ticket)
        guard !isStale(ticket), !worker.isCancelled, let waiting = take(number) else { return }
        let timer = timer(waiting)
        let ticket = timer.takeOver(waiting.due)
        giveObject(timer, number)
        timer.ring(ticket, now: now)
    }

    /// If a script still has the timer's handle, that gets the object.
    private func giveObject(_ timer: ScriptTimer, _ number: Int) {
        let state = worker.state.unsafelyUnwrapped
        let stack = Stack(state.L)
        stack.reserve(8)
        state.pushAnchored(handles, on: state.L)
        stack.pushItem(number, of: -1)
        state.makeObject(
            timer, of: timer.hostType, place: UInt32(truncatingIfNeeded: number), identity: timer.id, at: -1,
            on: state.L)
        stack.pop(2)
    }
}
