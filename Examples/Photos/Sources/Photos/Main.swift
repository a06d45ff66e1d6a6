// A photo tool: its scripts drive libjpeg, on all cores, in this one process.
//
//   Photos SCRIPT.lua [ARGUMENT...]
//
// `Scripts/forge.lua` makes a picture and tampers with it; `Scripts/ela.lua` shows where.
import Bridge
import Foundation

@main
struct Host {
    static func main() async {
        let words = CommandLine.arguments
        guard words.count > 1 else { fail("usage: Photos SCRIPT.lua [ARGUMENT...]") }
        var configuration = Runtime.Configuration()
        configuration.modules = [photoModule]
        do {
            let runtime = try Runtime(configuration)
            try await runtime.run(contentsOf: words[1], arguments: Array(words.dropFirst(2)))
            exit(await runtime.shutdown())
        } catch {
            fail("\(error)")
        }
    }

    static func fail(_ message: String) -> Never {
        FileHandle.standardError.write(Data("\(message)\n".utf8))
        exit(1)
    }
}
