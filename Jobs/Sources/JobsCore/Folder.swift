import Glibc

/// A folder of jobs, and where in it the runner keeps what it remembers.
///
/// The history lies in the folder, not in the user's home: whoever moves or backs up the jobs takes it along, and two
/// folders never share one.
public struct Folder: Sendable {
    public let path: String

    /// Throws if there is no such folder.
    public init(_ path: String) throws(Refusal) {
        guard let resolved = realpath(path, nil) else { throw Refusal("there is no folder '\(path)'") }
        self.path = String(cString: resolved)
        free(resolved)
        guard let status = Self.status(self.path), status.st_mode & S_IFMT == S_IFDIR else {
            throw Refusal("'\(path)' is no folder")
        }
    }

    /// What belongs to the runner, readable for its user alone.
    public var memory: String { path + "/.luaconc-jobs" }
    public var history: String { memory + "/history.sqlite" }
    /// Where the runner is asked for something.
    var control: String { memory + "/control" }
    var lock: String { memory + "/lock" }
    /// What allows the one who knows it to control the runner on the page.
    var pageSecret: String { memory + "/page-secret" }
    /// The outputs of runs that have not ended: a file each, whose name is the number of the run.
    public var outputs: String { memory + "/running" }

    /// Makes the folders of the runner that are missing.
    func prepare() throws(Refusal) {
        for folder in [memory, outputs] where mkdir(folder, 0o700) != 0 && errno != EEXIST {
            throw Refusal("cannot make the folder \(folder): \(reason())")
        }
    }

    /// A file of jobs. `stamp` differs when the file has changed.
    struct Entry: Codable {
        let name: String
        let stamp: String
    }

    /// The files of jobs in a folder, by name.
    static func entries(_ path: String) -> [Entry] {
        names(path).filter { $0.hasSuffix(".lua") && !$0.hasPrefix(".") }.sorted()
            .map { Entry(name: $0, stamp: stamp("\(path)/\($0)")) }
    }

    /// What is different when a file, or a file in a folder of modules, has changed. Empty: it is not there.
    static func stamp(_ path: String) -> String {
        guard let status = status(path) else { return "" }
        if status.st_mode & S_IFMT == S_IFDIR {
            return entries(path).map { "\($0.name)=\($0.stamp)" }.joined(separator: "/")
        }
        return "\(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec):\(status.st_size):\(status.st_ino)"
    }

    static func names(_ path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    private static func status(_ path: String) -> stat? {
        var status = stat()
        return stat(path, &status) == 0 ? status : nil
    }
}

/// What the last system call says went wrong.
func reason() -> String { String(cString: strerror(errno)) }

/// Writes bytes to a descriptor, all of them unless nobody reads them any more.
public func write(_ bytes: some Collection<UInt8>, _ descriptor: Int32) {
    var rest = Array(bytes)[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno != EINTR { return }
        rest = rest.dropFirst(max(0, count))
    }
}
