import ArgumentParser
import ControlAPI
import ControlClient

/// `ptrctl streams list`
struct ListStreamsVerb: GroupedVerb {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Show the streams: state, events, bytes, reconnects, and what is wrong.",
        discussion: """
            Of one that is down: since when, how often it was tried, when it is tried again, and why.

            Examples:
              ptrctl streams
              ptrctl streams --json | jq -r '.streams[] | select(.state != "open").name'
            """)

    @ParentCommand var root: Ptrctl
    @ParentCommand var group: StreamsVerb
    @OptionGroup var options: GlobalOptions

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        try await context.show(StreamsRequest(), json: json) { answer in
            StreamsTable(streams: answer.streams, style: context.style).lines
        }
        return .done
    }
}
