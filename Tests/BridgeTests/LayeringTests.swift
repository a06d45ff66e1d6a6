import Foundation
import Testing

/// The house rules that no compiler checks: who may use whom, and what Swift may call of Lua.
///
/// A source is read as names outside comments and strings, which is enough: what counts is whether a name occurs.
@Suite struct LayeringTests {
    /// Folders of `Sources/Bridge` from the outermost to the innermost; `Runtime` stands for the files beside them.
    /// Each uses itself and what stands after it.
    private static let layers = [
        "Runtime", "Modules", "Processes", "Workers", "Lua", "Links", "Concurrency", "System", "Calendar",
        "Values",
    ]

    /// Outside the folder that is for it, a library needs a reason to be imported.
    private static let imports: [(library: String, home: Set<String>, exceptions: [String: String])] = [
        (
            "Glibc", ["System"],
            [
                "Values/LargeBlocks.swift": "malloc and free, which can fail without ending the program",
                "Values/GrowingBytes.swift": "realloc, which grows large blocks without a copy",
                "Modules/OSModule.swift": "EXIT_SUCCESS and EXIT_FAILURE, which os.exit is defined by",
            ]
        ),
        // Which of its functions may be called is another test's matter.
        ("CLua", ["Lua"], [:]),
        ("CFence", ["Lua"], [:]),
        (
            "CKernel", ["System"],
            [
                "Values/LargeBlocks.swift": "the store of large blocks, which the states' memory shares",
                "Values/GrowingBytes.swift": "whether there is room for more, where memory is bounded",
                "Values/NestedReleases.swift": "a place that each thread has for itself",
            ]
        ),
    ]

    @Test func `a folder uses only itself and those to its right`() {
        #expect(Self.violations(of: Source.bridge) == [])
    }

    @Test func `a use to the left is found`() {
        let sources = [
            Source(path: "Workers/A.swift", text: "struct A { let b: B; enum Kind {} }"),
            Source(path: "Values/B.swift", text: "struct B { // A\n let name = \"A\", kind = Kind.b\n enum Kind {} }"),
            Source(path: "System/C.swift", text: "struct C {\n var a: [B: A] }\nprivate enum D {}"),
            Source(path: "Values/D.swift", text: "struct E<D> { let d: D }"),
        ]
        #expect(Self.violations(of: sources) == ["System/C.swift:2 uses A of Workers"])
    }

    /// What uses a type that is declared only further to the left.
    private static func violations(of sources: [Source]) -> [String] {
        var homes: [String: Set<Int>] = [:]
        for source in sources {
            for name in source.types { homes[name, default: []].insert(layer(of: source)) }
        }
        var violations: [String] = []
        for source in sources {
            // `T.Type` is the language's; the `Type` that a host makes is named in `Lua` and by hosts.
            for word in source.words where !source.privateTypes.contains(word.text) && word.text != "Type" {
                guard let home = homes[word.text]?.max(), home < layer(of: source) else { continue }
                violations.append("\(source.path):\(word.line) uses \(word.text) of \(layers[home])")
            }
        }
        return violations
    }

    private static func layer(of source: Source) -> Int { layers.firstIndex(of: source.folder) ?? 0 }

    @Test func `every folder has its place in the order`() {
        let folders = Set(Source.bridge.map(\.folder))
        #expect(folders.subtracting(Self.layers) == [])
        #expect(folders.count == Self.layers.count)
    }

    @Test func `only the folders that are for it import a library`() {
        var violations: [String] = []
        for source in Source.bridge {
            for rule in Self.imports where source.imports.contains(rule.library) {
                if rule.home.contains(source.folder) || rule.exceptions[source.path] != nil { continue }
                violations.append("\(source.path) imports \(rule.library)")
            }
        }
        #expect(violations == [])
    }

    @Test func `an exception that nobody needs is gone`() {
        for rule in Self.imports {
            for path in rule.exceptions.keys {
                let source = Source.bridge.first { $0.path == path }
                #expect(source?.imports.contains(rule.library) == true, "\(path) does not import \(rule.library)")
            }
        }
    }

    @Test func `Foundation is imported nowhere`() {
        let importers = Source.all.filter { $0.imports.contains { $0.hasPrefix("Foundation") } }
        #expect(importers.map(\.path) == [])
    }

    // MARK: - The time

    @Test func `only the folder of the system reads its clock`() {
        #expect(Source.all.filter { $0.folder != "System" }.flatMap(Self.readings) == [])
    }

    @Test func `a reading of the system's clock is found`() {
        let text = """
            let a = clock.now, b = Runtime.Clock.system
            let c = Clock.now
            let d = Bridge.Clock
                .wall
            let e = ContinuousClock.now, f: LoopClock = .ofMachine
            """
        let found = Self.readings(Source(path: "Workers/X.swift", text: text))
        #expect(found == [2, 3, 5, 5].map { "Workers/X.swift:\($0)" })
    }

    /// Where a file reads a clock that it was not given.
    private static func readings(_ source: Source) -> [String] {
        let ofTheSystem: Set = ["ContinuousClock", "SuspendingClock", "clock_gettime", "gettimeofday"]
        // A program is given its clock there, and a host asks for the machine's time.
        let makers: Set = ["Workers/Program.swift", "Runtime+Clock.swift"]
        var violations: [String] = []
        for (index, word) in source.words.enumerated() {
            let isRead =
                switch word.text {
                case "Clock": ["now", "coarse", "wall"].contains(source.words.dropFirst(index + 1).first?.text)
                case "ofMachine": !makers.contains(source.path)
                default: ofTheSystem.contains(word.text)
                }
            if isRead { violations.append("\(source.path):\(word.line)") }
        }
        return violations
    }

    // MARK: - What other threads take (Publishing.swift)

    @Test func `what is published is in order before`() {
        #expect(Source.all.flatMap(Self.unordered) == [])
    }

    @Test func `an atomic operation that releases out of order is found`() {
        let text = """
            keepOrder()
            a.store(1, ordering: .releasing)
            func f() {
                b.exchange(
                    2, ordering: .acquiringAndReleasing)
            }
            """
        #expect(Self.unordered(Source(path: "X.swift", text: text)) == ["X.swift:5 releases"])
    }

    /// Where something releases and nothing in the same statement, or just before it, keeps the order.
    private static func unordered(_ source: Source) -> [String] {
        var violations: [String] = []
        var isOrdered = false
        for word in source.words {
            switch word.text {
            case "keepOrder": isOrdered = true
            case "func", "set", "get": isOrdered = false
            case "releasing", "acquiringAndReleasing":
                if !isOrdered { violations.append("\(source.path):\(word.line) releases") }
                isOrdered = false
            default: break
            }
        }
        return violations
    }

    @Test func `references in raw memory go through one place`() {
        let allowed = [
            "System/Publishing.swift",
            // Which one thread has for itself.
            "Concurrency/TimerQueue.swift", "Values/NestedReleases.swift", "Workers/WaitingTimers.swift",
        ]
        var violations: [String] = []
        for source in Source.all where !allowed.contains(source.path) {
            for word in source.words where ["passRetained", "takeRetainedValue", "Mutex"].contains(word.text) {
                violations.append("\(source.path):\(word.line) names \(word.text)")
            }
        }
        #expect(violations == [])
    }

    // MARK: - The fence

    /// The manual's marks: `-` never raises, `m` only for want of memory, which cannot happen while a Swift frame is on
    /// the stack. `e` and `v` may jump at any time, and so must not be called with a Swift frame below.
    private static let callable: Set<String> = [
        // Marked `-`.
        "lua_absindex", "lua_checkstack", "lua_copy", "lua_dump", "lua_gc", "lua_getallocf", "lua_gethook",
        "lua_gethookcount", "lua_gethookmask", "lua_getiuservalue", "lua_getlocal", "lua_getmetatable", "lua_getstack",
        "lua_gettop", "lua_getupvalue", "lua_iscfunction", "lua_isinteger", "lua_isnumber", "lua_isstring",
        "lua_isuserdata", "lua_isyieldable", "lua_load", "lua_pushboolean", "lua_pushinteger",
        "lua_pushlightuserdata", "lua_pushnil", "lua_pushnumber", "lua_pushthread", "lua_pushvalue", "lua_rawequal",
        "lua_rawget", "lua_rawgeti", "lua_rawgetp", "lua_rawlen", "lua_resetthread", "lua_rotate", "lua_sethook",
        "lua_setiuservalue", "lua_setlocal", "lua_setmetatable", "lua_setupvalue", "lua_setwarnf", "lua_status",
        "lua_stringtonumber", "lua_toboolean", "lua_tocfunction", "lua_tointegerx", "lua_tonumberx", "lua_topointer",
        "lua_tothread", "lua_touserdata", "lua_type", "lua_typename", "lua_upvalueid", "lua_upvaluejoin",
        "lua_version", "lua_warning", "lua_xmove", "luaL_loadbufferx", "luaL_setmetatable", "luaL_unref",
        // Marked `m`.
        "lua_createtable", "lua_getinfo", "lua_newthread", "lua_newuserdatauv", "lua_pushcclosure", "lua_pushlstring",
        "lua_pushstring", "lua_rawset", "lua_rawseti", "lua_rawsetp", "lua_tolstring", "luaL_getmetafield",
        "luaL_loadfilex", "luaL_newmetatable", "luaL_ref", "luaL_testudata", "luaL_traceback", "luaL_where",
        // Marked otherwise, but with a condition that Swift keeps: no slot that it drops is marked to be closed; the
        // key given is nil or one that the table has just given.
        "lua_settop", "lua_next",
        // Types.
        "lua_Debug", "lua_Integer", "lua_Number", "lua_State", "lua_Unsigned",
    ]

    private static let jumping: Set<String> = [
        "lua_error", "luaL_error", "lua_callk", "lua_yieldk", "lua_gettable", "lua_settable", "lua_concat",
        "lua_arith", "lua_compare", "lua_len",
    ]

    /// Not only by its import: that of the fence shows Lua's names, too.
    @Test func `Lua's API and the record of a state are named in one folder`() {
        var violations: [String] = []
        for source in Source.all where source.folder != "Lua" {
            for word in source.words where Self.isLua(word.text) {
                violations.append("\(source.path):\(word.line) names \(word.text)")
            }
        }
        #expect(violations == [])
    }

    private static func isLua(_ name: String) -> Bool {
        ["vm", "fence_vm"].contains(name) || ["lua_", "luaL_", "LUA_"].contains { name.hasPrefix($0) }
    }

    @Test func `Swift calls nothing of Lua that may jump over it`() {
        var violations: [String] = []
        for source in Source.all {
            for word in source.words where Self.jumping.contains(word.text) || word.text.hasPrefix("luaL_check") {
                violations.append("\(source.path):\(word.line) names \(word.text)")
            }
        }
        #expect(violations == [])
    }

    @Test func `Swift calls only what the manual marks as safe`() {
        let own = Set(Source.bridge.filter { $0.folder == "Lua" }.flatMap(\.functions)).union(Header.wrappers)
        var violations: [String] = []
        for source in Source.all {
            for word in source.words where word.text.hasPrefix("lua_") || word.text.hasPrefix("luaL_") {
                if Self.callable.contains(word.text) || own.contains(word.text) { continue }
                if source.functions.contains(word.text) { continue }
                violations.append("\(source.path):\(word.line) names \(word.text)")
            }
        }
        #expect(violations == [])
    }

    @Test func `the wrappers of macros call only what is safe`() {
        let macros: Set<String> = ["lua_upvalueindex", "lua_registryindex", "lua_gc", "lua_copyright"]
        let unknown = Header.names.subtracting(Self.callable).subtracting(macros).subtracting(Header.wrappers)
        #expect(unknown == [])
    }

    @Test func `what the fence offers to Swift does not jump`() throws {
        let file = Source.root.appendingPathComponent("CFence/include/CFence.h")
        let header = try String(contentsOf: file, encoding: .utf8)
        let marks = header.matches(of: /\[-[^,\]]+, \+[^,\]]+, (.)\]/).map { String($0.1) }
        #expect(!marks.isEmpty)
        #expect(marks.filter { $0 != "-" && $0 != "m" } == [])
    }
}

// MARK: - The two targets in C

/// CKernel is the operating system without Lua, CFence is Lua without the operating system.
@Suite struct CTargetTests {
    /// What a file of C includes, line by line.
    private struct File {
        let name: String
        let includes: [String]

        static func all(of target: String) throws -> [File] {
            let folder = Source.root.appendingPathComponent(target)
            let paths = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
            return try paths.filter { $0.hasSuffix(".c") || $0.hasSuffix(".h") }.sorted().map { path in
                let text = try String(contentsOf: folder.appendingPathComponent(path), encoding: .utf8)
                return File(name: path, text: text)
            }
        }

        init(name: String, text: String) {
            self.name = name
            includes = text.matches(of: /(?m)^\s*#\s*include\s*[<"]([^>"]+)[>"]/).map { String($0.1) }
        }
    }

    /// Processes, signals, threads, descriptors and mappings. Not among them: stdio.h, errno.h, string.h and others that
    /// say nothing of the kernel; dlfcn.h, by which doors.c finds out whose a function is.
    private static let ofTheSystem: Set<String> = [
        "dirent.h", "fcntl.h", "malloc.h", "poll.h", "pthread.h", "sched.h", "signal.h", "spawn.h", "termios.h",
        "time.h", "unistd.h",
    ]

    private static func isOfTheSystem(_ header: String) -> Bool {
        header.hasPrefix("sys/") || header.hasPrefix("linux/") || ofTheSystem.contains(header)
    }

    @Test func `CKernel knows nothing of Lua`() throws {
        let files = try File.all(of: "CKernel")
        #expect(!files.isEmpty)
        let ofLua: Set = ["lua.h", "luaconf.h", "lauxlib.h", "lualib.h", "CLua.h", "CFence.h"]
        let lua = files.filter { !ofLua.isDisjoint(with: $0.includes) }
        #expect(lua.map(\.name) == [])
    }

    @Test func `CFence leaves the system to CKernel`() throws {
        let files = try File.all(of: "CFence")
        #expect(!files.isEmpty)
        let found = files.flatMap { file in
            file.includes.filter(Self.isOfTheSystem).map { "\(file.name) includes \($0)" }
        }
        #expect(found == [])
    }

    @Test func `what is included is found however it is written`() {
        let file = File(name: "x.c", text: "#include <a.h>\n  # include \"b/c.h\" // d\n// #include <e.h>\n")
        #expect(file.includes == ["a.h", "b/c.h"])
    }
}

// MARK: - The scanner, on texts that try to fool it

@Suite struct SourceTests {
    @Test(arguments: [
        ("a // b\nc", ["a", "c"]),
        ("a /* b /* c */ d */ e", ["a", "e"]),
        (#"a "b \" c" d"#, ["a", "d"]),
        (#"a "b \(c) d" e"#, ["a", "c", "e"]),
        (#"a "b \(c("d", e) + f) g" h"#, ["a", "c", "e", "f", "h"]),
        ("a #\"b \" \\(c) \\#(d) e\"# f", ["a", "d", "f"]),
        ("a \"\"\"\nb \"c\" \\(d)\n\"\"\" e", ["a", "d", "e"]),
        (#"a "" b"#, ["a", "b"]),
        ("a1_b.c", ["a1_b", "c"]),
        ("x = 0x1F + 2e9", ["x"]),
    ])
    func `names in comments and strings do not count`(_ text: String, _ expected: [String]) {
        #expect(Source(path: "X.swift", text: text).words.map(\.text) == expected)
    }

    @Test func `types are found wherever they are declared`() {
        let source = Source(
            path: "Lua/X.swift",
            text: """
                public final class A: B { private enum C { case d }
                  typealias E = F
                  class func g() {} }
                extension H { struct I {} }
                fileprivate protocol J {}
                """)
        #expect(source.types == ["A", "E", "I"])
        #expect(source.privateTypes == ["C", "J"])
        #expect(source.functions == ["g"])
    }

    @Test func `imports are found with their attributes`() {
        let text = "import A\n@testable import B\npublic import struct C.D\n// import E\n"
        let source = Source(path: "X.swift", text: text)
        #expect(source.imports == ["A", "B", "C"])
    }

    @Test func `a line is where the name stands`() {
        let source = Source(path: "X.swift", text: "a\n/* \n */ b \"\"\"\n\n\"\"\" c")
        #expect(source.words.map(\.line) == [1, 3, 5])
    }
}

// MARK: -

/// One Swift file of the package as its names.
private struct Source {
    struct Word: Equatable {
        let text: String
        let line: Int
    }

    /// Relative to `Sources/Bridge`, or to `Sources` for those of other targets.
    let path: String
    let words: [Word]
    private(set) var types: Set<String> = []
    /// Declared `private` or `fileprivate`: no other file can mean them.
    private(set) var privateTypes: Set<String> = []
    private(set) var functions: Set<String> = []
    private(set) var imports: Set<String> = []

    /// The folder below `Sources/Bridge`; `Runtime` for files that stand in none.
    var folder: String {
        let parts = path.split(separator: "/")
        return parts.count > 1 ? String(parts[0]) : "Runtime"
    }

    init(path: String, text: String) {
        self.path = path
        var scanner = Scanner(text)
        words = scanner.words()
        let texts = words.map(\.text)
        let kinds: Set = ["class", "struct", "enum", "protocol", "actor", "typealias"]
        let modifiers: Set = ["final", "indirect", "public", "open", "package", "internal"]
        for (index, text) in texts.enumerated().dropLast() {
            let next = texts[index + 1]
            if text == "func" { functions.insert(next) }
            if text == "import" { imports.insert(kinds.contains(next) ? texts[index + 2] : next) }
            guard kinds.contains(text), next.first?.isUppercase == true else { continue }
            if index > 0, texts[index - 1] == "import" { continue }
            let before = texts[..<index].reversed().first { !modifiers.contains($0) }
            if before == "private" || before == "fileprivate" { privateTypes.insert(next) } else { types.insert(next) }
        }
    }

    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Sources")

    static let bridge = read("Bridge", prefix: "")
    static let all = bridge + read("luaconc", prefix: "luaconc/")

    private static func read(_ target: String, prefix: String) -> [Source] {
        let folder = root.appendingPathComponent(target)
        let paths = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        return paths.filter { $0.hasSuffix(".swift") && !$0.contains(".docc/") }.sorted().map { path in
            let text = try? String(contentsOf: folder.appendingPathComponent(path), encoding: .utf8)
            return Source(path: prefix + path, text: text ?? "")
        }
    }
}

/// The inline functions that stand for macros of lua.h.
private enum Header {
    static let words: [Source.Word] = {
        let file = Source.root.appendingPathComponent("CLua/CLua.h")
        var scanner = Scanner((try? String(contentsOf: file, encoding: .utf8)) ?? "")
        return scanner.words()
    }()
    static let names = Set(words.map(\.text).filter { $0.hasPrefix("lua_") || $0.hasPrefix("luaL_") })
    static let wrappers = names.filter { $0.hasSuffix("_") }
}

/// Reads names, and skips comments and strings; what is interpolated into a string counts.
private struct Scanner {
    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    private var found: [Source.Word] = []

    init(_ text: String) { bytes = Array(text.utf8) }

    mutating func words() -> [Source.Word] {
        scan(nested: false)
        return found
    }

    private func at(_ text: StaticString) -> Bool {
        guard position + text.utf8CodeUnitCount <= bytes.count else { return false }
        for i in 0..<text.utf8CodeUnitCount where bytes[position + i] != text.utf8Start[i] { return false }
        return true
    }

    private mutating func step(_ count: Int = 1) {
        for _ in 0..<count where position < bytes.count {
            if bytes[position] == UInt8(ascii: "\n") { line += 1 }
            position += 1
        }
    }

    /// To the end; nested: to the parenthesis that ends an interpolation.
    private mutating func scan(nested: Bool) {
        var depth = 0
        while position < bytes.count {
            if at("//") {
                while position < bytes.count, !at("\n") { step() }
            } else if at("/*") {
                skipComment()
            } else if let hashes = hashesBeforeQuote() {
                skipString(hashes)
            } else if Self.isName(bytes[position]) {
                readName()
            } else {
                if at("(") { depth += 1 }
                if at(")") {
                    if nested, depth == 0 { return step() }
                    depth -= 1
                }
                step()
            }
        }
    }

    private mutating func readName() {
        let start = position
        while position < bytes.count, Self.isName(bytes[position]) { position += 1 }
        if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[start]) { return }
        found.append(.init(text: String(decoding: bytes[start..<position], as: UTF8.self), line: line))
    }

    private static func isName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...: true
        default: false
        }
    }

    private mutating func skipComment() {
        var depth = 0
        repeat {
            if at("/*") {
                depth += 1
                step(2)
            } else if at("*/") {
                depth -= 1
                step(2)
            } else {
                step()
            }
        } while depth > 0 && position < bytes.count
    }

    private func hashesBeforeQuote() -> Int? {
        var end = position
        while end < bytes.count, bytes[end] == UInt8(ascii: "#") { end += 1 }
        return end < bytes.count && bytes[end] == UInt8(ascii: "\"") ? end - position : nil
    }

    private func hasHashes(_ count: Int, after offset: Int) -> Bool {
        let start = position + offset
        return start + count <= bytes.count && bytes[start..<start + count].allSatisfy { $0 == UInt8(ascii: "#") }
    }

    private mutating func skipString(_ hashes: Int) {
        step(hashes)
        let isLong = at("\"\"\"")
        let quotes = isLong ? 3 : 1
        step(quotes)
        while position < bytes.count {
            if isLong ? at("\"\"\"") : at("\""), hasHashes(hashes, after: quotes) { return step(quotes + hashes) }
            if at("\\"), hasHashes(hashes, after: 1) {
                step(1 + hashes)
                let isCode = at("(")
                step()
                if isCode { scan(nested: true) }
            } else {
                step()
            }
        }
    }
}
