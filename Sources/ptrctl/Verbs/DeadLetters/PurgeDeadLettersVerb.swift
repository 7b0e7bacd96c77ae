import ArgumentParser
import ControlAPI
import ControlClient

/// `ptrctl dead-letters purge`
struct PurgeDeadLettersVerb: GroupedVerb {
    static let configuration = CommandConfiguration(
        commandName: "purge",
        abstract: "Delete dead letters for good.",
        discussion: """
            Says how many they are and asks first; scripts say --yes.

            Examples:
              ptrctl dead-letters purge 12 13
              ptrctl dead-letters purge --stream tweets-1 --dry-run
              ptrctl dead-letters purge --all --yes
            """)

    @ParentCommand var root: Ptrctl
    @ParentCommand var group: DeadLettersVerb
    @OptionGroup var options: GlobalOptions
    @OptionGroup var choice: DeadLetterChoice
    @OptionGroup var confirmation: ConfirmationOptions

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        let refusal = try await choice.confirm(confirmation, with: context) {
            "Delete \($0) for good"
        } rehearsal: { () async throws(ControlClientError) in
            try await context.client.send(PurgeRequest(selection: choice.selection, dryRun: true)).value
        }
        if let refusal { return refusal }
        let request = PurgeRequest(selection: choice.selection, dryRun: choice.dryRun)
        let answer = try await context.client.send(request)
        let response = answer.value
        if json {
            context.console.out(Text.document(answer.document))
        } else if response.matched > 0 || response.dryRun {
            let what = Text.count(response.matched, "dead letter")
            context.print([
                response.dryRun ? "\(what) would be deleted" : "\(Text.grouped(response.done)) of \(what) deleted"
            ])
        }
        for refusal in response.refused where !json {
            context.complain("\(refusal.id): \(Text.printable(refusal.reason))")
        }
        if let refusal = try await choice.refusal(of: response, with: context) { return refusal }
        return response.dryRun || response.done == response.matched ? .done : .failed
    }
}
