import ArgumentParser
import ControlAPI
import ControlClient

/// `ptrctl workers`
struct WorkersVerb: DaemonVerb {
    static let configuration = CommandConfiguration(
        commandName: "workers",
        abstract: "Show the workers: state, incarnation, restarts, and the message in hand.",
        discussion: """
            Examples:
              ptrctl workers
              ptrctl workers --json | jq '[.workers[].restarts] | add'
            """)

    @ParentCommand var root: Ptrctl
    @OptionGroup var options: GlobalOptions

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        try await context.show(WorkersRequest(), json: json) { answer in
            WorkersTable(workers: answer.workers, style: context.style).lines
        }
        return .done
    }
}
