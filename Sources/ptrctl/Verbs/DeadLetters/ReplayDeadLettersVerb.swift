import ArgumentParser
import ControlAPI

/// `ptrctl dead-letters replay`
struct ReplayDeadLettersVerb: DaemonVerb {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Admit dead letters anew: each counts as received once more.",
        discussion: """
            One that is settled is no longer stored. --all asks first; scripts say --yes.

            Examples:
              ptrctl dead-letters replay 12 13
              ptrctl dead-letters replay --where 'connection refused' --dry-run
            """)

    @ParentCommand var root: Ptrctl
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var choice: DeadLetterChoice
    @OptionGroup var confirmation: ConfirmationOptions

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        if choice.all {
            let refusal = try await choice.confirm(confirmation, with: context) {
                "Replay \($0)"
            } rehearsal: { () async throws(ControlClientError) in
                try await context.client.send(ReplayRequest(selection: choice.selection, dryRun: true)).value
            }
            if let refusal { return refusal }
        }
        let request = ReplayRequest(selection: choice.selection, dryRun: choice.dryRun)
        let response = try await context.show(request, json: output.json) { response in
            let what = Text.count(response.matched, "dead letter")
            return response.dryRun ? "\(what) would be replayed" : "\(Text.grouped(response.done)) of \(what) replayed"
        }
        for refusal in response.refused where !output.json {
            context.say("\(refusal.id): \(Text.printable(refusal.reason))")
        }
        return response.dryRun || response.done == response.matched ? .done : .failed
    }
}
