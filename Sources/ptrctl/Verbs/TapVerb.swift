import ArgumentParser
import ControlAPI

/// `ptrctl tap [--stage STAGE] [--where TEXT] [-n N]`
struct TapVerb: DaemonVerb {
    static let configuration = CommandConfiguration(
        commandName: "tap",
        abstract: "Watch live messages go by.",
        discussion: """
            It never slows ptrd: what is too much is passed over, and how much that was is said on standard error. \
            With --json each message is one line.

            Examples:
              ptrctl tap -n 10
              ptrctl tap --stage failed
              ptrctl tap --where '"lang":"de"' --json | jq -r .data
            """)

    @ParentCommand var root: Ptrctl
    @OptionGroup var connection: ConnectionOptions

    @Flag(help: "Print each message as one line of JSON.")
    var json = false

    @Option(help: "When to look at a message.")
    var stage = StageArgument(.received)

    @Option(
        name: .customLong("where"),
        help: ArgumentHelp("Only messages with this text in their data, type or event id.", valueName: "text"))
    var text: String?

    @Option(name: [.customShort("n"), .customLong("lines")], help: "End after so many messages.")
    var lines: Int?

    func validate() throws {
        if let lines, lines < 1 { throw ValidationError("-n is \(lines); it must be at least 1") }
        if let text, !(1...TapSubscription.longestText ~= text.utf8.count) {
            throw ValidationError("--where takes 1 to \(TapSubscription.longestText) bytes")
        }
    }

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        var items = context.client.follow(TapSubscription(stage: stage.stage, text: text)).makeAsyncIterator()
        var count = 0
        var skipped: UInt64 = 0
        while count < lines ?? .max, let item = try await items.next() {
            switch item {
            case .document(let record):
                count += 1
                let line = json ? record.document : TapLine(record: record.value, style: context.style).text
                guard context.console.stream(line) else { return .done }
            case .skipped(let more):
                skipped += more
                context.say("\(Text.count(more, "message")) passed over, \(Text.grouped(skipped)) in all")
            }
        }
        if let lines, count < lines {
            context.say("ptrd ended it after \(Text.count(count, "message"))")
            return .badAnswer
        }
        return .done
    }
}
