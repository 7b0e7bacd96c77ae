import ArgumentParser
import ControlAPI

/// `ptrctl dead-letters purge`
struct PurgeDeadLettersVerb: DaemonVerb {
    static let configuration = CommandConfiguration(
        commandName: "purge",
        abstract: "Delete dead letters for good.",
        discussion: """
            Asks first; scripts say --yes.

            Examples:
              ptrctl dead-letters purge 12 13
              ptrctl dead-letters purge --stream tweets-1 --dry-run
              ptrctl dead-letters purge --all --yes
            """)

    @ParentCommand var root: Ptrctl
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var choice: DeadLetterChoice
    @OptionGroup var confirmation: ConfirmationOptions

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        if !choice.dryRun {
            let which = choice.all ? "all dead letters" : "these dead letters"
            let question = Confirmation(question: "Delete \(which) for good", isGiven: confirmation.yes)
            if let status = await question.ask(context.console) { return status }
        }
        let request = PurgeRequest(selection: choice.selection, dryRun: choice.dryRun)
        let response = try await context.show(request, json: output.json) { response in
            let what = Text.count(response.matched, "dead letter")
            return response.dryRun ? "\(what) would be deleted" : "\(Text.grouped(response.done)) of \(what) deleted"
        }
        return response.dryRun || response.done == response.matched ? .done : .failed
    }
}
