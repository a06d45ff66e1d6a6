import CKernel
import Glibc
import Synchronization

enum Processor {
    /// How many processors this process may use.
    static let count = Int(system_processors())

    static var processID: Int32 { getpid() }
    static var parentID: Int32 { getppid() }

    /// How many workers run or spin at this moment. Spinning pays only while there is a processor for each.
    private static let busy = Atomic<Int>(0)

    static func enter() { busy.add(1, ordering: .relaxed) }
    static func leave() { busy.subtract(1, ordering: .relaxed) }
    static var hasRoomToSpin: Bool { count > 1 && busy.load(ordering: .relaxed) <= count }
    /// The same for a thread that does not count as busy yet.
    static var hasRoomForOneMore: Bool { count > 1 && busy.load(ordering: .relaxed) < count }

    /// Loads that many bytes into the cache, for use soon. The address need not be valid.
    @inline(__always)
    static func prefetch(_ address: UnsafeRawPointer, _ bytes: Int) {
        for offset in stride(from: 0, to: bytes, by: 64) { system_prefetch(address + offset) }
    }

    /// Spins until `condition` is true, for up to `duration`, as long as there is a processor to spare. Meanwhile it
    /// polls the links. Returns whether the condition came true.
    @inline(__always)
    static func spin(for duration: TimeSpan, until condition: () -> Bool) -> Bool {
        guard hasRoomToSpin else { return condition() }
        if Polling.isWanted {
            let polled = Polling.all
            for item in polled { item.beginPolling() }
            defer { for item in polled { item.endPolling() } }
            return look(for: duration) {
                for item in polled { item.poll() }
                return condition()
            }
        }
        return look(for: duration, until: condition)
    }

    /// The same for a very short time, without looking at anything else meanwhile.
    static func wait(for duration: TimeSpan, until condition: () -> Bool) -> Bool {
        condition() || hasRoomToSpin && look(for: duration, until: condition)
    }

    /// Does nothing for so long, without giving the processor away.
    static func pause(for duration: TimeSpan) {
        let end = Clock.now + duration
        repeat {
            for _ in 0..<4 { system_pause() }
        } while Clock.now < end
    }

    @inline(__always)
    private static func look(for duration: TimeSpan, until condition: () -> Bool) -> Bool {
        let end = Clock.now + duration
        var pauses = 1
        // Ever longer pauses: each look takes the cache line from the one who is about to write it.
        repeat {
            for _ in 0..<4 {
                if condition() { return true }
                for _ in 0..<pauses { system_pause() }
            }
            if pauses < 16 { pauses *= 2 }
        } while Clock.now < end && hasRoomToSpin
        return condition()
    }
}
