import ArgumentParser
import ControlAPI
import ControlClient

/// `ptrctl status`
struct StatusVerb: DaemonVerb {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show streams, messages, workers and scaling.",
        discussion: """
            What is wrong comes first. Ends with 0 if ptrd is healthy and with 1 if it is degraded.

            Examples:
              ptrctl status
              ptrctl status --json | jq .messages.in_flight
            """)

    @ParentCommand var root: Ptrctl
    @OptionGroup var options: GlobalOptions

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        let status = try await context.show(StatusRequest(), json: json) { status in
            StatusPage(status: status, style: context.style).lines
        }
        return status.isUnwell ? .failed : .done
    }
}
