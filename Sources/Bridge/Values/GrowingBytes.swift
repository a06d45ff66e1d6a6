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
        guard let start = bytes.baseAddress, bytes.count > 0 else { return }
        try reserve(bytes.count)
        place.copyMemory(from: start, byteCount: bytes.count)
        count = bytes.count
    }

    deinit { free(start) }

    struct OutOfMemory: Error {}

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

    /// Room for that many more at `place`; then say with `added` how many have come.
    func reserve(_ more: Int) throws(OutOfMemory) {
        guard count + more > capacity else { return }
        let wanted = max(count + more, capacity * 2)
        guard let bigger = realloc(start, wanted) else { throw OutOfMemory() }
        start = bigger
        capacity = wanted
    }

    /// Where the next bytes go, after `reserve`.
    var place: UnsafeMutableRawPointer { start.unsafelyUnwrapped + count }

    func added(_ more: Int) { count += more }
}
