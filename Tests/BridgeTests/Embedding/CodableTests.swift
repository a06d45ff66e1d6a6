import Bridge
import Testing

private struct Page: Codable, Equatable, Sendable {
    enum Kind: String, Codable { case text, image }
    struct Part: Codable, Equatable {
        var title: String
        var weights: [Double]
    }
    var number: Int
    var name: String
    var kind: Kind
    var parts: [Part]
    var note: String?
    var small: UInt8 = 3
    var flags: [String: Bool] = [:]
}

private struct Stored: Codable, Equatable, LuaConvertible, Sendable {
    var x: Double
    var list: [[Int]]
    var inner: [String: Point]
    struct Point: Codable, Equatable, Sendable { var a: Int?, b: Float }
}

/// `Codable` types as values of Lua.
@Suite struct CodableTests {
    private static let page = Page(
        number: 7, name: "seven", kind: .image,
        parts: [.init(title: "a", weights: [0.5, 1]), .init(title: "b", weights: [])],
        note: nil, flags: ["on": true])

    private static let module = Module("pages") {
        Function("latest") { () throws -> Page in page }
        Function("same") { (page: Page, n: Int) throws -> Page in
            var page = page
            page.number += n
            return page
        }
        Function("name") { (page: Page) -> String in page.name }
        Function("check") { (page: Page) in #expect(page == CodableTests.page) }
        Function("later") { (page: Page) async throws -> Page in
            await Task.yield()
            return page
        }
    }

    @Test func `types that are only Codable are arguments and results`() async throws {
        let runtime = try makeRuntime(Self.module)
        try await runtime.run(
            source: """
                local p = pages.latest()
                assert(p.number == 7 and p.kind == "image" and p.parts[1].weights[2] == 1.0 and p.note == nil and p.flags.on)
                assert(pages.same(p, 3).number == 10 and pages.name(p) == "seven" and pages.later(p).name == "seven")
                pages.check(p)
                local function message(...) return select(2, pcall(pages.name, ...)) end
                p.parts[2].title = nil
                assert(message(p) == "bad argument #1 to 'name' (parts[2].title: missing)", message(p))
                p.parts[2].title = 5
                assert(message(p) == "bad argument #1 to 'name' (parts[2].title: string expected, got number)", message(p))
                assert(message(5) == "bad argument #1 to 'name' (table expected, got number)", message(5))
                """)
        await runtime.shutdown()
    }

    @Test func `types that say so are converted anywhere`() async throws {
        let runtime = try makeRuntime()
        let stored = Stored(
            x: 1.5, list: [[1, 2], [], [3]], inner: ["p": .init(a: nil, b: 2), "q": .init(a: 1, b: 0.5)])
        try await runtime.setGlobal("stored", stored)
        let same: Stored = try await runtime.global("stored")
        #expect(same == stored)
        let list: [Stored] = try await runtime.evaluate("return {stored, stored}")
        #expect(list == [stored, stored])
        do {
            let _: Stored = try await runtime.evaluate("stored.inner.q.b = 'x' return stored")
            Issue.record("no number")
        } catch {
            #expect(error.kind == .conversion)
            #expect(error.message.description == "result #1: inner.q.b: number expected, got string")
        }
        await runtime.shutdown()
    }

    @Test func `types that are only Codable need no further words`() async throws {
        let runtime = try makeRuntime()
        let page = Self.page
        try await runtime.setGlobal("page", page)
        let same: Page = try await runtime.global("page")
        #expect(same == page)
        try await runtime.run(
            source: "function latest(n) page.number = n return page end function number(p) return p.number end")
        let latest: Page = try await runtime.call("latest", 9, deadline: .seconds(60))
        #expect(latest.number == 9 && latest.parts == page.parts)
        let evaluated: Page = try await runtime.evaluate("return page")
        let number: Int = try await runtime.call("number", page)
        #expect(evaluated == latest && number == 7)
        let function: LuaFunction = try await runtime.evaluate("return latest")
        let called: Page = try await function.call(10)
        #expect(called.number == 10)
        let work = try await runtime.spawn(
            .thread, "return {number = 1, name = 'n', kind = 'text', parts = {}, small = 1, flags = {}}")
        let joined: Page = try await work.join()
        #expect(joined.name == "n" && joined.kind == .text)

        let pages = Channel(capacity: 4)
        try await pages.send(page)
        #expect(try pages.trySend(page))
        let received: Page? = try await pages.receive()
        let tried: Page? = try pages.tryReceive()
        #expect(received == page && tried == page)
        try await pages.send(page)
        pages.close()
        var count = 0
        for try await one in pages.values(of: Page.self) {
            #expect(one == page)
            count += 1
        }
        #expect(count == 1)
        let message = try Message("text")
        #expect(try message.read(as: String.self) == "text")
        do {
            let _: Page = try await runtime.evaluate("page.parts[2].weights = {1, 'x'} return page")
            Issue.record("no number")
        } catch {
            #expect(error.kind == .conversion)
            #expect(error.message.description == "result #1: parts[2].weights[2]: number expected, got string")
        }
        await runtime.shutdown()
    }

    @Test func `one call has several results of types that are only Codable`() async throws {
        let runtime = try makeRuntime()
        let source = "return {number = 1, name = 'n', kind = 'text', parts = {}, small = 1, flags = {}}, 'x', 7"
        let (page, word, number): (Page, String, Int) = try await runtime.evaluate(source)
        #expect(page.name == "n" && word == "x" && number == 7)
        try await runtime.run(source: "function both(page, by) page.number = page.number + by return page, {page} end")
        let (same, list): (Page, [Page]) = try await runtime.call("both", page, 4)
        #expect(same.number == 5 && list == [same])
        let both: LuaFunction = try await runtime.global("both")
        let direct = try await runtime.perform { [page = Self.page] _ throws -> Page in
            let (page, list): (Page, [Page]) = try both(page, 2)
            let one: Page = try both(list[0], 3)
            #expect(page.number == 9)
            return one
        }
        #expect(direct.number == 12)
        // Types that are both.
        let (a, b): (Int, String?) = try await runtime.call("select", 2, "dropped", 3)
        #expect(a == 3 && b == nil)
        do {
            let _: (Page, Page) = try await runtime.evaluate("local p = ... return p, 5")
            Issue.record("no page")
        } catch {
            #expect(error.message.description == "result #1: table expected, got nil")
        }
        await runtime.shutdown()
    }

    @Test func `keys may hold zeros`() async throws {
        let runtime = try makeRuntime()
        try await runtime.setGlobal("flags", Stored(x: 0, list: [], inner: ["a\0b": .init(a: 1, b: 1)]))
        let n: Int = try await runtime.evaluate("return flags.inner['a\\0b'].a")
        #expect(n == 1)
        let same: Stored = try await runtime.global("flags")
        #expect(same.inner["a\0b"]?.a == 1)
        await runtime.shutdown()
    }
}
