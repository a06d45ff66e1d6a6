import Glibc

/// Which runs ran when: a lane for each job, and in it a row for each of the runs that ran at the same time.
struct Timeline {
    struct Lane {
        let job: String
        let rows: Int
        /// SVG elements, 0 to `width` from left to right, and a pixel for a pixel from top to bottom.
        let bars: String

        var height: Int { rows * Timeline.rowHeight + 4 }
    }

    struct Tick {
        /// Between 0 and `width`.
        let x: Int
        let label: String
    }

    let from: Double
    let to: Double
    let lanes: [Lane]
    let ticks: [Tick]
    /// So many jobs have no lane.
    let left: Int

    static let width = 1_000_000
    private static let rowHeight = 12
    private static let mostRows = 12
    private static let mostLanes = 200

    /// Lanes are in the order of the names. `link` says where a click on a run leads, if anywhere.
    init(_ runs: [Overview.Entry], now: Double, link: (Overview.Entry) -> String? = { _ in nil }) {
        let spans = runs.map { Self.span($0, now) }
        let first = spans.map(\.lowerBound).min() ?? now - 3600
        let last = max(spans.map(\.upperBound).max() ?? now, first + 1)
        // So that a run at the border can be seen.
        let margin = (last - first) / 200
        (from, to) = (first - margin, last + margin)
        let scale = Double(Self.width) / (to - from)
        ticks = Self.ticks(from, to).map { Tick(x: Int(($0.time - first + margin) * scale), label: $0.label) }
        var lanes: [String: [Int]] = [:]
        var recent: [String] = []
        for (index, run) in runs.enumerated() {
            if lanes[run.job] == nil { recent.append(run.job) }
            lanes[run.job, default: []].append(index)
        }
        left = max(0, recent.count - Self.mostLanes)
        let origin = from
        self.lanes = recent.prefix(Self.mostLanes).sorted().map { job in
            Self.lane(job, (lanes[job] ?? []).map { (runs[$0], spans[$0]) }, origin, scale, link)
        }
    }

    /// When a run is drawn: while it ran, while it waits, or at a point.
    private static func span(_ run: Overview.Entry, _ now: Double) -> ClosedRange<Double> {
        guard let begun = run.started else {
            if run.state == "waiting" { return run.scheduled...max(run.scheduled, now) }
            let time = run.state == "cancelled" ? run.ended ?? run.scheduled : run.scheduled
            return time...time
        }
        return begun...max(begun, run.ended ?? now)
    }

    private static func lane(
        _ job: String, _ runs: [(run: Overview.Entry, span: ClosedRange<Double>)], _ origin: Double, _ scale: Double,
        _ link: (Overview.Entry) -> String?
    ) -> Lane {
        func x(_ time: Double) -> Int { Int((time - origin) * scale) }
        var ends: [Double] = []
        // What matters is drawn last.
        var layers = ["", "", ""]
        for (run, span) in runs.sorted(by: { $0.span.lowerBound < $1.span.lowerBound }) {
            let isPoint = run.started == nil && run.state != "waiting"
            var row = 0
            if !isPoint {
                row = ends.firstIndex { $0 <= span.lowerBound } ?? min(ends.count, mostRows - 1)
                if row == ends.count { ends.append(0) }
                ends[row] = max(ends[row], span.upperBound)
            }
            let (left, right, top) = (x(span.lowerBound), x(span.upperBound), row * rowHeight + 2)
            if let begun = run.started, let late = run.late, late * scale > 1000 {
                let wait = x(begun - late)
                layers[0] +=
                    "<rect class=\"late\" x=\"\(wait)\" y=\"\(top + 4)\" width=\"\(left - wait)\" height=\"2\"/>"
            }
            let isCalm = run.state == "succeeded" || run.state == "waiting"
            let (y, height) = isCalm ? (top + 2, 6) : (top, isPoint ? 11 : 10)
            let bar = """
                <rect class="\(style(run.state))" x="\(left)" y="\(y)" width="\(max(1, right - left))" height="\(height)">\
                <title>\(Markup.escaped(words(run)))</title></rect>
                """
            let layer = isCalm ? 0 : Overview.failures.contains(run.state) ? 2 : 1
            if let target = link(run) {
                layers[layer] += "<a href=\"\(Markup.escaped(target))\" tabindex=\"-1\">\(bar)</a>"
            } else {
                layers[layer] += bar
            }
        }
        return Lane(job: job, rows: max(1, ends.count), bars: layers.joined())
    }

    /// The class of a state: its first word.
    static func style(_ state: String) -> Substring { state.prefix { $0 != " " } }

    private static func words(_ run: Overview.Entry) -> String {
        var text =
            "\(run.job): run \(run.id)\(run.machine.map { " on \($0)" } ?? "") \(run.state)\n\(Moment.short(run.started ?? run.scheduled))"
        if let seconds = run.seconds { text += ", \(Markup.span(seconds))" }
        if let late = run.late, late >= 1 { text += ", \(Markup.span(late)) late" }
        if run.attempt > 1 { text += ", attempt \(run.attempt)" }
        if let why = run.error ?? run.reason { text += "\n" + why.prefix(200) }
        return text
    }

    private static let steps: [Double] = [
        1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172_800, 604_800,
        1_209_600, 2_592_000, 7_776_000, 31_536_000,
    ]

    /// Round local times, eight at most.
    private static func ticks(_ from: Double, _ to: Double) -> [(time: Double, label: String)] {
        let offset = Double(Moment.local(from).tm_gmtoff)
        let step = steps.first { (to - from) / $0 <= 8 } ?? (to - from) / 8
        var ticks: [(Double, String)] = []
        var time = ((from + offset) / step).rounded(.up) * step - offset
        while time < to {
            let local = Moment.local(time)
            let isMidnight = local.tm_hour == 0 && local.tm_min == 0 && local.tm_sec == 0
            let clock = "\(two(local.tm_hour)):\(two(local.tm_min))" + (step < 60 ? ":\(two(local.tm_sec))" : "")
            ticks.append((time, step >= 86400 || isMidnight ? "\(local.tm_mday) \(month(local.tm_mon))" : clock))
            time += step
        }
        return ticks
    }

    private static func two(_ number: Int32) -> String { (number < 10 ? "0" : "") + String(number) }

    private static func month(_ number: Int32) -> String {
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][Int(number) % 12]
    }

    /// The lines of the ticks behind the bars of a lane.
    func grid(_ height: Int) -> String {
        "<path class=\"grid\" d=\"" + ticks.map { "M\($0.x) 0V\(height)" }.joined() + "\"/>"
    }

    /// The timeline alone, as a picture that stands for itself. `css` has the colours.
    func picture(_ css: String) -> String {
        let (left, right, top) = (150, 990, 24)
        let place = { (tick: Tick) in left + tick.x * (right - left) / Self.width }
        var (body, y) = ("", top)
        for lane in lanes {
            body += """
                <text class="name" x="\(left - 8)" y="\(y + 12)" text-anchor="end">\(Markup.escaped(shortened(lane.job)))</text>
                <svg class="bars" x="\(left)" y="\(y)" width="\(right - left)" height="\(lane.height)" preserveAspectRatio="none" \
                viewBox="0 0 \(Self.width) \(lane.height)">\(grid(lane.height))\(lane.bars)</svg>

                """
            y += lane.height + 2
        }
        let labels = ticks.filter { $0.x < Self.width * 96 / 100 }.map {
            "<text class=\"tick\" x=\"\(place($0) + 2)\" y=\"16\">\($0.label)</text>"
        }
        var (key, x) = ("", left)
        for state in Overview.states where lanes.contains(where: { $0.bars.contains("class=\"\(Self.style(state))\"") })
        {
            key += """
                <rect class="\(Self.style(state))" x="\(x)" y="\(y + 8)" width="10" height="10"/>\
                <text class="tick" x="\(x + 15)" y="\(y + 17)">\(state)</text>
                """
            x += 30 + state.count * 7
        }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 \(y + 28)" font-family="system-ui, sans-serif">
            <style>\(css)</style>
            <rect class="back" width="1000" height="\(y + 28)" rx="8"/>
            \(labels.joined())
            \(body)\(key)
            </svg>

            """
    }

    private func shortened(_ name: String) -> String { name.count <= 20 ? name : name.prefix(19) + "…" }
}

extension Moment {
    static func local(_ seconds: Double) -> tm {
        var whole = time_t(seconds.rounded(.down))
        var local = tm()
        localtime_r(&whole, &local)
        return local
    }

    /// Local time without its offset: `2027-03-28 03:00:00`.
    static func short(_ seconds: Double) -> String {
        var time = local(seconds)
        return String(unsafeUninitializedCapacity: 32) { bytes in
            bytes.withMemoryRebound(to: CChar.self) { strftime($0.baseAddress, $0.count, "%Y-%m-%d %H:%M:%S", &time) }
        }
    }
}
