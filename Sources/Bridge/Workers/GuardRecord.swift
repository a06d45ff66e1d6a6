/// The bytes of a guard's userdata: which permits it gives back, and what was taken. The permits are kept by what is
/// attached to it: the userdata of the object from which they were taken. Owned by its state's thread.
///
/// The last guard of such an object is attached to its userdata in turn. When the guard's block has ended nothing has
/// it any more, so it is used again. One that was released by hand may still have its block's end before it.
struct GuardRecord {
    private static let cookie: UInt64 = 0x6c75_6167_7561_7264
    private let cookie = Self.cookie
    private var isReusable = false
    let permits: Unmanaged<Permits>
    /// 0: it was given back.
    private(set) var grant: Permits.Grant

    private init(_ permits: Permits, _ grant: Permits.Grant) {
        self.permits = .passUnretained(permits)
        self.grant = grant
    }

    /// [-0, +1, m] Pushes a guard. The value at index 1 keeps the permits.
    @inline(__always)
    static func push(_ permits: Permits, _ grant: Permits.Grant, _ type: AnyHostType, _ call: HostCall) {
        let stack = call.stack
        call.givesUnmarked()
        if stack.pushAttachment(1, of: 1) == .userdata, let old = at(-1, call), old.pointee.isReusable {
            old.pointee.isReusable = false
            old.pointee.grant = grant
            return
        }
        stack.reserve(4)
        stack.pop()
        stack.pushUserdata(size: MemoryLayout<Self>.size, attachments: 1)
            .initializeMemory(as: Self.self, to: Self(permits, grant))
        stack.push(copyOf: 1)
        stack.setAttachment(1, of: -2)
        type.pushMetatable(call.L)
        stack.setMetatable()
        stack.push(copyOf: -1)
        stack.setAttachment(1, of: 1)
    }

    /// The record of the guard at `index`; nil for any other value.
    @inline(__always)
    static func at(_ index: Int32, _ call: HostCall) -> UnsafeMutablePointer<GuardRecord>? {
        guard let place = call.stack.userdata(index, size: MemoryLayout<Self>.size) else { return nil }
        let record = place.assumingMemoryBound(to: Self.self)
        return record.pointee.cookie == cookie ? record : nil
    }

    /// Gives back what was taken.
    @inline(__always)
    mutating func release(_ worker: Worker, atBlockEnd: Bool) {
        if atBlockEnd { isReusable = true }
        guard grant != 0 else { return }
        let grant = grant
        self.grant = 0
        if permits.borrow({ $0.release(grant) }) {
            worker.running?.borrow { $0.holds.remove(permits.toOpaque(), grant) }
        }
    }
}
