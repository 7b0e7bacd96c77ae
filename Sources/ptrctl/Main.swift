import CArguments
import ControlAPI
import Glibc

@main
struct Main {
    static func main() async {
        // A reader that goes away is the end of a write, not of the program.
        signal(SIGPIPE, SIG_IGN)
        // From where they cannot be lost: Swift reads them from /proc, and without its verb a check would be a success.
        let arguments = (0..<carguments_count()).map { carguments_at($0).map { String(cString: $0) } ?? "" }
        guard let name = arguments.first, !name.isEmpty else {
            let words = "ptrctl: started without arguments, not even a name: what it is to do is not known\n"
            _ = words.utf8CString.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count - 1) }
            exit(ExitStatus.usage.rawValue)
        }
        let invocation = Invocation(arguments: Array(arguments.dropFirst()), console: .standard)
        let status = await invocation.run()
        exit(status.rawValue)
    }
}
