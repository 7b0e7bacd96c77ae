import ArgumentParser
import ControlAPI
import ControlClient

/// `ptrctl dead-letters show ID`
struct ShowDeadLetterVerb: GroupedVerb {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one with its data.",
        discussion: """
            Examples:
              ptrctl dead-letters show 12
              ptrctl dead-letters show 12 --json | jq -r .data
            """)

    @ParentCommand var root: Ptrctl
    @ParentCommand var group: DeadLettersVerb
    @OptionGroup var options: GlobalOptions

    @Argument(help: "Its number.", completion: LiveNames.deadLetters, transform: NumberArgument.identifier)
    var id: Int64

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        try await context.show(DeadLetterRequest(id: id), json: json) { letter in
            DeadLetterPage(letter: letter, style: context.style).lines
        }
        return .done
    }
}
