import ArgumentParser
import ControlAPI

/// `ptrctl dead-letters show ID`
struct ShowDeadLetterVerb: DaemonVerb {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one with its data.",
        discussion: """
            Examples:
              ptrctl dead-letters show 12
              ptrctl dead-letters show 12 --json | jq -r .data
            """)

    @ParentCommand var root: Ptrctl
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "Its number.", completion: LiveNames.deadLetters)
    var id: Int64

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        try await context.show(DeadLetterRequest(id: id), json: output.json) { letter in
            DeadLetterPage(letter: letter, style: context.style).lines.joined(separator: "\n")
        }
        return .done
    }
}
