import GRDB

/// Sums over all runs that have ended, by job and state, which SQLite keeps itself: with a million runs nobody has to
/// count them.
extension History {
    /// The condition of the indexes of failures, which must be the same to the letter.
    static let failed = "state IN ('failed', 'timed out', 'lost')"

    /// `began`: how many of them had begun; `late`: seconds between the times of first attempts and their beginnings.
    static let tallySchema = """
        CREATE TABLE tally (
            job TEXT NOT NULL, state TEXT NOT NULL, count INTEGER NOT NULL, began INTEGER NOT NULL, seconds REAL NOT NULL,
            first INTEGER NOT NULL, late REAL NOT NULL, last REAL NOT NULL, PRIMARY KEY (job, state)
        ) WITHOUT ROWID;
        INSERT INTO tally \(counted);
        CREATE TRIGGER runEnded AFTER UPDATE OF ended ON run WHEN old.ended IS NULL AND new.ended IS NOT NULL
        BEGIN \(entry) END;
        CREATE TRIGGER runNeverBegan AFTER INSERT ON run WHEN new.ended IS NOT NULL
        BEGIN \(entry) END;
        CREATE INDEX runFailedOfJob ON run (job, id) WHERE \(failed);
        """

    private static let entry = """
        INSERT INTO tally VALUES (
            new.job, new.state, 1, new.started IS NOT NULL, ifnull(max(0, new.ended - new.started), 0),
            new.started IS NOT NULL AND new.attempt = 1,
            iif(new.attempt = 1, ifnull(max(0, new.started - new.scheduled), 0), 0), new.ended)
        ON CONFLICT (job, state) DO UPDATE SET
            count = count + 1, began = began + excluded.began, seconds = seconds + excluded.seconds,
            first = first + excluded.first, late = late + excluded.late, last = max(last, excluded.last);
        """

    private static let counted = """
        SELECT job, state, count(*) AS count, count(started) AS began,
            total(max(0, ended - started)) AS seconds,
            sum(started IS NOT NULL AND attempt = 1) AS first,
            total(iif(attempt = 1, max(0, started - scheduled), 0)) AS late, max(ended) AS last
        FROM run WHERE ended IS NOT NULL GROUP BY job, state
        """

    /// Where the sums are: a history that no runner has opened since the last version has none yet.
    static func tally(_ db: Database) throws -> String {
        try db.tableExists("tally") ? "tally" : "(\(counted))"
    }
}
