/// Reports a failure after a short delay, within which somebody may still ask for it: on a busy machine, where the one who is
/// about to ask has to wait for a processor, that takes several turns of others. Owned by its worker's thread.
final class LateReport: Alarm {
    static let delay: TimeSpan = .milliseconds(50)
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
