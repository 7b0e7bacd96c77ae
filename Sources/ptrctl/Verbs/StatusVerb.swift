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
        let status = try await context.show(StatusRequest(), json: output.json) { status in
            StatusPage(status: status, style: context.style).text
        }
        return status.state == .degraded ? .failed : .done
    }
}
