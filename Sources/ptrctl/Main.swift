import ControlAPI
import Glibc

@main
struct Main {
    static func main() async {
        // A reader that goes away is the end of a write, not of the program.
        signal(SIGPIPE, SIG_IGN)
        let invocation = Invocation(arguments: Array(CommandLine.arguments.dropFirst()), console: .standard)
        let status = await invocation.run()
        exit(status.rawValue)
    }
}
