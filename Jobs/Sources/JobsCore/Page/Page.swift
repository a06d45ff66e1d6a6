/// The page: the timeline, the jobs and the last runs, and a page for each run. It is whole without scripts.
struct Page {
    /// What is different where the page is served.
    struct Live {
        /// What the forms of those who may control the jobs send along; nil: no buttons.
        let token: String?
        /// Where to get permission, if buttons are allowed at all.
        let hint: String?
    }

    let folder: String
    /// nil: it is a file, and everything is in it.
    let live: Live?

    /// The colours and forms of the runs.
    static let runsCSS = String(decoding: PackageResources.runs_css, as: UTF8.self)
    static let css = runsCSS + String(decoding: PackageResources.page_css, as: UTF8.self)
    static let script = String(decoding: PackageResources.page_js, as: UTF8.self)
    /// How many runs have a row of text.
    static let rows = 100

    // MARK: - The overview

    func overview(_ view: Overview) -> String {
        let timeline = Timeline(view.runs, now: view.now) { run in
            live == nil || run.machine != nil ? nil : "/run/\(run.id)"
        }
        return document(
            title(view.question),
            """
            \(heading(view))
            \(tiles(view))
            \(section("Timeline", drawn(timeline, view)))
            \(section(view.isShared ? "Jobs on \(escaped(History.Run.machine))" : "Jobs", jobs(view)))
            \(section("Runs", table(Array(view.runs.prefix(Self.rows)), view.now, view.isShared) + paths(view)))
            """)
    }

    private func title(_ question: Overview.Question) -> String {
        (question.job.map { "\($0) – " } ?? "") + "jobs of \(folder)"
    }

    private func heading(_ view: Overview) -> String {
        var words = "\(History.Run.machine), \(Moment.short(view.now)) (\(Moment.text(view.now).suffix(6)))"
        let name = view.question.failed ? "failed run" : "run"
        if view.runs.isEmpty {
            words += "; no \(name)s"
        } else {
            let count =
                view.hasMore ? "the last \(Markup.number(view.runs.count)) \(name)s" : counted(view.runs.count, name)
            words += "; \(count)" + (view.question.before.map { " before run \($0)" } ?? "")
        }
        if let job = view.question.job { words += " of \(job)" }
        if view.isShared { words += ", with those of the other machines" }
        var filters = ""
        if live != nil {
            let question = view.question
            if question.job != nil || question.failed || question.before != nil {
                filters += " <a href=\"/\">everything</a>"
            }
            if !question.failed {
                filters += " <a href=\"\(address(job: question.job, failed: true))\">only failures</a>"
            }
        }
        let silent = view.silent.joined(separator: ", ")
        let missing = silent.isEmpty ? nil : "The runs of other machines are missing, which do not answer: \(silent)."
        let hint = [live?.hint, missing].compactMap { $0.map { "<p>\(escaped($0))</p>" } }.joined()
        return """
            <header><h1>\(view.question.job.map { "<bdi>\(escaped($0))</bdi>" } ?? escaped(folder))</h1>
            <p>\(escaped(words)).\(filters)</p>\(hint)</header>
            """
    }

    private func counted(_ number: Int, _ noun: String) -> String {
        "\(Markup.number(number)) \(noun)\(number == 1 ? "" : "s")"
    }

    private func address(job: String?, failed: Bool = false, before: Int? = nil) -> String {
        let pairs = [
            job.map { "job=" + Markup.encoded($0) }, failed ? "failed=1" : nil, before.map { "before=\($0)" },
        ].compactMap { $0 }
        return "/" + (pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&amp;"))
    }

    private func tiles(_ view: Overview) -> String {
        let counts =
            view.question.job == nil
            ? view.counts : (view.jobs.first?.counts ?? [:]).merging(unfinished(view.runs)) { $1 }
        let tiles = Overview.states.map { state in
            """
            <li class="\(Timeline.style(state))\(counts[state] ?? 0 == 0 ? " none" : "")">\
            <b>\(Markup.number(counts[state] ?? 0))</b> <i class="key \(Timeline.style(state))"></i>\(state)</li>
            """
        }
        return "<ul class=\"tiles\">\(tiles.joined())</ul>"
    }

    private func unfinished(_ runs: [Overview.Entry]) -> [String: Int] {
        Dictionary(grouping: runs.filter { $0.isUnfinished && $0.machine == nil }, by: \.state).mapValues(\.count)
    }

    private func section(_ title: String, _ body: String) -> String { "<section><h2>\(title)</h2>\(body)</section>" }

    private func drawn(_ timeline: Timeline, _ view: Overview) -> String {
        guard !view.runs.isEmpty else { return "<p>There are none.</p>" }
        let percent = { (x: Int) in "\(x * 100 / Timeline.width).\(x * 1000 / Timeline.width % 10)%" }
        let labels = timeline.ticks.filter { $0.x < Timeline.width * 94 / 100 }.map {
            "<text x=\"\(percent($0.x))\" y=\"13\">\($0.label)</text>"
        }
        let lanes = timeline.lanes.map { lane in
            """
            <div class="lane"><div class="name">\(jobName(lane.job))</div>\
            <svg class="bars" height="\(lane.height)" viewBox="0 0 \(Timeline.width) \(lane.height)" \
            preserveAspectRatio="none" role="img" aria-label="Runs of \(escaped(lane.job))">\
            \(timeline.grid(lane.height))\(lane.bars)</svg></div>

            """
        }
        let rest = timeline.left == 0 ? "" : "<p>\(counted(timeline.left, "more job")) ran in this time.</p>"
        return """
            <div class="box timeline" data-from="\(Int(timeline.from * 1000))" data-to="\(Int(timeline.to * 1000))" \
            data-offset="\(Moment.local(timeline.from).tm_gmtoff)">
            <div class="lane axis"><div class="name"></div><svg height="18">\(labels.joined())</svg></div>
            \(lanes.joined())</div>\(rest)
            """
    }

    private func jobName(_ job: String) -> String {
        live == nil
            ? "<bdi>\(escaped(job))</bdi>" : "<a href=\"\(address(job: job))\"><bdi>\(escaped(job))</bdi></a>"
    }

    // MARK: - Jobs

    private func jobs(_ view: Overview) -> String {
        guard !view.jobs.isEmpty else { return "<p>There are none.</p>" }
        let head = [
            "job", "last run", "succeeded", "", "runs", "the last \(Overview.recent)", "took, half", "took, most",
            "late, half", "late, most",
        ]
        let rows = view.jobs.map { job in
            let figures = Figures(job)
            let last = job.last.first.map {
                "\(badge($0)) <span class=\"when\">\(Moment.short($0.started ?? $0.scheduled))</span>"
            }
            return [
                jobName(job.name) + (job.isPaused ? " <em>paused</em>" : "") + buttons(job),
                last ?? "never", job.rate.map(Markup.share) ?? "–", shares(job), Markup.number(job.ended),
                sparks(job.last), span(figures.took?.half), span(figures.took?.most), span(figures.late?.half),
                span(figures.late?.most),
            ]
        }
        let more = view.hasMoreJobs ? "<p>These are the \(Overview.mostJobs) jobs that ended last.</p>" : ""
        return framed(head, texts: 2, rows) + more
    }

    /// A table, whose first columns are text and the others numbers.
    private func framed(_ head: [String], texts: Int, _ rows: [[String]]) -> String {
        func line(_ cells: [String], _ tag: String, _ name: String) -> String {
            let words = cells.enumerated().map { "<\(tag)\($0 < texts ? " class=\"text\"" : "")>\($1)</\(name)>" }
            return "<tr>\(words.joined())</tr>\n"
        }
        return """
            <div class="box table" tabindex="0"><table><thead>\(line(head, "th scope=\"col\"", "th"))</thead>
            <tbody>\(rows.map { line($0, "td", "td") }.joined())</tbody></table></div>
            """
    }

    private func span(_ seconds: Double?) -> String { seconds.map(Markup.span) ?? "–" }

    private func badge(_ run: Overview.Entry) -> String {
        "<span class=\"badge \(Timeline.style(run.state))\">\(run.state)</span>"
    }

    /// A bar with the shares of the states.
    private func shares(_ job: Overview.Job) -> String {
        var (x, bars) = (0, "")
        for state in Overview.states {
            guard let count = job.counts[state], count > 0 else { continue }
            let width = max(2, count * 100 / max(1, job.ended))
            bars += """
                <rect class="\(Timeline.style(state))" x="\(x)" y="0" width="\(width)" height="10">\
                <title>\(state): \(Markup.number(count))</title></rect>
                """
            x += width
        }
        return "<svg class=\"shares\" width=\"100\" height=\"10\" viewBox=\"0 0 \(max(100, x)) 10\">\(bars)</svg>"
    }

    /// How long the last runs took, the newest at the right.
    private func sparks(_ runs: [Overview.Entry]) -> String {
        let longest = max(runs.compactMap(\.seconds).max() ?? 0, 1e-9)
        let bars = runs.enumerated().map { index, run in
            let height = run.seconds.map { 3 + Int(19 * $0 / longest) } ?? 3
            let words = "run \(run.id) \(run.state)" + (run.seconds.map { ", " + Markup.span($0) } ?? "")
            return """
                <rect class="\(Timeline.style(run.state))" x="\((Overview.recent - 1 - index) * 4)" y="\(22 - height)" \
                width="3" height="\(height)"><title>\(words)</title></rect>
                """
        }
        return "<svg class=\"sparks\" width=\"\(Overview.recent * 4)\" height=\"22\">\(bars.joined())</svg>"
    }

    // MARK: - Runs

    private func table(_ runs: [Overview.Entry], _ now: Double, _ isShared: Bool = false) -> String {
        guard !runs.isEmpty else { return "<p>There are none.</p>" }
        let rows = runs.map { run in
            let isLink = live != nil && run.machine == nil
            let number = isLink ? "<a href=\"/run/\(run.id)\">\(run.id)</a>" : "\(run.id)"
            let machine = isShared ? [escaped(run.machine ?? History.Run.machine)] : []
            let why = (run.error ?? run.reason).map { firstLine($0) } ?? ""
            let soFar = run.state == "running" ? run.started.map { Markup.span(max(0, now - $0)) + " so far" } : nil
            return machine + [
                number, jobName(run.job), badge(run) + (run.attempt > 1 ? " attempt \(run.attempt)" : ""),
                "<span class=\"why\">\(escaped(why))</span>" + (run.state == "succeeded" ? "" : buttons(run)),
                Moment.short(run.started ?? run.scheduled),
                soFar ?? span(run.seconds), span(run.late),
            ]
        }
        let head = ["run", "job", "state", "", "when", "took", "late"]
        return framed((isShared ? ["machine"] : []) + head, texts: isShared ? 5 : 4, rows)
    }

    private func firstLine(_ text: String) -> String {
        let line = text.prefix { $0 != "\n" }
        return line.count > 200 ? line.prefix(199) + "…" : String(line)
    }

    /// The ways to other runs, or how many have no row.
    private func paths(_ view: Overview) -> String {
        let question = view.question
        guard live != nil else {
            let rest = view.runs.count - Self.rows
            return rest > 0 ? "<p>The timeline also shows \(counted(rest, "run")) before these.</p>" : ""
        }
        guard let last = view.runs.prefix(Self.rows).last(where: { $0.machine == nil }),
            view.runs.count > Self.rows || view.hasMore
        else {
            return ""
        }
        return
            "<p><a href=\"\(address(job: question.job, failed: question.failed, before: last.id))\">older runs</a></p>"
    }

    // MARK: - One run

    /// What a run has written, as far as the page shows it.
    struct Written {
        let text: String
        /// So many bytes before it are left out.
        let left: Int
    }

    func run(_ run: Overview.Entry, beside: [Overview.Entry], _ written: Written) -> String {
        let facts: [(String, String?)] = [
            ("job", jobName(run.job)), ("state", badge(run) + buttons(run)), ("attempt", "\(run.attempt)"),
            ("scheduled", Moment.short(run.scheduled)), ("began", run.started.map(Moment.short)),
            ("ended", run.ended.map(Moment.short)), ("took", run.seconds.map(Markup.span)),
            ("late", run.late.map(Markup.span)), ("error", run.error.map { "<pre>\(escaped($0))</pre>" }),
            ("reason", run.reason.map(escaped)), ("machine", escaped(History.Run.machine)),
        ]
        let list = facts.compactMap { name, value in value.map { "<dt>\(name)</dt><dd>\($0)</dd>" } }
        let cut = written.left == 0 ? "" : "<p>\(Markup.number(written.left)) bytes before this are left out.</p>"
        let text =
            written.text.isEmpty
            ? "<p>It has written nothing\(run.isUnfinished ? " yet" : "").</p>"
            : "\(cut)<pre class=\"box output\">\(escaped(written.text))</pre>"
        let output = text + "<p><a href=\"/run/\(run.id)/output\">the whole output as text</a></p>"
        return document(
            "run \(run.id) of \(run.job)",
            """
            <header><h1>Run \(run.id) of <bdi>\(escaped(run.job))</bdi></h1>
            <p><a href="/">everything</a> <a href="\(address(job: run.job))">all runs of this job</a></p></header>
            <section><dl>\(list.joined())</dl></section>
            \(section("Output", output))
            \(beside.isEmpty ? "" : section("At the same time", table(beside, Moment.now)))
            """)
    }

    // MARK: - Buttons

    private func buttons(_ job: Overview.Job) -> String {
        form("start", "job", job.name, "Start")
            + (job.isPaused ? form("resume", "job", job.name, "Resume") : form("pause", "job", job.name, "Pause"))
    }

    private func buttons(_ run: Overview.Entry) -> String {
        if run.machine != nil { return "" }
        return run.isUnfinished
            ? form("cancel", "run", "\(run.id)", "Cancel") : form("retry", "run", "\(run.id)", "Retry")
    }

    private func form(_ command: String, _ name: String, _ value: String, _ label: String) -> String {
        guard let token = live?.token else { return "" }
        return """
            <form method="post" action="/\(command)"><input type="hidden" name="token" value="\(token)">\
            <input type="hidden" name="\(name)" value="\(escaped(value))"><button>\(label)</button></form>
            """
    }

    // MARK: - The frame

    /// A page that says one thing.
    func message(_ title: String, _ text: String) -> String {
        document(
            title,
            "<header><h1>\(escaped(title))</h1><p>\(escaped(text))</p><p><a href=\"/\">everything</a></p></header>",
            follows: false)
    }

    /// `follows`: it shows what changes meanwhile.
    private func document(_ title: String, _ body: String, follows: Bool = true) -> String {
        let nonce = Secret.text()
        let head =
            live == nil
            ? """
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'nonce-\(nonce)'; \
            script-src 'nonce-\(nonce)'">
            <style nonce="\(nonce)">\(Self.css)</style>
            """
            : """
            <link rel="stylesheet" href="/page.css">
            <script src="/page.js" defer></script>
            \(follows ? "<noscript><meta http-equiv=\"refresh\" content=\"30\"></noscript>" : "")
            """
        let script = live == nil ? "<script nonce=\"\(nonce)\">\(Self.script)</script>" : ""
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(escaped(title))</title>
            \(head)
            </head>
            <body>
            <main\(live != nil && follows ? " data-live" : "")>
            \(body)
            </main>
            \(script)
            </body>
            </html>

            """
    }

    private func escaped(_ text: String) -> String { Markup.escaped(text) }
}
