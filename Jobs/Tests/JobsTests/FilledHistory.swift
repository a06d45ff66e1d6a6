import Foundation

@testable import JobsCore

extension TemporaryFolder {
    /// A run of the history, as a test writes it: times are seconds after the beginning of 2027 (UTC).
    struct Sample {
        var job: String
        var state = "succeeded"
        var scheduled: Double
        var started: Double?
        var ended: Double?
        var attempt = 1
        var error: String?
        var reason: String?
        var output: String?
    }

    /// Writes runs as the engine does: first a row, then its end.
    func fill(_ samples: [Sample]) throws {
        try folder.prepare()
        let history = try History(folder, writes: true)
        let start = Self.year2027
        _ = try history.know(
            Set(samples.map(\.job)).sorted().map { .init(name: $0, spec: "", upto: start, paused: false) })
        let rows = samples.map { sample in
            History.NewRun(
                job: sample.job, state: sample.started == nil ? sample.state : "running", attempt: sample.attempt,
                scheduled: start + sample.scheduled, reason: sample.reason, started: sample.started.map { start + $0 },
                ended: sample.started == nil ? sample.ended.map { start + $0 } : nil)
        }
        for (id, sample) in zip(try history.add(rows), samples) where sample.started != nil {
            if let output = sample.output {
                try Data(output.utf8).write(to: URL(fileURLWithPath: "\(folder.outputs)/\(id)"))
            }
            guard let ended = sample.ended else { continue }
            _ = try history.finish(
                .init(
                    id: id, state: sample.state, error: sample.error, reason: sample.reason, ended: start + ended,
                    path: sample.output == nil ? nil : "\(folder.outputs)/\(id)", output: 1 << 20))
        }
    }

    /// A run of each state, those of `a` at the same time as those of `b`; the last one has not ended.
    func fillWithAll(_ name: String = "a") throws {
        try fill([
            Sample(job: name, scheduled: 0, started: 0.5, ended: 10, output: "hello\n"),
            Sample(job: name, state: "failed", scheduled: 60, started: 60, ended: 61, error: "exit code 1"),
            Sample(
                job: name, state: "timed out", scheduled: 120, started: 121, ended: 130,
                error: "it took longer than 9 s"),
            Sample(
                job: name, state: "lost", scheduled: 180, started: 180, ended: 190, attempt: 2,
                reason: "the runner ended"),
            Sample(job: name, state: "cancelled", scheduled: 240, started: 240, ended: 250, reason: "by hand"),
            Sample(job: name, state: "missed", scheduled: 300, ended: 400, reason: "the runner did not run"),
            Sample(job: name, state: "skipped", scheduled: 360, ended: 360, reason: "run 8 still runs"),
            Sample(job: "b", scheduled: 0, started: 1, ended: 3),
            Sample(job: "b", scheduled: 420, started: 420),
        ])
    }
}

/// Text with all that has a meaning in HTML, in attributes, scripts and terminals, and more than ASCII.
let hostile = "<script>alert('1')</script> \"&amp; ığüş \u{1F600} </style> --> ]]>\u{1B}[31m"

/// Whether the elements of a page are nested as they should be, and their attributes quoted. Returns what is wrong.
func wrongMarkup(_ html: String) -> String? {
    let void: Set<Substring> = ["meta", "link", "input", "br"]
    var (open, rest) = ([Substring](), html[...])
    while let start = rest.firstIndex(of: "<") {
        rest = rest[rest.index(after: start)...]
        guard let end = rest.firstIndex(of: ">") else { return "'<' without '>'" }
        let tag = rest[..<end]
        rest = rest[rest.index(after: end)...]
        if tag.hasPrefix("!doctype") { continue }
        if tag.hasPrefix("/") {
            guard open.popLast() == tag.dropFirst() else { return "</\(tag.dropFirst())> ends nothing" }
            continue
        }
        let name = tag.prefix { $0.isLetter || $0.isNumber }
        let words = tag.dropFirst(name.count)
        guard !name.isEmpty, words.wholeMatch(of: /(\s+[a-z-]+(="[^"<>]*")?|\s+[a-zA-Z]+="[^"<>]*")*\s*\/?/) != nil
        else {
            return "<\(tag)>"
        }
        if name == "style" || name == "script", words.contains("nonce") {
            guard let close = rest.range(of: "</\(name)>") else { return "\(name) without an end" }
            rest = rest[close.upperBound...]
        } else if !void.contains(name), !tag.hasSuffix("/") {
            open.append(name)
        }
    }
    return open.isEmpty ? nil : "\(open) without an end"
}
