import ArgumentParser
import ControlAPI
import ControlClient
import Glibc
import Locking

/// `ptrctl tap [--stage STAGE] [--where TEXT] [-n N]`
struct TapVerb: DaemonVerb {
    static let configuration = CommandConfiguration(
        commandName: "tap",
        abstract: "Watch live messages go by.",
        discussion: """
            It never slows ptrd: what is too much is passed over, and how much that was is said on standard error, \
            once a second and at the end. A message takes a line, or two, cut to the width of the terminal; --full shows \
            all of it. With --json each message is one line. Ctrl-C ends it.

            Examples:
              ptrctl tap -n 10
              ptrctl tap --stage failed
              ptrctl tap --where '"lang":"de"' --json | jq -r .data
            """)

    @ParentCommand var root: Ptrctl
    @OptionGroup var options: GlobalOptions

    @Option(
        help: ArgumentHelp(
            "When to look at a message: \(Text.list(StageArgument.words, last: "or")).", valueName: "stage"),
        completion: .list(StageArgument.words), transform: StageArgument.parse)
    var stage = StageArgument(.received)

    @Option(
        name: .customLong("where"),
        help: ArgumentHelp("Only messages with this text in their data, type or event id.", valueName: "text"))
    var text: String?

    @Option(
        name: [.customShort("n"), .customLong("lines")],
        help: ArgumentHelp("End after so many messages.", valueName: "number"), transform: NumberArgument.parse)
    var lines: Int?

    @Flag(help: "Show all of each message, in as many lines as it takes.")
    var full = false

    func validate() throws {
        if let lines, lines < 1 { throw ValidationError("-n is \(lines); it must be at least 1") }
        if let text, !(1...TapSubscription.longestText ~= text.utf8.count) {
            throw ValidationError("--where takes 1 to \(TapSubscription.longestText) bytes")
        }
    }

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        let tally = TapTally(context: context)
        let (stage, text, lines, json, full) = (stage.stage, text, lines, json, full)
        let end = try await untilInterrupted(context.console) { () async throws(ControlClientError) -> ExitStatus in
            var items = context.client.follow(TapSubscription(stage: stage, text: text)).makeAsyncIterator()
            var count = 0
            while count < lines ?? .max, let item = try await items.next() {
                switch item {
                case .document(let record):
                    count += 1
                    let page = TapLine(record: record.value, style: context.style, isFull: full).lines
                    let line = json ? record.document : context.style.spelled(page.joined(separator: "\n"))
                    guard context.console.stream(line) else { return .done }
                case .skipped(let more): tally.add(more)
                }
            }
            if let lines, count < lines, !Task.isCancelled {
                context.complain("ptrd ended it after \(Text.count(count, "message"))")
                return .badAnswer
            }
            return .done
        }
        tally.say()
        return end ?? ExitStatus(rawValue: 128 + SIGINT)
    }
}

/// How many messages a tap has passed over: said now and then, not with each message.
private final class TapTally: Sendable {
    private let context: VerbContext
    private let now: @Sendable () -> Duration
    private let state = Locked<(sum: UInt64, said: UInt64, next: Duration)>((0, 0, .zero))

    init(context: VerbContext) {
        self.context = context
        now = context.stopwatch()
    }

    func add(_ count: UInt64) {
        let time = now()
        let isDue = state.withLock { state in
            state.sum += count
            guard time >= state.next else { return false }
            state.next = time + .seconds(1)
            return true
        }
        if isDue { say() }
    }

    /// Says what has not been said yet.
    func say() {
        let (more, sum) = state.withLock { state in
            defer { state.said = state.sum }
            return (state.sum - state.said, state.sum)
        }
        guard more > 0 else { return }
        context.say("\(Text.count(more, "message")) passed over, \(Text.grouped(sum)) in all")
    }
}
