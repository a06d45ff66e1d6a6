/// What the objects of `sync` that are taken and given back have in common: `acquire`, `with`, and guards.
enum Guards {
    static let type = AnyHostType(
        "guard",
        methods: [
            HostFunction(
                "release", "held:release()", "Gives back what was taken; twice does nothing.", memory: .givesBack
            ) {
                call throws(Fault) in
                guard let record = GuardRecord.at(1, call) else { throw .type(1, "guard") }
                call.withWorker { record.pointee.release($0, atBlockEnd: false) }
                return .none
            }
        ],
        metamethods: [
            HostFunction("__close", "local held <close>", "Gives back what was taken.", memory: .givesBack) {
                call throws(Fault) in
                guard let record = GuardRecord.at(1, call) else { throw .type(1, "guard") }
                call.withWorker { record.pointee.release($0, atBlockEnd: true) }
                return .none
            },
            HostFunction("__tostring", "tostring(held)", "What it is of, and whether it was given back.") {
                call throws(Fault) in
                guard let record = GuardRecord.at(1, call)?.pointee else { throw .type(1, "guard") }
                let text = record.permits.borrow { permits -> ByteText in
                    let isHeld = record.grant != 0 && permits.isHeld(record.grant)
                    return "guard of \(permits.title) (\(isHeld ? "held" : "released"))"
                }
                call.push(text)
                return .results(1)
            },
        ],
        holdsObjects: false)

    /// Takes the only permit of the object in argument 1 if that is free, and nothing special is to be done: it
    /// allocates nothing. In all other cases it returns nil, with nothing done.
    @inline(__always)
    static func acquireQuickly(_ call: HostCall, _ lock: HostType<Permits>) -> Outcome? {
        guard call.count == 1, call.budget > 1, let object = call.unretainedObject(1, lock), !call.isInFinalizer
        else { return nil }
        return call.withWorker { worker in
            guard let task = worker.running else { return nil }
            let grant = worker.nextGrant()
            return object.borrow { permits in
                guard permits.takeQuickly(grant) else { return nil }
                call.budget -= 1
                task.borrow { $0.holds.append(permits, grant) }
                GuardRecord.push(permits, grant, type, call)
                return .results(1)
            }
        }
    }

    /// Takes the permits, with the timeout in argument 2, and returns a guard that keeps argument 1.
    static func acquire(_ call: HostCall, _ permits: Permits, all: Bool = false) throws(Fault) -> Outcome {
        try call.take(permits, all: all, until: call.count > 1 ? try call.deadline(2) : .forever) {
            call, taken throws(Fault) in
            guard let taken else { return call.failure("timeout") }
            GuardRecord.push(permits, taken.grant, type, call)
            guard taken.isAbandoned else { return call.worker.take(call, results: 1) }
            call.push(word: "abandoned")
            return .results(2)
        }
    }

    /// Calls the function in argument 2 with the arguments after it, while the permits are taken.
    static func with(_ call: HostCall, _ permits: Permits, all: Bool = false) throws(Fault) -> Outcome {
        try call.callable(2)
        return try call.take(permits, all: all, until: .forever) { call, taken throws(Fault) in
            guard let taken, let task = call.worker.current else { return .none }
            return try call.worker.enterScope(call, arguments: call.count - 2) { _, count in
                permits.release(taken.grant)
                task.drop(permits, taken.grant)
                return count ?? 0
            }
        }
    }
}

extension Permits {
    /// `lock: 3`
    var title: ByteText {
        switch kind {
        case .lock: "lock: \(id)"
        case .rwlock: "rwlock: \(id)"
        case .semaphore: "semaphore: \(id)"
        case .inner: waitText
        }
    }
}
