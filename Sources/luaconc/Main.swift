import Bridge
import Glibc

@main
struct Main {
    static func main() {
        Runtime.childMain()
        Surroundings.accept()
        Surroundings.rememberTerminal()
        exit(Command(words: Word.all).run())
    }
}
