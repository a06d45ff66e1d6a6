import CKernel
import Glibc

/// A program that is to be started, and with what. Words are bytes, as the system has them; none holds a zero.
struct Launch: Sendable {
    /// The files that it may be in, in the order in which they are tried.
    var files: [[UInt8]]
    var words: [[UInt8]]
    /// `NAME=value`; nil: this process's own.
    var environment: [[UInt8]]?
    /// Where it runs; nil: where this process does.
    var folder: [UInt8]?
    /// The descriptors that become its standard streams.
    var streams: [Int32] = [0, 1, 2]
    /// Its standard error goes where its standard output goes.
    var mergesErrors = false
    /// Descriptors that must stay open until it has started.
    var held: [Descriptor] = []
    /// The descriptors that become its numbers 3, 4 and so on.
    var extra: [Int32] = []
    /// By how much its priority is lower than this process's.
    var nice: Int32 = 0
    /// It stays in this process's group, as a program that reads from the terminal must. Otherwise it leads its own.
    var joinsGroup = false
    /// What it starts dies with this process as well (`guard.c`). Lua children do that by themselves.
    var isGuarded = false
    /// It goes on when this process dies.
    var isDetached = false
    /// It raises these before it becomes the program. `ChildMain` raises those of Lua children.
    var walls: Walls?

    /// Why a program could not be started: errno, and whether entering its folder or its sandbox failed.
    struct Failure: Error {
        let code: Int32
        let isFolder: Bool
        var isSandbox = false

        /// Runs the body; a system call that fails in it counts as a failure to start.
        static func catching<R>(_ body: () throws(SystemError) -> R) throws(Failure) -> R {
            do throws(SystemError) { return try body() } catch { throw Failure(code: error.code, isFolder: false) }
        }

        var text: String { SystemError(call: "", code: code).text }
    }

    /// Without `file` the program is looked for as a shell does: a name without a slash in the folders of `PATH`.
    init(_ words: [[UInt8]], file: [UInt8]? = nil, environment: [[UInt8]]? = nil) {
        self.words = words
        self.environment = environment
        if let file {
            files = [file]
            return
        }
        let name = words.first ?? []
        if name.isEmpty || name.contains(UInt8(ascii: "/")) {
            files = [name]
        } else {
            let folders = Self.path(environment).split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            files = folders.map { $0.isEmpty ? name : $0 + [UInt8(ascii: "/")] + name }
        }
    }

    /// Makes one of its streams a pipe, if that is wanted. Returns the end that stays here.
    mutating func pipe(_ stream: Int, if isWanted: Bool) throws(SystemError) -> Descriptor? {
        guard isWanted else { return nil }
        let (reader, writer) = try Descriptor.pipe()
        let (ours, theirs) = stream == 0 ? (writer, reader) : (reader, writer)
        streams[stream] = theirs.number
        held.append(theirs)
        return ours
    }

    private static func path(_ environment: [[UInt8]]?) -> [UInt8] {
        let prefix = Array("PATH=".utf8)
        let own =
            environment == nil ? getenv("PATH").map { Array(UnsafeBufferPointer(start: $0, count: strlen($0))) } : nil
        return own?.map(UInt8.init(bitPattern:))
            ?? environment?.first { $0.starts(with: prefix) }.map { Array($0.dropFirst(prefix.count)) }
            ?? Array("/usr/local/bin:/usr/bin:/bin".utf8)
    }

    /// The files that it may be in, as this process finds them, which may be in another folder.
    var placesOfFile: [[UInt8]] {
        let slash = UInt8(ascii: "/")
        return files.map { file in
            if file.first != slash, let folder { folder + [slash] + file } else { file }
        }
    }

    /// The descriptors that become its numbers 0, 1, 2 and so on.
    var all: [Int32] { streams[..<2] + [streams[mergesErrors ? 1 : 2]] + extra }

    /// Opens the folder; nil is the current one. On failure the number of the descriptor is minus errno.
    static func open(folder: [UInt8]?) -> Descriptor {
        Descriptor(withBytes(folder) { system_open_folder($0) })
    }

    /// The variables of this process.
    static var ownEnvironment: [[UInt8]] {
        var variables: [[UInt8]] = []
        var next = system_environment()
        while let variable = next?.pointee {  // sound: nobody changes the environment
            variables.append(Array(UnsafeRawBufferPointer(start: variable, count: strlen(variable))))
            next = next?.advanced(by: 1)
        }
        return variables
    }

    /// Starts the program. To be called on a thread that lives as long as the process: the program dies with the
    /// thread. Returns its process number and a pidfd.
    func start() throws(Failure) -> (pid: Int32, descriptor: Int32) {
        var descriptor: Int32 = -1
        var stage = SYSTEM_AT_START
        let pid = Self.withVector(files) { files in
            Self.withVector(words) { words in
                Self.withVector(environment ?? []) { variables in
                    Self.withBytes(folder) { folder in
                        var launch = system_launch()
                        launch.paths = UnsafeRawPointer(files).assumingMemoryBound(to: UnsafePointer<CChar>?.self)
                        launch.argv = words
                        launch.envp = environment == nil ? system_environment() : variables
                        launch.folder = folder
                        launch.joins_group = joinsGroup
                        launch.is_guarded = isGuarded
                        launch.is_detached = isDetached
                        launch.nice = nice
                        let all = all + (walls.map { [$0.rules.number] } ?? [])
                        launch.count = Int32(all.count)
                        return all.withUnsafeBufferPointer { descriptors in
                            (walls?.bytes ?? []).withUnsafeBytes { bytes in
                                launch.descriptors = descriptors.baseAddress
                                if walls != nil {
                                    launch.walls = bytes.baseAddress?.assumingMemoryBound(to: system_walls.self)
                                }
                                return system_start_program(&launch, &descriptor, &stage)
                            }
                        }
                    }
                }
            }
        }
        guard pid > 0 else {
            throw Failure(code: -pid, isFolder: stage == SYSTEM_AT_FOLDER, isSandbox: stage == SYSTEM_AT_WALLS)
        }
        return (pid, descriptor)
    }

    private typealias Vector = UnsafePointer<UnsafeMutablePointer<CChar>?>

    /// The strings one after the other, and a vector of pointers to them that ends with a null pointer.
    private static func withVector(_ strings: [[UInt8]], _ body: (Vector) -> Int32) -> Int32 {
        var bytes: [CChar] = []
        var offsets: [Int] = []
        for string in strings {
            offsets.append(bytes.count)
            bytes += string.map(CChar.init(bitPattern:)) + [0]
        }
        return bytes.withUnsafeMutableBufferPointer { bytes in
            let pointers = offsets.map { offset in bytes.baseAddress.map { $0 + offset } } + [nil]
            return pointers.withUnsafeBufferPointer { $0.baseAddress.map(body) ?? -EINVAL }
        }
    }

    private static func withBytes(_ bytes: [UInt8]?, _ body: (UnsafePointer<CChar>?) -> Int32) -> Int32 {
        guard let bytes else { return body(nil) }
        return (bytes.map(CChar.init(bitPattern:)) + [0]).withUnsafeBufferPointer { body($0.baseAddress) }
    }
}
