import ArgumentParser
import ControlAPI

/// `ptrctl streams`
struct StreamsVerb: DaemonVerb {
    static let configuration = CommandConfiguration(
        commandName: "streams",
        abstract: "Show the streams: state, events, bytes, reconnects, and what is wrong.",
        discussion: """
            Examples:
              ptrctl streams
              ptrctl streams --json | jq -r '.streams[] | select(.state != "open").name'
            """)

    @ParentCommand var root: Ptrctl
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        try await context.show(StreamsRequest(), json: output.json) { answer in
            StreamsTable(streams: answer.streams, style: context.style).lines.joined(separator: "\n")
        }
        return .done
    }
}
