import ArgumentParser
import ControlClient
import Glibc
import ProgramKit

/// `ptrctl logs […]`
struct LogsVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Show ptrd's log: hands over to journalctl.",
        discussion: """
            Everything behind the verb is journalctl's: `ptrctl logs -f` is `journalctl -u ptrd -f`. Who may read the \
            journal is journald's business: root, and the group systemd-journal.

            Examples:
              ptrctl logs -f
              ptrctl logs --since '10 min ago' -p warning
            """)

    @Argument(parsing: .captureForPassthrough, help: "Options of journalctl(1).")
    var arguments: [String] = []

    /// Those that may read the journal of the system (journalctl(1)).
    private static let readers = ["systemd-journal", "adm", "wheel"]

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        let mayRead = geteuid() == 0 || Self.readers.contains { SystemGroup.isOfProcess(named: $0) }
        if !mayRead {
            // journalctl would say "No entries", or show a few of the user's own.
            context.complain(
                "you may not be allowed to read ptrd's log: that is for the group systemd-journal",
                hint: "`sudo usermod -aG systemd-journal $USER`, then log in again")
        }
        let command = ["journalctl", "-u", "ptrd"] + arguments
        var words = command.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        execvp("journalctl", &words)
        // It is us still: it could not be started.
        let reason = systemMessage(errno)
        context.complain(
            "cannot run journalctl: \(reason)",
            hint: "ptrd logs to the journal when systemd runs it, otherwise to its standard error")
        return .failed
    }
}
