import ArgumentParser
import ControlClient

/// `ptrctl dead-letters list|show|replay|purge`
struct DeadLettersVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead-letters",
        abstract: "List, show, replay or delete the messages that were given up.",
        subcommands: [
            ListDeadLettersVerb.self, ShowDeadLetterVerb.self, ReplayDeadLettersVerb.self, PurgeDeadLettersVerb.self,
        ],
        defaultSubcommand: ListDeadLettersVerb.self)

    @OptionGroup var options: GlobalOptions
}

/// `ptrctl dead-letters list`
struct ListDeadLettersVerb: DaemonVerb {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List them, the oldest first.",
        discussion: """
            Examples:
              ptrctl dead-letters list
              ptrctl dead-letters list --where 'no such user' -n 1000 --json | jq '.dead_letters | length'
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var filter: DeadLetterFilter

    @Option(.number(DeadLettersRequest.limits), "How many, at most 1000.", name: .lines) var lines = 50

    @Option(.identifier("id"), "Only those with a greater number: the next page.") var after: Int64?

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        let request = DeadLettersRequest(stream: filter.stream, text: filter.text, after: after, limit: lines)
        let answer = try await context.client.send(request)
        let page = answer.value
        if page.deadLetters.isEmpty, let stream = filter.stream, after == nil {
            // One that is gone may have left some; of one that never was there are none.
            if let refusal = try await context.refusal(ofStream: stream) { return refusal }
        }
        context.show(answer, json: json) { DeadLetterPage.list($0.deadLetters, context.style) }
        guard !json, page.total > 0 else { return .done }
        let total = "\(Text.grouped(page.total)) stored, \(Text.bytes(page.totalBytes))"
        let more = page.next.map { "; go on with --after \($0)" } ?? ""
        context.say("\(Text.grouped(page.deadLetters.count)) shown of \(total)\(more)")
        return .done
    }
}

/// `ptrctl dead-letters show ID`
struct ShowDeadLetterVerb: QuestionVerb {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one with its data.",
        discussion: """
            Examples:
              ptrctl dead-letters show 12
              ptrctl dead-letters show 12 --json | jq -r .data
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(.identifier(nil, LiveNames.deadLetters), "Its number.") var id: Int64

    var request: DeadLetterRequest { DeadLetterRequest(id: id) }

    func lines(_ letter: DeadLetterDetail, _ style: Style) -> [String] {
        DeadLetterPage(letter: letter, style: style).lines
    }
}

/// Which dead letters are meant, by what they are about.
struct DeadLetterFilter: ParsableArguments {
    @Option(.stream, "Only those of this stream.") var stream: String?

    @Option(
        name: .customLong("where"),
        help: ArgumentHelp("Only those with this text in their data, reason, type or event id.", valueName: "text"))
    var text: String?

    func validate() throws {
        if text?.isEmpty == true { throw ValidationError("--where is empty: give a text to look for") }
    }
}
