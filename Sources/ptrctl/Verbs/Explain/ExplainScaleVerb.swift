import ArgumentParser
import ControlAPI
import ControlClient

/// `ptrctl explain scale [-n N]`
struct ExplainScaleVerb: GroupedVerb {
    static let configuration = CommandConfiguration(
        commandName: "scale",
        abstract: "Show the last decisions of the autoscaler, each with its figures and its reason.",
        discussion: """
            Ticks in a row with the same decision for the same reason stand in one line.

            Examples:
              ptrctl explain scale
              ptrctl explain scale -n 100 --json
            """)

    @ParentCommand var root: Ptrctl
    @ParentCommand var group: ExplainVerb
    @OptionGroup var options: GlobalOptions

    @Option(
        name: [.customShort("n"), .customLong("lines")],
        help: ArgumentHelp("How many decisions, at most 300.", valueName: "number"), transform: NumberArgument.parse)
    var lines = 20

    func validate() throws {
        guard DecisionsRequest.limits ~= lines else {
            throw ValidationError("-n is \(lines); it must be from 1 to \(DecisionsRequest.limits.upperBound)")
        }
    }

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        try await context.show(DecisionsRequest(limit: lines), json: json) { decisions in
            DecisionsPage(decisions: decisions, style: context.style).lines
        }
        return .done
    }
}
