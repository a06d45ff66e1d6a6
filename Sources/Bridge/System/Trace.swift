import CKernel
import Glibc
import Synchronization

/// What a process shows of itself in files: a trace (events in JSON, which Perfetto and speedscope open), a page that
/// shows the same, and where the processor time goes (a profile). A thread of its own empties the tracks of the states
/// and writes. Shared; guarded by its locks.
package final class Trace: @unchecked Sendable {  // sound: see above; the files are the thread's
    /// Where to, for this process and its children.
    package struct Settings: Sendable, Equatable {
        package var events: ByteText?
        package var report: ByteText?
        package var profile: ByteText?

        package init(events: ByteText? = nil, report: ByteText? = nil, profile: ByteText? = nil) {
            (self.events, self.report, self.profile) = (events, report, profile)
        }

        var isEmpty: Bool { events == nil && report == nil && profile == nil }
        var samples: Bool { report != nil || profile != nil }
        var paths: [ByteText?] { [events, report, profile] }
    }

    /// A file that cannot be opened.
    package struct Refusal: Error {
        package let path: ByteText
        package let reason: String
    }

    private static let current = Guarded<Trace?>(nil)
    private static let isInstalled = Atomic<Bool>(false)
    /// That of this process, if it has one.
    static var shared: Trace? { current.withLock { $0 } }

    /// With the whole paths, for child processes.
    let settings: Settings
    /// This process has begun the files, and ends them.
    private let leads: Bool
    private let samples: Bool
    private let events: TraceFile?
    private let report: TraceFile?
    private let profile: TraceFile?
    private let process = Processor.processID
    private struct State {
        var tracks: [Track] = []
        var nextNumber: Int32 = 0
        var lines: [[UInt8]] = []
        var isOver = false
    }
    private let state = Guarded(State())
    private let sleeper = Sleeper()
    private var thread: OSThread?

    /// What the thread keeps of a track that it has met.
    private struct Seen {
        var lost = 0, waits = 0, messages = 0
        var counted: Int64 = 0
    }
    private var seen: [ObjectIdentifier: Seen] = [:]
    private var line = TraceText()
    private var lastProfile: Int64 = 0
    private var hasComplained = false

    private static let pause: TimeSpan = .milliseconds(20)
    private static let betweenCounts: Int64 = 100_000_000, betweenProfiles: Int64 = 1_000_000_000
    /// How much processor time passes between two looks at the running code; the system may take more.
    static let samplingInterval: Int64 = 1_000_000

    // MARK: - Beginning and end

    /// From now on this process, and the children that it starts, write these files. Before any state is made.
    package static func start(_ settings: Settings, name: ByteText) throws(Refusal) {
        let trace = try Trace(settings, leads: true, name: name)
        begin(trace)
    }

    /// In a child process. What cannot be opened there is left out.
    static func join(_ settings: Settings, name: ByteText) {
        guard !settings.isEmpty, let trace = try? Trace(settings, leads: false, name: name) else { return }
        begin(trace)
    }

    private static func begin(_ trace: Trace) {
        guard let thread = try? OSThread({ trace.run() }) else { return }
        trace.thread = thread
        current.withLock { $0 = trace }
        // C code may call `exit`, too.
        if !isInstalled.exchange(true, ordering: .relaxed) { atexit { Trace.finish() } }
        let shows = trace.events != nil || trace.report != nil
        system_trace(Int32((shows ? SYSTEM_EVENTS : 0) | (trace.samples ? SYSTEM_SAMPLES : 0)))
    }

    /// Any thread: writes what is left, and ends the files. Nothing is traced after it.
    package static func finish() {
        guard !Copy.isThis, let trace = current.withLock({ $0.take() }) else { return }
        system_trace(0)
        trace.state.withLock { $0.isOver = true }
        trace.sleeper.wake()
        trace.thread?.join()
    }

    /// In a copy that `fork` made: the trace is that of the original.
    static func leave() {
        system_trace(0)
        system_stop_sampling()
    }

    private init(_ settings: Settings, leads: Bool, name: ByteText) throws(Refusal) {
        func open(_ path: ByteText?) throws(Refusal) -> TraceFile? {
            guard let path else { return nil }
            do throws(SystemError) { return try TraceFile(path, clears: leads) } catch {
                guard leads else { return nil }
                throw Refusal(path: path, reason: error.text)
            }
        }
        self.leads = leads
        events = try open(settings.events)
        report = try open(settings.report)
        profile = try open(settings.profile)
        func whole(_ file: TraceFile?) -> ByteText? { file.flatMap { $0.path.isEmpty ? nil : $0.path } }
        self.settings = Settings(events: whole(events), report: whole(report), profile: whole(profile))
        samples = settings.samples
        // Whoever names one file for two purposes would find neither.
        let all = [events, report, profile].compactMap(whole)
        if leads, Set(all).count < all.count, let path = settings.paths.compactMap({ $0 }).last {
            throw Refusal(path: path, reason: "it is named for two purposes")
        }
        if leads, let report { PackageResources.report_html.withUnsafeBytes { report.add(all: $0) } }
        line.add(leads ? "[{" : ",{")
        line.add("\"ph\":\"M\",\"name\":\"process_name\"")
        addPlace(process)
        line.add(",\"args\":{\"name\":\"")
        line.add(quoted: name)
        line.add("\"}}\n")
        add()
        // Before a child can write.
        events?.flush()
        report?.flush()
    }

    // MARK: - Tracks

    /// A state's thread: makes its track.
    func addTrack(_ name: ByteText, isMain: Bool) -> Track {
        let track = state.withLock { state -> Track in
            let number =
                isMain && state.nextNumber == 0
                ? process : 5_000_000 + (process & 0xfff) * 500_000 + state.nextNumber % 500_000
            state.nextNumber += 1
            let track = Track(number: number, name: name)
            state.tracks.append(track)
            return track
        }
        return track
    }

    /// A state's thread: from now on it is told when it has used processor time.
    static func startSampling(_ title: ByteText) {
        if !system_start_sampling(samplingInterval) { Console.report("the profile lacks \(title): \(lastError)") }
    }

    private static var lastError: String { String(cString: strerror(errno)) }

    /// A state's thread: its state has been closed.
    static func remove(_ track: Track) {
        system_stop_sampling()
        track.end()
    }

    /// Any thread: notes something that concerns the whole process.
    func note(_ name: ByteText, _ message: ByteText, isError: Bool) {
        var line = TraceText()
        line.add(",{\"ph\":\"i\",\"s\":\"p\",\"cat\":\"")
        line.add(isError ? "error" : "note")
        line.add("\",\"name\":\"")
        line.add(quoted: name)
        line.add("\",\"pid\":")
        line.add(Int64(process))
        line.add(",\"tid\":")
        line.add(Int64(process))
        line.add(",\"ts\":")
        line.add(Track.now, in: 1000)
        line.add(",\"args\":{\"message\":\"")
        line.add(quoted: message)
        line.add("\"}}\n")
        let bytes = Array(line.bytes)
        state.withLock { $0.lines.append(bytes) }
    }

    // MARK: - The thread

    private func run() {
        OSThread.rename(fixed: "trace")
        var isOver = false
        repeat {
            sleeper.sleep(until: Deadline(after: Self.pause).due)
            let (tracks, lines, over) = state.withLock { state in
                defer {
                    state.lines = []
                    state.tracks.removeAll(where: \.hasEnded)
                }
                return (state.tracks, state.lines, state.isOver)
            }
            isOver = over
            for text in lines { text.withUnsafeBytes(addLine) }
            let now = Track.now
            for track in tracks { write(track, now, isOver) }
            writeProfile(tracks, now, isOver)
            if isOver, leads { end() }
            events?.flush()
            report?.flush()
            complain()
        } while !isOver
    }

    private func end() {
        events?.add(all: UnsafeRawBufferPointer(start: Self.bracket.utf8Start, count: Self.bracket.utf8CodeUnitCount))
        report?.add(all: UnsafeRawBufferPointer(start: Self.close.utf8Start, count: Self.close.utf8CodeUnitCount))
        profile?.replace(Self.merge)
    }

    private static let bracket: StaticString = "]\n", close: StaticString = "]\n</script>\n</body></html>\n"

    /// A file could not be written: says so once.
    private func complain() {
        guard !hasComplained else { return }
        for file in [events, report, profile] {
            guard let file, let failure = file.failure else { continue }
            hasComplained = true
            Console.report("'\(file.name)' is not complete: \(failure)")
        }
    }

    private func write(_ track: Track, _ now: Int64, _ isOver: Bool) {
        let hasEnded = track.hasEnded
        var known = seen[ObjectIdentifier(track)] ?? begin(track)
        track.empty { event, name, detail in write(event, name, detail, track) }
        if now - known.counted >= Self.betweenCounts || hasEnded || isOver {
            known.counted = now
            writeCounts(track, now, &known)
        }
        if hasEnded { seen[ObjectIdentifier(track)] = nil } else { seen[ObjectIdentifier(track)] = known }
    }

    private func begin(_ track: Track) -> Seen {
        line.add(",{\"ph\":\"M\",\"name\":\"thread_name\"")
        addPlace(track.number)
        line.add(",\"args\":{\"name\":\"")
        line.add(quoted: track.name)
        line.add("\"}}\n")
        add()
        return Seen()
    }

    private func writeCounts(_ track: Track, _ now: Int64, _ known: inout Seen) {
        line.add(",{\"ph\":\"C\",\"cat\":\"thread\",\"name\":\"")
        line.add(quoted: track.name)
        line.add("\"")
        addPlace(track.number)
        line.add(",\"id\":")
        line.add(Int64(track.number))
        addTime(now)
        line.add(",\"args\":{\"cpu_ms\":")
        line.add(track.spent ?? 0, in: 1_000_000)
        line.add(",\"memory_KiB\":")
        line.add(Int64(track.memory.load(ordering: .relaxed) / 1024))
        line.add(",\"messages\":")
        line.add(Int64(max(track.messages.load(ordering: .relaxed), 0)))
        line.add("}}\n")
        add()
        let lost = track.lost.load(ordering: .relaxed)
        let waits = track.waitsLeftOut.load(ordering: .relaxed)
        let messages = max(track.messagesLeftOut.load(ordering: .relaxed), known.messages)
        guard lost > known.lost || waits > known.waits || messages > known.messages else { return }
        line.add(",{\"ph\":\"i\",\"s\":\"t\",\"cat\":\"left out\",\"name\":\"left out\"")
        addPlace(track.number)
        addTime(now)
        line.add(",\"args\":{\"events\":")
        line.add(Int64(lost - known.lost))
        line.add(",\"waits\":")
        line.add(Int64(waits - known.waits))
        line.add(",\"messages\":")
        line.add(Int64(messages - known.messages))
        line.add("}}\n")
        add()
        (known.lost, known.waits, known.messages) = (lost, waits, messages)
    }

    // MARK: - Events

    private func write(
        _ event: Track.Event, _ name: UnsafeRawBufferPointer, _ detail: UnsafeRawBufferPointer, _ track: Track
    ) {
        switch event.kind {
        case .wrap: return
        case .run, .timer, .block: writeSpan(event, name, detail, track)
        case .turns:
            begin("X", "turns", event, track)
            line.add(",\"dur\":")
            line.add(max(event.end - event.start, 1), in: 1000)
            line.add(",\"name\":\"short turns\",\"args\":{\"count\":")
            line.add(event.value)
            line.add("}")
        case .wait, .waitEnd:
            begin(event.kind == .wait ? "b" : "e", "wait", event, track)
            line.add(",\"id2\":{\"local\":\"")
            line.add(Int64(track.number))
            line.add(".")
            line.add(Int64(event.id))
            line.add("\"}")
            add(name: name, detail, as: "of")
        case .send, .receive:
            begin(event.kind == .send ? "s" : "f", "message", event, track)
            if event.kind == .receive { line.add(",\"bp\":\"e\"") }
            line.add(",\"id\":\"")
            line.add(hex: event.id)
            line.add("\",\"name\":\"message\"")
        case .failure:
            begin("i", "error", event, track)
            line.add(",\"s\":\"t\"")
            add(name: name, detail, as: "message")
        }
        line.add("}\n")
        add()
    }

    private func writeSpan(
        _ event: Track.Event, _ name: UnsafeRawBufferPointer, _ detail: UnsafeRawBufferPointer, _ track: Track
    ) {
        begin("X", event.kind == .run ? "task" : event.kind == .timer ? "timer" : "block", event, track)
        line.add(",\"dur\":")
        line.add(max(event.end - event.start, 1), in: 1000)
        add(name: name)
        line.add(",\"args\":{\"task\":")
        line.add(Int64(event.id))
        if event.kind == .timer, event.value >= 0 {
            line.add(",\"late_ms\":")
            line.add(event.value, in: 1_000_000)
            line.add(",\"missed\":")
            line.add(event.missed)
        }
        if detail.count > 0 {
            line.add(",\"at\":\"")
            line.add(quoted: detail)
            line.add("\"")
        }
        line.add("}")
    }

    private func begin(_ phase: StaticString, _ category: StaticString, _ event: Track.Event, _ track: Track) {
        line.add(",{\"ph\":\"")
        line.add(phase)
        line.add("\",\"cat\":\"")
        line.add(category)
        line.add("\"")
        addPlace(track.number)
        addTime(event.start)
    }

    private func add(name: UnsafeRawBufferPointer) {
        line.add(",\"name\":\"")
        line.add(quoted: name)
        line.add("\"")
    }

    /// The same, and the detail, if there is one, as the only argument.
    private func add(name: UnsafeRawBufferPointer, _ detail: UnsafeRawBufferPointer, as argument: StaticString) {
        add(name: name)
        guard detail.count > 0 else { return }
        line.add(",\"args\":{\"")
        line.add(argument)
        line.add("\":\"")
        line.add(quoted: detail)
        line.add("\"}")
    }

    private func addPlace(_ number: Int32) {
        line.add(",\"pid\":")
        line.add(Int64(process))
        line.add(",\"tid\":")
        line.add(Int64(number))
    }

    private func addTime(_ time: Int64) {
        line.add(",\"ts\":")
        line.add(time, in: 1000)
    }

    /// The line is complete.
    private func add() {
        addLine(line.bytes)
        line.clear()
    }

    private func addLine(_ bytes: UnsafeRawBufferPointer) {
        events?.add(bytes)
        report?.add(bytes)
    }

    // MARK: - Profiles

    /// Writes the stacks since the last time, now and then.
    private func writeProfile(_ tracks: [Track], _ now: Int64, _ isOver: Bool) {
        guard samples else { return }
        let isDue = isOver || now - lastProfile >= Self.betweenProfiles
        var merged: [ByteText: Int] = [:]
        for track in tracks where isDue || track.hasEnded {
            for (stack, count) in track.takeSamples() { merged[stack, default: 0] += count }
        }
        if isDue { lastProfile = now }
        guard !merged.isEmpty else { return }
        for (stack, count) in merged {
            let text: ByteText = "\(stack) \(count)\n"
            profile?.append(text)
            guard let report else { continue }
            line.add(",{\"ph\":\"stack\",\"ms\":")
            line.add(Int64(count))
            line.add(",\"name\":\"")
            line.add(quoted: stack, longest: 900)
            line.add("\"}\n")
            report.add(line.bytes)
            line.clear()
        }
    }

    /// Adds up equal stacks, the largest first.
    private static func merge(_ text: ByteText) -> ByteText {
        var merged: [ByteText: Int] = [:]
        for line in text.split(separator: 0x0a) {
            guard let space = line.bytes.lastIndex(of: 0x20),
                let count = Int(String(decoding: line.bytes[(space + 1)...], as: UTF8.self))
            else { continue }
            merged[ByteText(line.bytes[..<space]), default: 0] += count
        }
        let lines = merged.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }
        return lines.map { "\($0.key) \($0.value)\n" as ByteText }.joined(separator: "")
    }
}
