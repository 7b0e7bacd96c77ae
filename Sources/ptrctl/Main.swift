import ControlAPI
import Glibc

@main
struct Main {
    static func main() async {
        let invocation = Invocation(arguments: Array(CommandLine.arguments.dropFirst()), console: .standard)
        let status = await invocation.run()
        exit(status.rawValue)
    }
}
