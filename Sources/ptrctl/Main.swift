import ControlAPI
import Glibc
import ProgramKit

@main
struct Main {
    static func main() async {
        // A reader that goes away is the end of a write, not of the program.
        signal(SIGPIPE, SIG_IGN)
        guard let arguments = ProgramArguments.current else {
            let words = "ptrctl: started without arguments, not even a name: what it is to do is not known\n"
            _ = words.utf8CString.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count - 1) }
            exit(ExitStatus.usage.rawValue)
        }
        let invocation = Invocation(arguments: arguments, console: .standard)
        let status = await invocation.run()
        exit(status.rawValue)
    }
}
