import ArgumentParser
import ControlAPI
import ControlClient

/// `ptrctl resume [STREAM]`
struct ResumeVerb: DaemonVerb {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Read again from one stream or from all that are paused.",
        discussion: """
            A stream that its server told to stop, or that waits for its next try, is tried at once when it is named, \
            and what came of that is said.

            Examples:
              ptrctl resume
              ptrctl resume tweets-1
            """)

    @ParentCommand var root: Ptrctl
    @OptionGroup var options: GlobalOptions

    @Argument(
        help: "The stream; without it, all that are paused.", completion: LiveNames.streams,
        transform: StreamName.parse)
    var stream: String?

    /// How often it is looked at what became of the try, and how long apart.
    private static let looks = 15
    private static let poll: Duration = .milliseconds(200)

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        let response = try await context.show(ResumeRequest(stream: stream), json: json) { response in
            let names = response.streams.map(Text.printable).joined(separator: ", ")
            guard names.isEmpty else {
                return ["resumed: \(names); ptrd is \(Text.printable(response.state.rawValue))"]
            }
            return [response.note.map(Text.printable) ?? "no stream was paused"]
        }
        guard !json else { return .done }
        if !response.streams.isEmpty, let note = response.note { context.say(Text.printable(note)) }
        if let stream, response.streams.contains(stream) { try await tellWhatCame(of: stream, context) }
        return .done
    }

    /// To be tried again is not yet to be read.
    private func tellWhatCame(of name: String, _ context: VerbContext) async throws(ControlClientError) {
        for _ in 0..<Self.looks {
            guard
                let stream = try await context.client.answer(to: StreamsRequest()).streams.first(where: {
                    $0.name == name
                })
            else { return }
            switch stream.state {
            case .connecting: break
            case .open: return context.say("\(Text.printable(name)) is open")
            default:
                let words = [stream.downtime, stream.error].compactMap(\.self).map(Text.printable)
                guard !words.isEmpty else { return }
                return context.say("\(Text.printable(name)) is not open: \(words.joined(separator: ": "))")
            }
            guard await context.sleep(Self.poll) else { return }
        }
    }
}
