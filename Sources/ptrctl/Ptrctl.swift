import ArgumentParser
import ControlAPI

/// The root command: it has no work of its own, only verbs.
struct Ptrctl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
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
