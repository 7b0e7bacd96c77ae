import ArgumentParser
import ControlAPI
import ControlClient

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

    @ParentCommand var root: Ptrctl
    @OptionGroup var options: GlobalOptions

    @Argument(
        help: "One of \(levels.joined(separator: ", ")); without it, the level is shown.", completion: .list(levels),
        transform: { word in try Choice.parse(word, among: LogLevelVerb.levels.map { ($0, $0) }) })
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
