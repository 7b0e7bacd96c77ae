import ArgumentParser
import ControlAPI

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

    @ParentCommand var root: Ptrctl
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var filter: DeadLetterFilter

    @Option(name: [.customShort("n"), .customLong("lines")], help: "How many, at most 1000.")
    var lines = 50

    @Option(help: ArgumentHelp("Only those with a greater number: the next page.", valueName: "id"))
    var after: Int64?

    func validate() throws {
        guard DeadLettersRequest.limits ~= lines else {
            throw ValidationError("-n is \(lines); it must be from 1 to \(DeadLettersRequest.limits.upperBound)")
        }
    }

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        let request = DeadLettersRequest(stream: filter.stream, text: filter.text, after: after, limit: lines)
        let page = try await context.show(request, json: output.json) { page in
            DeadLettersTable(letters: page.deadLetters, style: context.style).lines.joined(separator: "\n")
        }
        guard !output.json, page.total > 0 else { return .done }
        let total = "\(Text.grouped(page.total)) stored, \(Text.bytes(page.totalBytes))"
        let more = page.next.map { "; go on with --after \($0)" } ?? ""
        context.say("\(Text.grouped(page.deadLetters.count)) shown of \(total)\(more)")
        return .done
    }
}
