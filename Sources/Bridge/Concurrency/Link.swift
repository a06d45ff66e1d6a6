import CFence
import Glibc

/// One connection between two processes of a program: frames in order, and objects by reference. Shared.
final class Link: @unchecked Sendable {
    enum Role { case broker, child }
    enum End: Sendable {
        case closed
        case broken(String)
    }
    private let pipe: Descriptor
    private let owner: any LinkOwner
    private struct State {
        var out: [UInt8] = []
        var isClosing = false, hasEnded = false
        var watch: Reactor.Watch?
        var exported: [UInt64: any Shareable] = [:]
        var numbers: [ObjectIdentifier: UInt64] = [:]
        var imported: [UInt64: any Shareable] = [:]
        var theirs: [ObjectIdentifier: UInt64] = [:]
        var last: UInt64 = 0
    }
    private let state = Guarded(State())
    private var input: [UInt8] = []

    init(socket: Int32, role: Role, owner: any LinkOwner) {
        pipe = Descriptor(socket)
        self.owner = owner
    }

    func start() throws(SystemError) {
        pipe.stopBlocking()
        let w = try Reactor.shared.watch(pipe.number, [.read]) { [self] interest in
            if interest.contains(.write) { flush() }
            read()
        }
        state.withLock { $0.watch = w }
        flush()
    }

    func send(_ kind: UInt8, _ message: Message) {
        var frame: [UInt8] = []
        func add(_ value: UInt64) { withUnsafeBytes(of: value) { frame += Array($0) } }
        add(UInt64(kind))
        add(UInt64(message.storage.shared.count))
        for object in message.storage.shared {
            let known = state.withLock { $0.theirs[ObjectIdentifier(object)] }
            if let known { add(1); add(known); continue }
            let number = state.withLock { s -> UInt64 in
                if let n = s.numbers[ObjectIdentifier(object)] { return n }
                s.last += 1
                s.numbers[ObjectIdentifier(object)] = s.last
                s.exported[s.last] = object
                return s.last
            }
            add(0)
            add(number)
            if let d = owner.export(object, number) {
                add(UInt64(d.bytes.count))
                frame += Array(d.bytes)
            } else {
                add(0)
            }
        }
        add(UInt64(message.bytes.count))
        frame += Array(message.bytes)
        state.withLock { s in
            let n = UInt64(frame.count)
            withUnsafeBytes(of: n) { s.out += Array($0) }
            s.out += frame
        }
        flush()
    }

    func close() {
        state.withLock { $0.isClosing = true }
        flush()
    }

    private func flush() {
        let ends = state.withLock { s -> Bool in
            guard let watch = s.watch, !s.hasEnded else { return false }
            while !s.out.isEmpty {
                switch s.out.withUnsafeBytes({ pipe.write($0) }) {
                case .bytes(let n): s.out.removeFirst(n)
                case .later:
                    Reactor.shared.change(watch, to: [.read, .write])
                    return false
                default: return true
                }
            }
            Reactor.shared.change(watch, to: [.read])
            if s.isClosing { shutdown(pipe.number, Int32(SHUT_WR)) }
            return false
        }
        if ends { end(.closed) }
    }

    private func end(_ end: End) {
        let w = state.withLock { s -> Reactor.Watch? in
            guard !s.hasEnded else { return nil }
            s.hasEnded = true
            return s.watch.take()
        }
        guard let w else { return }
        Reactor.shared.unwatch(w)
        owner.ended(end)
    }

    private func read() {
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let t = buffer.withUnsafeMutableBytes { pipe.read($0.baseAddress!, $0.count) }
            switch t {
            case .bytes(let n): input += buffer[..<n]
            case .later: return parse()
            default:
                parse()
                return end(.closed)
            }
        }
    }

    private func parse() {
        while input.count >= 8 {
            let n = Int(input.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) })
            guard n < 1 << 30 else { return end(.broken("malformed frame")) }
            guard input.count >= 8 + n else { return }
            let frame = Array(input[8..<8 + n])
            input.removeFirst(8 + n)
            var p = 0
            func take() -> UInt64 {
                defer { p += 8 }
                return frame.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: p, as: UInt64.self) }
            }
            let kind = UInt8(take())
            let count = Int(take())
            var shared: [any Shareable] = []
            for _ in 0..<count {
                if take() == 1 {
                    let n = take()
                    if let o = state.withLock({ $0.exported[n] }) { shared.append(o) }
                    continue
                }
                let number = take()
                let size = Int(take())
                let bytes = Array(frame[p..<p + size])
                p += size
                if let known = state.withLock({ $0.imported[number] }) { shared.append(known); continue }
                var b = ByteBuffer()
                bytes.withUnsafeBytes { if let s = $0.baseAddress { b.append(s, $0.count) } }
                let object = owner.import(number, b.takeMessage(shared: [])) ?? Channel()
                state.withLock {
                    $0.imported[number] = object; $0.theirs[ObjectIdentifier(object)] = number
                }
                shared.append(object)
            }
            let size = Int(take())
            var b = ByteBuffer()
            frame.withUnsafeBytes { b.append($0.baseAddress! + p, size) }
            owner.received(kind, b.takeMessage(shared: shared))
        }
    }
}

protocol LinkOwner: AnyObject, Sendable {
    func received(_ kind: UInt8, _ message: Message)
    func ended(_ end: Link.End)
    func export(_ object: any Shareable, _ number: UInt64) -> Message?
    func `import`(_ number: UInt64, _ description: Message) -> (any Shareable)?
    func released(_ object: any Shareable, _ number: UInt64)
}
