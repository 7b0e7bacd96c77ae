import ArgumentParser
import ControlClient

/// `ptrctl reload`
struct ReloadVerb: QuestionVerb {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Read the configuration again and apply what has changed.",
        discussion: """
            No message is lost. What takes effect at the next start only is named. A file that is wrong changes \
            nothing, and it is said where it is wrong (exit status 6).

            Examples:
              ptrctl reload
              ptrctl reload --json | jq -r '.needs_restart[].key'
            """)

    @OptionGroup var options: GlobalOptions

    var request: ReloadRequest { ReloadRequest() }

    func lines(_ response: ReloadResponse, _ style: Style) -> [String] {
        ReloadPage(response: response, style: style).lines
    }
}

/// `ptrctl log-level [LEVEL]`
struct LogLevelVerb: DaemonVerb {
    static let configuration = CommandConfiguration(
        commandName: "log-level",
        abstract: "Show or set how much ptrd logs.",
        discussion: """
            A level that is set holds until the next start or reload.

            Examples:
              ptrctl log-level
              ptrctl log-level debug
            """)

    static let levels = ["trace", "debug", "info", "notice", "warning", "error", "critical"]

    @OptionGroup var options: GlobalOptions

    @Argument(
        .word(among: levels, spelled: \.self),
        "One of \(levels.joined(separator: ", ")); without it, the level is shown.")
    var level: String?

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        if let level {
            try await context.show(LogLevelRequest(level: level), json: json) { answer in
                ["\(Text.printable(answer.level)), before \(Text.printable(answer.previous))"]
            }
        } else {
            try await context.show(CurrentLogLevelRequest(), json: json) { [Text.printable($0.level)] }
        }
        return .done
    }
}
