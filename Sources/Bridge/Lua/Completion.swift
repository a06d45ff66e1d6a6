import CFence
import CLua

/// What a word at the prompt could become. Immutable.
package struct Candidate: Sendable {
    /// The whole word: `string.format`.
    package let text: [UInt8]
    /// What it is: `function`, `string.format(...)`, `number 5`.
    package let kind: [UInt8]
    /// What follows it for sure: `(` of a function that takes arguments, `()` of one that takes none.
    package let suffix: String

    package init(_ text: [UInt8], _ kind: [UInt8], suffix: String = "") {
        (self.text, self.kind, self.suffix) = (text, kind, suffix)
    }
}

/// Completes words at the prompt. It only reads tables, and runs no Lua code.
extension LuaState {
    /// The words that `word` could become, sorted: `string.fo` becomes `string.format`, `f:re` the methods of `f`.
    func completions(of word: [UInt8]) -> [Candidate] {
        let top = lua_gettop(L)
        defer { lua_settop(L, top) }
        lua_checkstack(L, 16)
        let separator = word.lastIndex { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") }
        let path = separator.map { word[..<$0] } ?? []
        let start = separator.map { word[...$0] } ?? []
        let prefix = word[start.count...]
        Stack(L).pushGlobals()
        for name in path.split(whereSeparator: { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") }) {
            guard pushMember(Array(name)) else { return [] }
        }
        if separator != nil, path.isEmpty { return [] }
        let onlyFunctions = separator.map { word[$0] == UInt8(ascii: ":") } ?? false
        let words = separator == nil ? Self.keywords.filter { $0.starts(with: prefix) } : []
        var found: [[UInt8]: (kind: [UInt8], suffix: String)] = [:]
        for word in words { found[word] = (Array("keyword".utf8), "") }
        forEachTable {
            eachName(prefix) { name in
                let isFunction = lua_type(L, -1) == LUA_TFUNCTION
                if found[name] == nil, isFunction || !onlyFunctions {
                    found[name] = describe(isFunction, onlyFunctions)
                }
            }
        }
        if separator != nil, !onlyFunctions {
            eachProperty(prefix) { name in
                let usage = hostFunction(-1, on: L)?.usage ?? "property"
                if found[name] == nil { found[name] = (Array(usage.utf8), "") }
            }
        }
        return found.map { Candidate(Array(start) + $0, $1.kind, suffix: $1.suffix) }
            .sorted { $0.text.lexicographicallyPrecedes($1.text) }
    }

    /// What the value on top is, and what follows its name for sure. A method has got its first argument by then.
    private func describe(_ isFunction: Bool, _ isMethod: Bool) -> (kind: [UInt8], suffix: String) {
        guard isFunction else { return (shownKind, "") }
        if let host = hostFunction(-1, on: L), !host.usage.isEmpty {
            return (Array(host.usage.utf8), host.usage.hasSuffix("()") ? "()" : "(")
        }
        if lua_iscfunction(L, -1) != 0 { return (Array("function".utf8), "(") }
        let count = fence_parameter_count(L, -1)
        return (Array("function".utf8), count == 0 || (count == 1 && isMethod) ? "()" : "(")
    }

    /// The type of the value on top, and a plain value itself.
    private var shownKind: [UInt8] {
        let name = Array(String(cString: lua_typename(L, lua_type(L, -1))).utf8)
        switch lua_type(L, -1) {
        case LUA_TNUMBER, LUA_TBOOLEAN: return name + Array(" ".utf8) + description(-1, on: L).bytes
        case LUA_TUSERDATA: return objectKind ?? name
        default: return name
        }
    }

    /// The name of the type of the object on top.
    private var objectKind: [UInt8]? {
        guard lua_getmetatable(L, -1) != 0 else { return nil }
        defer { lua_pop_(L, 2) }
        Stack(L).pushField("__name", of: -1)
        return lua_type(L, -1) == LUA_TSTRING ? Array(Stack(L).bytes(-1)) : nil
    }

    /// [-0, +(1|0), m] Pushes the member of the value on top that Lua code would find without calling anything.
    private func pushMember(_ name: [UInt8]) -> Bool {
        let value = lua_gettop(L)
        var isFound = false
        forEachTable {
            guard !isFound else { return }
            name.withUnsafeBytes { _ = push($0.assumingMemoryBound(to: CChar.self).baseAddress, $0.count, on: L) }
            isFound = lua_rawget(L, -2) != LUA_TNIL
            if isFound { lua_replace_(L, value) } else { lua_pop_(L, 1) }
        }
        return isFound
    }

    /// Calls `body` for each table in which a field of the value on top is looked up: the table is on top then.
    private func forEachTable(_ body: () -> Void) {
        let top = lua_gettop(L)
        defer { lua_settop(L, top) }
        lua_pushvalue(L, top)
        for _ in 0..<10 {
            if lua_type(L, -1) == LUA_TTABLE {
                lua_pushvalue(L, -1)
                body()
                lua_pop_(L, 1)
            }
            guard lua_getmetatable(L, -1) != 0 else { return }
            Stack(L).pushField("__index", of: -1)
            // The `__index` of this runtime's own handles is a C function with the table of methods as an upvalue.
            if lua_type(L, -1) == LUA_TFUNCTION, lua_iscfunction(L, -1) != 0, lua_getupvalue(L, -1, 1) != nil {
                lua_remove_(L, -2)
            }
            guard lua_type(L, -1) == LUA_TTABLE else { return }
            lua_replace_(L, top + 1)
            lua_settop(L, top + 1)
        }
    }

    /// Calls `body` with each name in the table on top that begins with `prefix`; its value is on top then.
    private func eachName(_ prefix: ArraySlice<UInt8>, _ body: ([UInt8]) -> Void) {
        lua_pushnil(L)
        while lua_next(L, -2) != 0 {
            let bytes = Stack(L).bytes(-2)
            if !bytes.isEmpty, bytes.starts(with: prefix), Self.isName(bytes) { body(Array(bytes)) }
            lua_pop_(L, 1)
        }
    }

    /// The same for the properties of an object, or of a module; the function that reads one is on top.
    private func eachProperty(_ prefix: ArraySlice<UInt8>, _ body: ([UInt8]) -> Void) {
        let top = lua_gettop(L)
        defer { lua_settop(L, top) }
        guard lua_getmetatable(L, -1) != 0 else { return }
        Stack(L).pushField("__index", of: -1)
        guard lua_iscfunction(L, -1) != 0, lua_getupvalue(L, -1, 2) != nil, lua_type(L, -1) == LUA_TTABLE else {
            return
        }
        eachName(prefix, body)
    }

    private static func isName(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.allSatisfy { byte in
            let scalar = Unicode.Scalar(byte)
            return scalar == "_" || ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
                || ("0"..."9").contains(scalar)
        }
    }

    private static let keywords = [
        "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil",
        "not", "or", "repeat", "return", "then", "true", "until", "while",
    ].map { Array($0.utf8) }
}
