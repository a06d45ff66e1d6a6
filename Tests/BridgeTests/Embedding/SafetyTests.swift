import Bridge
import Testing

/// A type that holds itself.
struct Tree: Codable {
    var branches: [Tree]
}

/// The length of a string.
struct Substance: LuaConvertible {
    let count: Int
    static func read(_ index: Int32, from stack: borrowing LuaStack) throws(ConversionError) -> Substance {
        Substance(count: try stack.read(index, as: String.self).utf8.count)
    }
    func push(to stack: borrowing LuaStack) throws(ConversionError) { try stack.push(count) }
}

/// What a script that is not trusted can do to its host: nothing.
@Suite struct SafetyTests {
    private static let module = Module("host") {
        Function("echo") { (text: String) in text }
        Function("call") { (body: LuaFunction) throws in try body() }
        Function("camera") { Camera("x") }
        Function("channel") { Channel(capacity: 4) }
        Function("tree") { (tree: Tree) in tree.branches.count }
        Function("lists") { (list: [[[Int]]]) in list.count }
        Function("strings") { (list: [Substance]) in list.count }
        Function("any") { (value: Value) throws in if case .table(let table) = value { _ = try table.copy() } }
        Camera.type
    }

    private static func safe() throws -> Runtime {
        try makeRuntime(module) {
            $0.libraries = .safe
            $0.memoryLimit = 16 << 20
            $0.output = { _ in }
            $0.errorOutput = { _ in }
        }
    }

    /// Scripts that must end, by themselves or by the limits. Each returns true if it has got what it wanted.
    static let attacks: [String] = [
        // Files and programs.
        "return io or loadfile or dofile",
        "return os.execute or os.remove or os.getenv or os.exit or os.tmpname or os.setlocale",
        "return (pcall(require, 'io')) or (pcall(require, 'debug')) or (pcall(require, 'os.path'))",
        "return package or (pcall(require, '../../../../etc/passwd'))",
        "return process or thread or channel or shared or supervisor",
        "return debug or string.dump",
        "local f = getmetatable('').__index.dump return f",
        // Code that is not text.
        "return load('\\27Lua')",
        "return load('\\27LuaT', 'x', 'b')",
        "return load(function() return '\\27Lua' end, 'x', 'bt')",
        // Time.
        "while true do end",
        "while true do pcall(function() while true do end end) end",
        "local function f() return f() end f()",
        "for i = 1, 1e18 do end",
        "coroutine.wrap(function() while true do coroutine.wrap(function() end)() end end)()",
        "setmetatable({}, {__gc = function() while true do end end}) collectgarbage()",
        "local t <close> = setmetatable({}, {__close = function() while true do end end}) while true do end",
        "string.rep('', 1e18)",
        "table.move({}, 1, 1e18, 2)",
        "table.insert(setmetatable({}, {__len = function() return 1e15 end}), 1, 1)",
        "table.sort(setmetatable({}, {__len = function() return 1e9 end}))",
        "xpcall(function() while true do end end, function() while true do end end)",
        "local gc = {} function gc.__gc() while true do end end for i = 1, 9 do setmetatable({}, gc) end",
        "local gc = {} function gc.__gc() setmetatable({}, gc) end setmetatable({}, gc)",
        "load(function() return ' ' end)",
        "load(os.date)",
        "local t = setmetatable({}, {__index = getmetatable, __metatable = ''}) table.concat(t, '', '1', '1000000000000000000')",
        "local t = setmetatable({}, {__index = getmetatable, __metatable = ''}) table.concat(t, '', math.mininteger, math.maxinteger)",
        "table.unpack(setmetatable({}, {__index = rawlen}), math.mininteger, math.maxinteger)",
        // Patterns.
        "string.find(('a'):rep(60), ('a-'):rep(40) .. 'b')",
        "string.find(('a'):rep(1e5), ('.-'):rep(5) .. 'b')",
        "return (('a'):rep(40):match(('a?'):rep(60) .. ('a'):rep(60) .. 'b'))",
        "string.gsub(('a'):rep(1e6), '.-b', '')",
        "for _ in string.gmatch(('('):rep(2e5), '%b()') do end",
        "string.find(('x'):rep(5e4), '(x*)(x*)%1%2%1y')",
        "string.find(('a'):rep(3e6), ('a'):rep(1e6) .. 'b', 1, true)",
        "string.find(('a'):rep(1e5), '[' .. ('b'):rep(1e6) .. ']')",
        "pcall(string.rep, string.find(('a'):rep(1e6), '%f[b].-%f[c]'))",
        "host.call(function() while true do end end)",
        // Memory.
        "local t = {} for i = 1, 1e9 do t[i] = {} end",
        "local s = 'x' while true do s = s .. s end",
        "return #string.rep('x', 1e10) > 0",
        "local t = {} for i = 1, 1e9 do t[i] = coroutine.create(function() end) end",
        "local t = {} for i = 1, 1e9 do t[i] = host.camera() end",
        "return #table.concat({('x'):rep(1e7), ('x'):rep(1e7)}) > 0",
        "local s = ('x'):rep(4e6) local t = {} for i = 1, 1e6 do t[i] = host.echo(s .. i) end",
        // The stack.
        "local function f() f() f() end f()",
        "local function f() pcall(f) end f() local t = setmetatable({}, {}) getmetatable(t).__index = t return t.x",
        "local function f() host.call(f) end f()",
        "return load(('('):rep(1e5) .. '1' .. (')'):rep(1e5))",
        "string.find(('a'):rep(300000), ('(a'):rep(40) .. (')'):rep(40))",
        "return string.format('%1000d', 1) or string.format('%q', 1/0) == nil",
        "error(setmetatable({}, {__tostring = function() error('x') end}))",
        "error(setmetatable({}, {__tostring = function() while true do end end}))",
        // Values for the host.
        "local t = {branches = {}} t.branches[1] = t return host.tree(t)",
        "local t = {branches = {}} for i = 1, 1e5 do t = {branches = {t}} end return host.tree(t) == nil",
        "local t = {} t[1] = t host.lists(t)",
        "local t = {} for i = 1, 1e5 do t = {t} end host.any(t)",
        "local t = {} t.t = t host.any(t)",
        "local t = {branches = {}} for i = 1, 60 do t = {branches = {t, t}} end host.tree(t)",
        "local t = {} for i = 1, 60 do t = {t, t} end host.any(t)",
        "local t = {} for i = 1, 60 do t = {[t] = t} end host.any(t)",
        "local t = {{}} for i = 1, 1000 do t[1][i] = t[1] end for i = 1, 1000 do t[i] = t[1] end host.lists(t)",
        "local t = {} for i = 1, 3e5 do t[i] = t end host.lists(t)",
        "host.strings((setmetatable({}, {__len = function() return 1e18 end})))",
        "local s, t = ('x'):rep(1e6), {} for i = 1, 5e5 do t[i] = s end return host.strings(t) == 0",
        "local c, t = host.channel(), {} for i = 1, 1e5 do t = {t} end c:send(t) return false",
        "local c, t = host.channel(), {} t[t] = t c:send(t) return c:recv() == t",
        "local c, t = host.channel(), {} for i = 1, 40 do t = {t, t} end c:send(t) return c:recv() == t",
        "local c = host.channel() for i = 1, 1e6 do c:send(('x'):rep(1e6)) end",
        "host.channel():send(coroutine.create(print))",
        "local c = host.channel() c:send(setmetatable({}, {__index = function() while true do end end})) c:recv().x = 1",
        // Objects of the host.
        "local c = host.camera() local gc = getmetatable(c).__gc gc(c) gc(c) return (pcall(c.shoot, c, 1))",
        "return (pcall(host.camera().shoot, io, 1)) or (pcall(getmetatable(host.camera()).__gc, 5) and false)",
        "return (pcall(setmetatable, host.camera(), {}))",
        "local c = host.camera() getmetatable(c).__index = nil return (pcall(function() return c:shoot(1) end))",
    ]

    @Test(arguments: attacks)
    func `an attack ends, and the host goes on`(_ source: String) async throws {
        let runtime = try Self.safe()
        do {
            let hasWon: Value = try await runtime.evaluate(source, deadline: .milliseconds(300))
            #expect(!hasWon.isTrue, "\(source)")
        } catch {
            #expect([.timeout, .memory, .error, .cancelled].contains(error.kind), "\(error)")
        }
        let n: Int? = try? await runtime.evaluate("return 1 + 1", deadline: .seconds(20))
        #expect(n == 2)
        await runtime.shutdown(grace: .zero)
    }

    private static let searches = [
        "('hello world'):find('o w')", "('hello'):find('l')", "('a.b'):find('.', 2, true)", "('hello'):find('xyz')",
        "('hello'):find('')", "('hello'):find('', 10)", "('hello'):find('', -2)", "('a\\0b'):find('\\0')",
        "('key = value'):match('^(%w+)%s*=%s*(%w+)$')", "('2024-01-02'):match('(%d+)-(%d+)-(%d+)')",
        "('  x '):match('^%s*(.-)%s*$')", "('x'):match('()')", "('f(a(b)c)d'):match('%b()')",
        "('THE (quick) fox'):find('%f[%a]%a+%f[%A]')", "('abab'):match('(a)(b)%1%2')", "('aaa'):match('a-', 2)",
        "('[]'):match('[]]')", "('a-z'):gsub('[a%-]', '<%0>')", "('hello'):gsub('l', {l = 'L'})",
        "('hello'):gsub('.', function(c) if c > 'h' then return c:upper() end end)", "('abc'):gsub('', '-')",
        "('abc'):gsub('%w', '%0%0', 2)", "('abc'):gsub('(a)(b)', '%2%1')", "('x'):rep(3):gsub('x*', 'y')",
        "(function() local t = {} for k, v in ('a=1, b=2'):gmatch('(%w+)=(%w+)') do t[#t + 1] = k .. v end "
            + "return table.concat(t, ';') end)()",
        "(function() local n = 0 for _ in ('abc'):gmatch('') do n = n + 1 end return n end)()",
        "pcall(string.find, 'x', '[a')", "pcall(string.find, 'x', '%')", "pcall(string.find, 'x', '(x')",
        "pcall(string.find, 'x', 'x)')", "pcall(string.find, 'x', '%1')", "pcall(string.find, 'x', '%f')",
        "pcall(string.match, 'x', '%b')", "pcall(string.gsub, 'x', 'x', '%2')", "pcall(string.gsub, 'x', 'x', '%')",
        "pcall(string.gsub, 'x', 'x', function() return {} end)", "pcall(string.gsub, 'x', 'x')",
        "pcall(string.find, ('a'):rep(300), ('a?'):rep(250))", "pcall(string.find, 'a', ('()'):rep(40))",
        "pcall(string.find, {})", "pcall(string.match, 'x')", "pcall(string.gmatch)",
    ]

    /// Tables that hold few tables many times become as many values: 2 to the power of 60.
    @Test(
        arguments: [
            "local t = {branches = {}} for i = 1, 60 do t = {branches = {t, t}} end return t",
            "local t = {branches = {}} for i = 1, 1e5 do t = {branches = {t}} end return t",
            "local t = {branches = {}} t.branches[1] = t return t",
        ])
    func `the conversion of results ends`(_ source: String) async throws {
        let runtime = try Self.safe()
        await #expect(throws: ScriptError.self) {
            let _: Tree = try await runtime.evaluate(source, deadline: .milliseconds(300))
        }
        try await runtime.run(source: "function bomb() \(source) end")
        await #expect(throws: ScriptError.self) {
            let _: Tree = try await runtime.call("bomb", deadline: .milliseconds(300))
        }
        let bomb: LuaFunction = try await runtime.global("bomb")
        await #expect(throws: ScriptError.self) {
            try await runtime.perform(deadline: .milliseconds(300)) { _ throws -> Int in
                let tree: Tree = try bomb()
                return tree.branches.count
            }
        }
        let channel = Channel(capacity: 4)
        try await runtime.setGlobal("channel", channel)
        if (try? await runtime.evaluate("channel:send(bomb())")) != nil {
            await #expect(throws: ScriptError.self) { let _: Tree? = try await channel.receive() }
        }
        let n: Int = try await runtime.evaluate("return 1 + 1", deadline: .seconds(20))
        #expect(n == 2)
        await runtime.shutdown(grace: .zero)
    }

    @Test func `finalizers that loop do not keep a state from closing`() async throws {
        let live = LiveCount()
        let host = Module("host") {
            Function("camera") { Camera("x", live) }
            Camera.type
        }
        let runtime = try makeRuntime(host) { $0.libraries = .safe }
        let channel = Channel()
        try await runtime.setGlobal("channel", channel)
        try await runtime.run(
            source: """
                local function loop() while true do end end
                list = {host.camera(), host.camera()}
                for _, mt in ipairs{{__gc = loop}, {__gc = pcall, __call = loop}, getmetatable(list[1])} do
                  list[#list + 1] = setmetatable({}, mt)
                end
                list[#list + 1] = setmetatable({}, {__gc = loop})
                channel:send(list[#list])
                list[#list + 1] = channel:recv()
                local n = 0
                setmetatable({}, {__gc = function() n = n + 1 end})
                collectgarbage()
                assert(n == 1)
                """)
        #expect(live.value == 2)
        await runtime.shutdown()
        #expect(live.value == 0)
    }

    @Test func `strings are searched as in any state`() async throws {
        let (safe, whole) = (try Self.safe(), try makeRuntime())
        for source in Self.searches {
            let own: Variadic<Value> = try await safe.evaluate("return \(source)")
            let standard: Variadic<Value> = try await whole.evaluate("return \(source)")
            #expect(Array(own) == Array(standard), "\(source)")
        }
        await safe.shutdown()
        await whole.shutdown()
    }

    @Test func `there are more than thirty attacks`() { #expect(Set(Self.attacks).count >= 30) }

    @Test func `what is harmless works in a safe state`() async throws {
        let runtime = try Self.safe()
        try await runtime.run(
            source: """
                assert(#table.concat({1, 2}, ",") == 3 and string.rep("ab", 3, "-") == "ab-ab-ab" and string.rep("", 5) == "")
                local t = {3, 1, 2}
                table.sort(t) table.insert(t, 4) table.insert(t, 1, 0)
                assert(table.concat(t) == "01234" and table.remove(t) == 4 and table.unpack(t) == 0)
                assert(#table.move(t, 1, 3, 2) == 4 and select("#", table.unpack({}, 1, 3)) == 3)
                assert(load("return 1 + 1")() == 2 and load("x = 1", "n", "t", {}) and os.time() > 0 and os.clock() >= 0)
                local f, e = load("x =")
                assert(f == nil and e:find("near <eof>"))
                assert(require "host" == host and host.echo("x") == "x" and require "string" == string)
                """)
        await runtime.shutdown()
    }

    @Test func `libraries can be chosen one by one`() async throws {
        let runtime = try makeRuntime { $0.libraries = [.tasks, .files] }
        try await runtime.run(
            source: "assert(io and loadfile and task and sleep and not thread and not process and not debug)")
        await runtime.shutdown()
    }
}
