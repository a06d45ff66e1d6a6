import CKernel

/// Lets go of the objects in a message. They may hold messages with objects in turn, as deep as a script likes: a
/// channel in a channel in a channel. What is nested deeply waits until the outermost release is done, so that the stack
/// does not grow with it.
enum NestedReleases {
    private static let deepest: UInt32 = 32

    private final class Waiting {
        let objects: [any Shareable]
        let next: UnsafeMutableRawPointer?

        init(_ objects: consuming [any Shareable], next: UnsafeMutableRawPointer?) {
            self.objects = objects
            self.next = next
        }
    }

    static func release(_ objects: consuming [any Shareable]) {
        guard let own = system_own_releases() else { return }
        guard own.pointee.depth < deepest else {
            let waiting = Waiting(objects, next: own.pointee.waiting)
            own.pointee.waiting = Unmanaged.passRetained(waiting).toOpaque()
            return
        }
        own.pointee.depth += 1
        _ = consume objects
        while own.pointee.depth == 1, let waiting = own.pointee.waiting {
            own.pointee.waiting = next(after: waiting)
            Unmanaged<Waiting>.fromOpaque(waiting).release()
        }
        own.pointee.depth -= 1
    }

    private static func next(after waiting: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
        Unmanaged<Waiting>.fromOpaque(waiting).takeUnretainedValue().next
    }
}
