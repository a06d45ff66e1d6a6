import Foundation
import FoundationXML
import Testing

@testable import JobsCore

@Suite struct ReportTests {
    private func report(_ place: TemporaryFolder, _ name: String = "out.html") throws -> String {
        let path = "\(place.folder.path)/\(name)"
        _ = try Report.write(place.folder, job: nil, failed: false, count: 10_000, path)
        return try String(contentsOfFile: path, encoding: .utf8)
    }

    @Test func `The report shows each state, rates, durations and lateness, and needs no other file`() throws {
        let place = try TemporaryFolder()
        try place.fillWithAll()
        let html = try report(place)
        #expect(wrongMarkup(html) == nil)
        for state in Overview.states where state != "waiting" {
            #expect(html.contains("<rect class=\"\(Timeline.style(state))\" x="), "\(state) is not on the timeline")
        }
        #expect(html.contains("<b>2</b> <i class=\"key succeeded\"></i>succeeded"))
        #expect(html.contains("<b>1</b> <i class=\"key running\"></i>running"))
        // One of four that succeeded or failed.
        #expect(html.contains("<td>25.0 %</td>") && html.contains("<td>100 %</td>"))
        #expect(html.contains("a: run 1 succeeded\n") && html.contains(", 9.50 s"))
        #expect(html.contains("exit code 1") && html.contains("the runner did not run"))
        // The name of SVG is no address.
        #expect(!html.replacing("http://www.w3.org/2000/svg", with: "").contains("://"))
        #expect(!html.contains("src=") && !html.contains("<link"))
        #expect(!html.contains("<form") && !html.contains("href=\"/"))
        // Only the scripts and styles of the page itself run.
        let nonces = Set(html.matches(of: /nonce[=-]["]?([0-9a-f]{32})/).map { String($0.1) })
        #expect(nonces.count == 1)
    }

    @Test func `A report without runs says so`() throws {
        let place = try TemporaryFolder()
        try place.fill([])
        let html = try report(place)
        #expect(wrongMarkup(html) == nil)
        #expect(html.contains("; no runs.") && html.matches(of: /<p>There are none.<\/p>/).count == 3)
    }

    @Test func `Names, errors and reasons are text and nothing else`() throws {
        let place = try TemporaryFolder()
        try place.fill([
            .init(job: hostile, state: "failed", scheduled: 0, started: 0, ended: 1, error: hostile + "\nmore\0"),
            .init(job: "b", state: "missed", scheduled: 0, ended: 1, reason: hostile),
        ])
        let html = try report(place)
        #expect(wrongMarkup(html) == nil)
        #expect(html.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &quot;&amp;amp; ığüş \u{1F600}"))
        #expect(!html.contains("<script>alert") && !html.contains("\u{1B}") && !html.contains("\0"))
        #expect(html.contains("\u{241B}[31m"))
    }

    @Test func `Runs of a job at the same time lie in rows of their own, those of other times in the first`() {
        let runs = [(0.0, 10.0), (5, 15), (10, 20), (30, 40)].enumerated().map { index, times in
            entry(index + 1, "a", "succeeded", times.0, times.1)
        }
        let lane = Timeline(runs, now: 50).lanes[0]
        #expect(lane.rows == 2)
        #expect(lane.bars.matches(of: /y="(\d+)"/).map { $0.1 } == ["4", "16", "4", "4"])
    }

    private func entry(_ id: Int, _ job: String, _ state: String, _ begun: Double?, _ ended: Double?) -> Overview.Entry
    {
        .init(
            id: id, job: job, state: state, attempt: 1, scheduled: begun ?? 0, started: begun, ended: ended, error: nil,
            reason: nil)
    }

    @Test func `A timeline of any length has eight marks of time at most, and at least one`() {
        for length in [0.001, 1, 7, 100, 5000, 90_000, 1e6, 3e7, 3e9] {
            let ticks = Timeline([entry(1, "a", "succeeded", 1e9, 1e9 + length)], now: 1e9).ticks
            #expect(
                (1...9).contains(ticks.count) && ticks.allSatisfy { (0...Timeline.width).contains($0.x) }, "\(length)")
        }
    }

    @Test func `Ten thousand runs of many jobs have a page, and its lanes are bounded`() throws {
        let runs = (0..<10_000).map { entry($0, "job \($0 % 300)", "succeeded", Double($0), Double($0) + 0.5) }
        let timeline = Timeline(runs, now: 10_000)
        #expect(timeline.lanes.count == 200 && timeline.left == 100)
    }

    @Test func `A picture is an XML document with a name for each lane`() throws {
        let place = try TemporaryFolder()
        try place.fillWithAll(hostile)
        let parser = XMLParser(data: Data(try report(place, "out.svg").utf8))
        let names = Names()
        parser.delegate = names
        #expect(parser.parse(), "\(parser.parserError.map { "\($0)" } ?? "")")
        #expect(names.elements.filter { $0 == "svg" }.count == 3)
        #expect(!names.elements.contains("script"))
    }

    private final class Names: NSObject, XMLParserDelegate {
        var elements: [String] = []
        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String]
        ) { elements.append(name) }
    }

    @Test func `The commands report and export write files in one step, or say why not`() throws {
        let place = try TemporaryFolder()
        try place.fillWithAll()
        let path = place.folder.path
        let report = try Program.run("report", "\(path)/out.html", "--dir", path)
        #expect(report.status == 0 && report.output == "\(path)/out.html: 9 runs, 2 jobs\n")
        let json = try Program.run("report", "--json", "--dir", path)
        let jobs = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: Any]]
        #expect(jobs?.map { $0["job"] as? String } == ["a", "b"] && jobs?[0]["succeeded"] as? Double == 0.25)
        #expect((jobs?[0]["runs"] as? [String: Int])?["timed out"] == 1)
        #expect(try Program.run("export", "--metrics", "\(path)/jobs.prom", "--dir", path).status == 0)
        let metrics = try String(contentsOfFile: "\(path)/jobs.prom", encoding: .utf8)
        #expect(metrics == (try Program.run("export", "--metrics", "-", "--dir", path).output))
        #expect(metrics.hasSuffix("# EOF\n"))
        // Nothing else is left beside them.
        let left = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        #expect(left == [".luaconc-jobs", "jobs.prom", "out.html"])

        let nowhere = try Program.run("export", "--metrics", "\(path)/no/jobs.prom", "--dir", path)
        #expect(nowhere.status == 1)
        #expect(nowhere.errors == "luaconc-jobs: cannot write \(path)/no/jobs.prom: No such file or directory\n")
        #expect(try Program.run("report", path, "--dir", path).errors.contains("cannot write \(path): "))
        #expect(try Program.run("report", "--dir", path).status == 2)
    }

    @Test func `A file that cannot be replaced stays as it is, and its successor is taken away`() throws {
        let place = try TemporaryFolder(["folder/file": "old"])
        let path = place.folder.path
        #expect(throws: Refusal.self) { try AtomicFile.write("new", path + "/folder") }
        #expect(place.lines("folder/file") == ["old"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: path) == ["folder"])
        // A collector of text files takes what ends in .prom.
        try AtomicFile.write("new", path + "/x.prom")
        #expect(place.lines("x.prom") == ["new"])
    }

    @Test func `Spans, shares and numbers are words that people read`() {
        let spans = [0, 0.0421, 1.5, 12.34, 59.96, 200, 7500, 200_000].map(Markup.span)
        #expect(
            spans == ["0.000 s", "0.042 s", "1.50 s", "12.3 s", "1 min 0 s", "3 min 20 s", "2 h 05 min", "2 d 8 h"])
        #expect(Markup.share(0.9999) == "99.9 %" && Markup.share(1) == "100 %")
        #expect([0, 999, 1000, 1_234_567].map(Markup.number) == ["0", "999", "1,000", "1,234,567"])
    }
}
