import ArgumentParser
import ControlAPI
import ControlClient

/// `ptrctl streams forget NAME`
struct ForgetStreamPositionVerb: GroupedVerb {
    static let configuration = CommandConfiguration(
        commandName: "forget",
        abstract: "Forget after which event id a stream goes on: it begins anew, without one.",
        discussion: """
            The stream connects anew and the server decides where it begins: with what comes from now on, or with its \
            oldest event. Asks first; scripts say --yes.

            Examples:
              ptrctl streams forget tweets-1
              ptrctl streams forget tweets-1 --yes
            """)

    @ParentCommand var root: Ptrctl
    @ParentCommand var group: StreamsVerb
    @OptionGroup var options: GlobalOptions
    @OptionGroup var confirmation: ConfirmationOptions

    @Argument(help: "The stream.", completion: LiveNames.streams, transform: StreamName.parse)
    var stream: String

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        let question = Confirmation(
            question: "Forget where stream \(Text.printable(stream)) goes on, and begin anew",
            isGiven: confirmation.yes)
        if let status = await question.ask(context) { return status }
        let changed = try await context.show(ForgetStreamPositionRequest(stream: stream), json: json) { answer in
            [
                "\(Text.printable(answer.stream)): begins anew without an id, before \(StreamPositionVerb.brief(answer.previous))"
            ]
        }
        if !json, let note = changed.note { context.say(Text.printable(note)) }
        return .done
    }
}
