import ArgumentParser
import ControlAPI
import ControlClient

/// `ptrctl dead-letters list`
struct ListDeadLettersVerb: GroupedVerb {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List them, the oldest first.",
        discussion: """
            Examples:
              ptrctl dead-letters list
              ptrctl dead-letters list --where 'no such user' -n 1000 --json | jq '.dead_letters | length'
            """)

    @ParentCommand var root: Ptrctl
    @ParentCommand var group: DeadLettersVerb
    @OptionGroup var options: GlobalOptions
    @OptionGroup var filter: DeadLetterFilter

    @Option(
        name: [.customShort("n"), .customLong("lines")],
        help: ArgumentHelp("How many, at most 1000.", valueName: "number"), transform: NumberArgument.parse)
    var lines = 50

    @Option(
        help: ArgumentHelp("Only those with a greater number: the next page.", valueName: "id"),
        transform: NumberArgument.identifier)
    var after: Int64?

    func validate() throws {
        guard DeadLettersRequest.limits ~= lines else {
            throw ValidationError("-n is \(lines); it must be from 1 to \(DeadLettersRequest.limits.upperBound)")
        }
    }

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        let request = DeadLettersRequest(stream: filter.stream, text: filter.text, after: after, limit: lines)
        let answer = try await context.client.send(request)
        let page = answer.value
        if page.deadLetters.isEmpty, let stream = filter.stream, after == nil {
            // One that is gone may have left some; of one that never was there are none.
            if let refusal = try await StreamName.refusal(of: stream, with: context) { return refusal }
        }
        if json {
            context.console.out(Text.document(answer.document))
        } else {
            context.print(DeadLettersTable(letters: page.deadLetters, style: context.style).lines)
        }
        guard !json, page.total > 0 else { return .done }
        let total = "\(Text.grouped(page.total)) stored, \(Text.bytes(page.totalBytes))"
        let more = page.next.map { "; go on with --after \($0)" } ?? ""
        context.say("\(Text.grouped(page.deadLetters.count)) shown of \(total)\(more)")
        return .done
    }
}
