/// Reports a failure after a short delay, within which somebody may still ask for it. Owned by its worker's thread.
final class LateReport: Alarm {
    static let delay: TimeSpan = .milliseconds(10)
    let say: () -> Void
    private let whenSaid: (LateReport) -> Void

    init(_ say: @escaping () -> Void, whenSaid: @escaping (LateReport) -> Void) {
        self.say = say
        self.whenSaid = whenSaid
    }

    override func ring(_ ticket: UInt64, now: Instant) {
        say()
        whenSaid(self)
    }
}
