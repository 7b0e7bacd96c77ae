import ArgumentParser
import Glibc
import ProgramKit

/// The program.
@main
struct Ptrfeed: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ptrfeed",
        abstract: "A feed server: endless tweets as server-sent events, for demos, tests and load.",
        version: "ptrfeed \(Version.current)",
        subcommands: [Serve.self])

    /// The parser's own way to print help and version does not see that a write fails.
    static func main() async {
        do {
            var command = try parseAsRoot(ProgramArguments.current)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            let text = fullMessage(for: error)
            guard exitCode(for: error).isSuccess, !text.isEmpty else { exit(withError: error) }
            guard let failure = StandardOutput.write(text + "\n") else { return }
            _ = "ptrfeed: \(failure)\n".utf8CString.withUnsafeBytes {
                write(STDERR_FILENO, $0.baseAddress, $0.count - 1)
            }
            Glibc.exit(1)
        }
    }
}
