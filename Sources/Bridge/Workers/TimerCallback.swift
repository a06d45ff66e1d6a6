/// The function of a timer, its arguments, and where the timer was made. Owned by its worker's thread; may be released by
/// any.
final class TimerCallback {
    private let worker: Worker
    private let anchor: Int
    private let argumentCount: Int32
    let site: SpawnSite?
    let siteIdentity: UnsafeMutableRawPointer?
    /// Identifies the function, if it has no arguments; otherwise nil.
    let function: UnsafeRawPointer?
    /// How many timers of `WaitingTimers` have it, which together retain it once.
    var uses = 0

    /// [-n, +0, m] Keeps the function at that index and the arguments above it, which are the last values on the stack.
    init(_ call: HostCall, function index: Int32) {
        let worker = call.worker
        self.worker = worker
        let site = worker.spawnSite(call.L)
        self.site = site?.takeUnretainedValue()
        siteIdentity = site?.toOpaque()
        argumentCount = call.count - index
        function = argumentCount == 0 ? call.stack.address(index) : nil
        anchor = call.state.anchor(argumentCount + 1, on: call.L)
    }

    deinit { worker.releaseLater(anchor) }

    /// [-0, +n+1, m] Pushes the function and the arguments, and returns how many arguments there are.
    func push(on L: OpaquePointer) -> Int32 {
        worker.state.pushAnchored(anchor, count: argumentCount + 1, on: L)
        return argumentCount
    }
}
