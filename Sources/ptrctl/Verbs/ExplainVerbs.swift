import ArgumentParser
import ControlClient

/// `ptrctl explain scale|crash`
struct ExplainVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say why: why the pool has its size, why something crashed.",
        subcommands: [ExplainScaleVerb.self, ExplainCrashVerb.self])

    @OptionGroup var options: GlobalOptions
}

/// `ptrctl explain scale [-n N]`
struct ExplainScaleVerb: QuestionVerb {
    static let configuration = CommandConfiguration(
        commandName: "scale",
        abstract: "Show the last decisions of the autoscaler, each with its figures and its reason.",
        discussion: """
            Ticks in a row with the same decision for the same reason stand in one line.

            Examples:
              ptrctl explain scale
              ptrctl explain scale -n 100 --json
            """)

    @OptionGroup var options: GlobalOptions

    @Option(.number(DecisionsRequest.limits), "How many decisions, at most 300.", name: .lines) var lines = 20

    var request: DecisionsRequest { DecisionsRequest(limit: lines) }

    func lines(_ decisions: Decisions, _ style: Style) -> [String] {
        DecisionsPage(decisions: decisions, style: style).lines
    }
}

/// `ptrctl explain crash [ID] [-n N]`
struct ExplainCrashVerb: DaemonVerb {
    static let configuration = CommandConfiguration(
        commandName: "crash",
        abstract: "Tell one crash: the message, the reason, the budget left, and what the supervisor did.",
        discussion: """
            Without a number it is the last one. With -n the last ones are listed with their numbers.

            Examples:
              ptrctl explain crash
              ptrctl explain crash -n 20
              ptrctl explain crash 17
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(.identifier(nil, LiveNames.crashes), "The number of the crash; without it, the last one.") var id: Int64?

    @Option(.number(CrashesRequest.limits), "List so many of the last ones, at most 500.", name: .lines)
    var lines: Int?

    func validate() throws {
        if lines != nil, id != nil { throw ValidationError("-n lists crashes: leave it out to tell one of them") }
    }

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        let style = context.style
        if let id {
            try await context.show(CrashDetailRequest(id: UInt64(id)), json: json) {
                CrashPage(crash: $0, style: style).lines
            }
            return .done
        }
        try await context.show(CrashesRequest(limit: lines ?? 1), json: json) { answer in
            guard let last = answer.crashes.last else { return ["Nothing has crashed since ptrd started."] }
            return lines == nil ? CrashPage(crash: last, style: style).lines : CrashPage.list(answer.crashes, style)
        }
        return .done
    }
}
