import ArgumentParser
import ControlClient
import Glibc

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

    @OptionGroup var options: GlobalOptions

    /// A stage as it is written, for the help.
    struct Stage: Sendable, CustomStringConvertible {
        let stage: TapRecord.Stage
        var description: String { stage.rawValue }

        static let all = TapRecord.Stage.all.map { Stage(stage: $0) }
    }

    @Option(
        .word("stage", among: Stage.all, spelled: \.description),
        "When to look at a message: \(Text.list(Stage.all.map(\.description), last: "or")).")
    var stage = Stage(stage: .received)

    @Option(
        name: .customLong("where"),
        help: ArgumentHelp("Only messages with this text in their data, type or event id.", valueName: "text"))
    var text: String?

    @Option(.number(1 ... .max), "End after so many messages.", name: .lines) var lines: Int?

    @Flag(help: "Show all of each message, in as many lines as it takes.") var full = false

    func validate() throws {
        if let text, !(1...TapSubscription.longestText ~= text.utf8.count) {
            throw ValidationError("--where takes 1 to \(TapSubscription.longestText) bytes")
        }
    }

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        let end = try await untilInterrupted(context.console) { () async throws(ControlClientError) in
            try await follow(context)
        }
        return end ?? ExitStatus(rawValue: 128 + SIGINT)
    }

    private func follow(_ context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        var tally = Tally(context)
        defer { tally.say() }
        var items = context.client.follow(TapSubscription(stage: stage.stage, text: text)).makeAsyncIterator()
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

    /// How many messages have been passed over: said now and then, not with each message.
    private struct Tally {
        private let context: VerbContext
        private let now: @Sendable () -> Duration
        private var sum: UInt64 = 0
        private var said: UInt64 = 0
        private var next = Duration.zero

        init(_ context: VerbContext) {
            self.context = context
            now = context.stopwatch()
        }

        mutating func add(_ count: UInt64) {
            sum += count
            guard now() >= next else { return }
            next = now() + .seconds(1)
            say()
        }

        /// Says what has not been said yet.
        mutating func say() {
            guard sum > said else { return }
            context.say("\(Text.count(sum - said, "message")) passed over, \(Text.grouped(sum)) in all")
            said = sum
        }
    }
}
