import ArgumentParser
import ControlAPI
import ControlClient

/// `ptrctl explain crash [ID]`
struct ExplainCrashVerb: GroupedVerb {
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

    @ParentCommand var root: Ptrctl
    @ParentCommand var group: ExplainVerb
    @OptionGroup var options: GlobalOptions

    @Argument(
        help: "The number of the crash; without it, the last one.", completion: LiveNames.crashes,
        transform: NumberArgument.identifier)
    var id: Int64?

    @Option(
        name: [.customShort("n"), .customLong("lines")],
        help: ArgumentHelp("List so many of the last ones, at most 500.", valueName: "number"),
        transform: NumberArgument.parse)
    var lines: Int?

    func validate() throws {
        guard let lines else { return }
        guard CrashesRequest.limits ~= lines else {
            throw ValidationError("-n is \(lines); it must be from 1 to \(CrashesRequest.limits.upperBound)")
        }
        guard id == nil else { throw ValidationError("-n lists crashes: leave it out to tell one of them") }
    }

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        let style = context.style
        if let id {
            try await context.show(CrashDetailRequest(id: UInt64(id)), json: json) { crash in
                CrashPage(crash: crash, style: style).lines
            }
            return .done
        }
        try await context.show(CrashesRequest(limit: lines ?? 1), json: json) { answer in
            guard let last = answer.crashes.last else { return ["Nothing has crashed since ptrd started."] }
            let isList = lines != nil
            return isList
                ? CrashesTable(crashes: answer.crashes, style: style).lines : CrashPage(crash: last, style: style).lines
        }
        return .done
    }
}
