/// The subprocesses that a state owns.
extension Worker {
    /// At its end the main state waits for its subprocesses, one after the other. Their pipes are closed first, since
    /// nobody will use them any more. Starts the next wait; false if there is no subprocess.
    func waitForSubprocess() -> Bool {
        while !subprocesses.isEmpty {
            let next = subprocesses.removeFirst()
            guard next.belongs(to: self) else { continue }
            next.closePipes()
            holdOn()
            next.whenEnded { [self] in perform { $0.letGo() } }
            return true
        }
        return false
    }

    /// The state has ended: ends its subprocesses.
    func endSubprocesses() {
        for next in subprocesses { next.leave(self) }
        subprocesses = []
    }
}
