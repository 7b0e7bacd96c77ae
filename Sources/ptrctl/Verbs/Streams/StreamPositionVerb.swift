import ArgumentParser
import ControlAPI
import ControlClient

/// `ptrctl streams position NAME [--set ID]`
struct StreamPositionVerb: GroupedVerb {
    static let configuration = CommandConfiguration(
        commandName: "position",
        abstract: "Show, or set, after which event id a stream goes on.",
        discussion: """
            It is the id that the server is asked with at the next connection, also after a restart. With --set the stream \
            connects anew and goes on after that id: what came before it is not read again, and what the server sends after \
            it is, even if it was handled already. Asks first; scripts say --yes.

            Examples:
              ptrctl streams position tweets-1
              ptrctl streams position tweets-1 --set 9981
            """)

    @ParentCommand var root: Ptrctl
    @ParentCommand var group: StreamsVerb
    @OptionGroup var options: GlobalOptions
    @OptionGroup var confirmation: ConfirmationOptions

    @Argument(help: "The stream.", completion: LiveNames.streams, transform: StreamName.parse)
    var stream: String

    @Option(
        name: .customLong("set"), parsing: .unconditional,
        help: ArgumentHelp("Go on after this event id instead.", valueName: "id"))
    var id: String?

    func validate() throws {
        if id?.isEmpty == true { throw ValidationError("an id has to be given with --set; `streams forget` drops it") }
        if id == nil, confirmation.yes { throw ValidationError("--yes is for --set: showing a position asks nothing") }
    }

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        guard let id else {
            try await context.show(StreamPositionRequest(stream: stream), json: json) { answer in
                [answer.position.map { Self.shown($0, of: answer.bytes) } ?? "none: it goes on without an id"]
            }
            return .done
        }
        let question = Confirmation(
            question: "Have stream \(Text.printable(stream)) go on after \(Self.brief(id))", isGiven: confirmation.yes)
        if let status = await question.ask(context) { return status }
        let changed = try await context.show(SetStreamPositionRequest(stream: stream, position: id), json: json) {
            answer in
            [
                "\(Text.printable(answer.stream)): goes on after \(Self.brief(answer.position)), before \(Self.brief(answer.previous))"
            ]
        }
        if !json, let note = changed.note { context.say(Text.printable(note)) }
        return .done
    }

    /// An id by itself; how long it is, if that is not all of it.
    private static func shown(_ id: String, of bytes: Int) -> String {
        let isCut = id.utf8.count < bytes
        return Text.printable(id) + (isCut ? "… (\(Text.bytes(bytes)))" : "")
    }

    /// An id in a sentence.
    static func brief(_ id: String?) -> String {
        id.map { Text.shortened(Text.printable($0), to: 64) } ?? "none"
    }
}
