import Testing

@testable import Cluster

@Suite struct JSONTests {
    private func read(_ text: String) -> JSON? { JSON(Array(text.utf8)) }

    @Test func `values are read`() {
        #expect(
            read(" {\"a\" : [1, -2.5, true, false, null, \"x\"], \"b\":{}} ")
                == .object([
                    "a": .array(
                        [1, -2.5].map { $0 == 1 ? .integer(1) : .number($0) } + [
                            .bool(true), .bool(false), .null, .string("x"),
                        ]), "b": .object([:]),
                ]))
        #expect(read("\"\\u0041\\n\\ud83d\\ude00\\/\"") == .string("A\n😀/"))
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\"}", "{\"a\":}", "\"", "\"\\u12\"", "\"\\x\"", "tru", "1 2", "[1 2]", "\"\u{1}\"", "-",
        "nul",
        String(repeating: "[", count: 100) + String(repeating: "]", count: 100),
    ])
    func `what is no JSON is refused`(_ text: String) { #expect(read(text) == nil) }

    @Test func `what is written is read again`() {
        let value: JSON = .object([
            "text": .string("a\"\\\u{1}\né"), "list": .array([.integer(.max), .null, .number(0.5)]),
        ])
        #expect(JSON(value.bytes) == value)
        #expect(String(decoding: JSON.string("\u{1}\n").bytes, as: UTF8.self) == "\"\\u0001\\u000a\"")
    }
}
