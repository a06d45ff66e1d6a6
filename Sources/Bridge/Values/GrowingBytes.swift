import CSystem
import Glibc

/// Bytes that are added at the end, as many as there may be: growing costs no copy once they are many. Owned by whoever
/// fills it; then immutable.
final class GrowingBytes: @unchecked Sendable {  // sound: handed on only when it is filled
    private(set) var start: UnsafeMutableRawPointer?
    private(set) var count = 0
    private var capacity = 0

    init() {}

    /// A copy.
    convenience init(_ bytes: UnsafeRawBufferPointer) throws(OutOfMemory) {
        self.init()
        try append(bytes)
    }

    deinit { free(start) }

    struct OutOfMemory: Error {}

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

    /// Room for that many more at `place`; then say with `added` how many have come.
    func reserve(_ more: Int) throws(OutOfMemory) {
        guard count + more > capacity else { return }
        if !grow(to: max(count + more, capacity * 2)), !grow(to: count + more) { throw OutOfMemory() }
    }

    private func grow(to wanted: Int) -> Bool {
        guard system_has_room(wanted - capacity), let bigger = realloc(start, wanted) else { return false }
        start = bigger
        capacity = wanted
        return true
    }

    /// The first bytes are gone; what follows takes their place.
    func dropFirst(_ gone: Int) {
        guard gone > 0, let start else { return }
        count -= gone
        memmove(start, start + gone, count)
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws(OutOfMemory) {
        guard let start = bytes.baseAddress, bytes.count > 0 else { return }
        try reserve(bytes.count)
        place.copyMemory(from: start, byteCount: bytes.count)
        count += bytes.count
    }

    /// Where the next bytes go, after `reserve`.
    var place: UnsafeMutableRawPointer { start.unsafelyUnwrapped + count }

    func added(_ more: Int) { count += more }
}
