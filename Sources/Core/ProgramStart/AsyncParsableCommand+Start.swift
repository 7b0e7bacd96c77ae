public import ArgumentParser
import Glibc
import ProgramKit

extension AsyncParsableCommand {
    /// Runs what the arguments ask for, and ends the process where that is all. The parser's own way to print help and version does
    /// not see that a write fails.
    ///
    /// - Parameters:
    ///   - arguments: those behind the program's name.
    ///   - failure: the exit status when what was asked for cannot be printed.
    public static func start(_ arguments: [String]?, failure: Int32) async {
        do {
            var command = try parseAsRoot(arguments)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            let text = fullMessage(for: error)
            guard exitCode(for: error).isSuccess, !text.isEmpty else { exit(withError: error) }
            guard let reason = StandardOutput.write(text + "\n") else { return }
            writeAll("\(_commandName): \(reason)\n", to: STDERR_FILENO)
            Glibc.exit(failure)
        }
    }
}
