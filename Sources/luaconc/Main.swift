import Bridge
import Glibc

@main
struct Main {
    static func main() {
        Runtime.childMain()
        StandardStreams.open()
        exit(Command(words: CommandLine.words).run())
    }
}
