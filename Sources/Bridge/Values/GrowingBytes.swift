import CKernel
import Glibc

/// Bytes that grow at the end, without a bound: `realloc` moves large blocks without copying them. Owned by whoever
/// fills it; immutable afterwards.
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

    /// Makes room for that many more at `place`. The caller writes there, and says with `added` how many bytes it
    /// wrote.
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

    /// Removes bytes at the beginning; the rest moves up.
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
