import Glibc

@main
struct Main {
    static func main() {
        StandardStreams.open()
        exit(Command(words: CommandLine.words).run())
    }
}
