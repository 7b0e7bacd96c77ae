import ArgumentParser
import ControlAPI

/// `ptrctl resume [STREAM]`
struct ResumeVerb: DaemonVerb {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Read again from one stream or from all that are paused.",
        discussion: """
            A stream that its server told to stop, or that waits for its next try, is tried at once when it is named.

            Examples:
              ptrctl resume
              ptrctl resume tweets-1
            """)

    @ParentCommand var root: Ptrctl
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The stream; without it, all that are paused.", completion: LiveNames.streams)
    var stream: String?

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        let response = try await context.show(ResumeRequest(stream: stream), json: output.json) { response in
            let names = response.streams.map(Text.printable).joined(separator: ", ")
            guard names.isEmpty else {
                return "reading again: \(names); ptrd is \(Text.printable(response.state.rawValue))"
            }
            return response.note.map(Text.printable) ?? "no stream was paused"
        }
        if !output.json, !response.streams.isEmpty, let note = response.note { context.say(Text.printable(note)) }
        return .done
    }
}
