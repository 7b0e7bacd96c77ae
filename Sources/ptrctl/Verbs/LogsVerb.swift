import ArgumentParser
import ControlAPI
import Glibc

/// `ptrctl logs […]`
struct LogsVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Show ptrd's log: hands over to journalctl.",
        discussion: """
            Everything behind the verb is journalctl's: `ptrctl logs -f` is `journalctl -u ptrd -f`.

            Examples:
              ptrctl logs -f
              ptrctl logs --since '10 min ago' -p warning
            """)

    @Argument(parsing: .captureForPassthrough, help: "Options of journalctl(1).")
    var arguments: [String] = []

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        let command = ["journalctl", "-u", "ptrd"] + arguments
        var words = command.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        execvp("journalctl", &words)
        // It is us still: it could not be started.
        let reason = String(cString: strerror(errno))
        context.say("cannot run journalctl: \(reason)")
        context.console.err("        ptrd logs to the journal when systemd runs it, otherwise to its standard error")
        return .failed
    }
}
