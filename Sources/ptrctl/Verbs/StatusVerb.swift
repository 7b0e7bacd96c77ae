import ArgumentParser
import ControlAPI

/// `ptrctl status`
struct StatusVerb: DaemonVerb {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show streams, messages, workers and scaling.",
        discussion: """
            Ends with 0 if ptrd is healthy and with 1 if it is degraded.

            Examples:
              ptrctl status
              ptrctl status --json | jq .messages.in_flight
            """)

    @ParentCommand var root: Ptrctl
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        let answer = try await context.client.send(StatusRequest())
        if output.json {
            context.console.out(Text.document(answer.document))
        } else {
            let page = StatusPage(status: answer.value, style: Style(colours: context.console.hasColours))
            context.console.out(page.text)
        }
        return answer.value.state == .degraded ? .failed : .done
    }
}
