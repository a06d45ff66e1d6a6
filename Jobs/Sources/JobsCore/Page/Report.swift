/// The page as a file, and the numbers as a file.
public enum Report {
    /// What a report shows: so many runs of so many jobs.
    public struct Written: Sendable {
        public let runs: Int
        public let jobs: Int
    }

    /// Writes the page as one file with everything in it; with a name that ends in `.svg`, its timeline alone, as a picture.
    public static func write(_ folder: Folder, job: String?, failed: Bool, count: Int, _ path: String) throws -> Written
    {
        let view = try overview(folder, job: job, failed: failed, count: count)
        let text =
            path.hasSuffix(".svg")
            ? Timeline(view.runs, now: view.now).picture(Page.runsCSS)
            : Page(folder: folder.path, live: nil).overview(view)
        try AtomicFile.write(text, path)
        return Written(runs: view.runs.count, jobs: view.jobs.count)
    }

    /// The figures of the jobs, as JSON.
    public static func json(_ folder: Folder, job: String?) throws -> String {
        try JSONText.of(overview(folder, job: job, failed: false, count: 0).jobs.map(Figures.init))
    }

    private static func overview(_ folder: Folder, job: String?, failed: Bool, count: Int) throws -> Overview {
        let question = Overview.Question(job: job, failed: failed, count: count)
        return try History(folder, writes: false).overview(question)
    }

    /// Writes the metrics of a history into a file.
    public static func export(_ folder: Folder, metrics path: String) throws {
        try AtomicFile.write(Metrics.text(History(folder, writes: false)), path)
    }
}
