import Bridge
import Cluster
import Glibc

@main
struct Main {
    static func main() {
        Runtime.childMain(modules: [.cluster])
        Surroundings.accept()
        Surroundings.rememberTerminal()
        exit(Command(words: Word.all).run())
    }
}
