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
    /// The callback of the timer that was made last, as long as one has it: many timers may have the same.
    private var last: Unmanaged<TimerCallback>?

    init(_ worker: Worker) { self.worker = worker }

    /// [-n, +2, m] Makes a timer of the function at that index and the arguments above it. Pushes its handle, and below it
    /// something that is not needed any more.
    func add(_ call: HostCall, _ worker: Worker, delay: TimeSpan, function: Int32) {
        let callback = callback(call, worker, function)
        let identity = Identity.next()
        let number = takePlace()
        let due = worker.clock.now + delay
        let generation = places[number].generation
        let ticket = UInt64(generation) << 32 | UInt64(number)
        let order = worker.timers.add(self, ticket: ticket, due: due)
        places[number] = Place(
            callback: callback, identity: identity, due: due, delay: delay, order: order, generation: generation)
        worker.holdOn()
        let state = call.state
        state.charge(64, on: call.L)
        state.pushLazy(ScriptTimer.type, place: number, identity: identity, on: call.L)
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
        if let number = free.popLast() { return number }
        places.append(Place())
        return places.count - 1
    }

    /// Makes the object of a timer, and empties its place, which is free then unless it is among the cancelled ones.
    private func take(_ number: Int) -> ScriptTimer {
        let place = places[number]
        places[number] = Place(generation: place.generation &+ 1, isCancelled: place.isCancelled)
        if !place.isCancelled { free.append(number) }
        defer { letGo(place.callback) }
        return timer(place)
    }

    private func timer(_ place: Place) -> ScriptTimer {
        let callback = place.callback?.takeUnretainedValue()
        return ScriptTimer(worker, callback, delay: place.delay, repeats: false, id: place.identity)
    }

    private func letGo(_ callback: Unmanaged<TimerCallback>?) {
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
        number < places.count && places[number].callback != nil && places[number].identity == identity
    }

    /// Ends the timer. Returns whether it was waiting.
    func cancel(_ number: Int, identity: Int) -> Bool {
        guard isThere(number, identity), !places[number].isCancelled else { return false }
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
        worker.state.withLazy(ScriptTimer.type) { isKept in
            cancelled.removeAll { number in
                let place = places[number]
                if place.callback != nil, isKept(number, place.identity) { return false }
                places[number] = Place(generation: place.generation)
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
        let place = places[number]
        let timer = take(number)
        if !place.isCancelled {
            worker.timers.add(timer, ticket: timer.takeOver(place.due), due: place.due, order: place.order)
            worker.alarmGivenUp()
        }
        return timer
    }

    /// The state ends.
    func removeAll() {
        for place in places { letGo(place.callback) }
        (places, free, cancelled) = ([Place()], [], [])
    }

    // MARK: - Alarms

    private static func number(_ ticket: UInt64) -> Int { Int(ticket & 0xffff_ffff) }

    override func isStale(_ ticket: UInt64) -> Bool {
        places[Self.number(ticket)].generation != UInt32(ticket >> 32)
    }

    override func shown(_ ticket: UInt64) -> Alarm { timer(places[Self.number(ticket)]) }

    override func ring(_ ticket: UInt64, now: Instant) {
        guard !isStale(ticket), !worker.isCancelled else { return }
        let number = Self.number(ticket)
        let due = places[number].due
        let timer = take(number)
        worker.state.give(timer, of: ScriptTimer.type, place: number, identity: timer.id)
        timer.ring(timer.takeOver(due), now: now)
    }
}
