import ArgumentParser
import ControlAPI

/// The root command: it has no work of its own, only verbs.
struct Ptrctl: AsyncParsableCommand {
    /// The only verb that there is, if that is not all; see ``verb(of:)``.
    @TaskLocal static var only: String?

    static var configuration: CommandConfiguration {
        guard let only else { return complete }
        var reduced = complete
        reduced.subcommands = complete.subcommands.filter { $0.configuration.commandName == only }
        return reduced
    }

    /// The verb that arguments most likely name. The parser looks at each verb that it knows, and for a question and its answer that
    /// takes longer than all else.
    static func verb(of arguments: [String]) -> String? {
        let names = Set(complete.subcommands.compactMap { $0.configuration.commandName })
        return arguments.first(where: names.contains)
    }

    private static let complete = CommandConfiguration(
        commandName: "ptrctl",
        abstract: "The operator's hand on ptrd.",
        discussion: """
            The socket is --socket, else $\(ControlSocket.environmentVariable), else \(ControlSocket.defaultPath), \
            else $XDG_RUNTIME_DIR/ptrd.sock, where a user's own service has it.

            Exit status: 0 done, or healthy; 1 failed, or degraded; 2 wrong usage; 3 ptrd is not running; \
            4 it answered badly or not in time; 5 denied; 6 a precondition does not hold, or not found; 124 a wait \
            timed out.

            Examples:
              ptrctl status
              ptrctl top
              ptrctl scale 5
              ptrctl events -f --kind crash,scale
              ptrctl --socket /tmp/ptrd.sock crash worker
            """,
        version: "ptrctl \(Version.current)",
        groupedSubcommands: [
            CommandGroup(
                name: "Looking",
                subcommands: [
                    StatusVerb.self, TopVerb.self, TreeVerb.self, StreamsVerb.self, WorkersVerb.self, EventsVerb.self,
                    TapVerb.self, ExplainVerb.self, CheckVerb.self, SourceVerb.self, WaitVerb.self, LogsVerb.self,
                ]),
            CommandGroup(
                name: "Changing",
                subcommands: [
                    ScaleVerb.self, PauseVerb.self, ResumeVerb.self, DrainVerb.self, ReloadVerb.self,
                    DeadLettersVerb.self, LogLevelVerb.self, CrashVerb.self,
                ]),
            CommandGroup(
                name: "Other",
                subcommands: [
                    TryVerb.self, ExecCheckVerb.self, ParseVerb.self, ReportVerb.self, VersionVerb.self,
                ]),
        ])

    @OptionGroup var options: GlobalOptions
}
