import ArgumentParser
import ControlAPI

/// `ptrctl dead-letters purge`
struct PurgeDeadLettersVerb: DaemonVerb {
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
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions
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
        let response = try await context.show(request, json: output.json) { response in
            let what = Text.count(response.matched, "dead letter")
            return response.dryRun ? "\(what) would be deleted" : "\(Text.grouped(response.done)) of \(what) deleted"
        }
        return response.dryRun || response.done == response.matched ? .done : .failed
    }
}
