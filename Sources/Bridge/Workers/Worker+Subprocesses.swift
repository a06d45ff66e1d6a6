/// The subprocesses that a state owns.
extension Worker {
    /// At its end the main state waits for them, one after the other: nobody will use their pipes any more, so they are
    /// closed. False when it has none.
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

    /// The state has ended: so do its subprocesses.
    func endSubprocesses() {
        for next in subprocesses { next.leave(self) }
        subprocesses = []
    }
}
