import Bridge

final class Log {
    var lines: [String] = []
}

struct Secret {
    let text = "no value of Lua"
}

@MainActor var windows = 0

// Scripts call functions from many threads.
func captureOfAnObject() -> Function {
    let log = Log()
    return Function("log") { (line: String) in
        log.lines.append(line)  // error: capture of 'log' with non-Sendable type 'Log' in a '@Sendable' closure
    }
}

func captureOfAVariable() -> Function {
    var count = 0
    return Function("count") { (by: Int) -> Int in
        count += by  // error: mutation of captured var 'count' in concurrently-executing code
        return by
    }
}

func useOfTheMainActor() -> Function {
    Function("open") { () -> Int in
        windows  // error: main actor-isolated var 'windows' can not be referenced
    }
}

func resultThatIsNoValue() -> Function {
    Function("secret") { () -> Secret in Secret() }  // error: initializer
}

func argumentThatIsNoValue() -> Function {
    Function("tell") { (secret: Secret) in }  // error: requires that 'Secret' conform to
}

func constantThatIsNoValue() -> Constant {
    Constant("log", Log())  // error: requires that 'Log' conform to 'LuaConvertible'
}
