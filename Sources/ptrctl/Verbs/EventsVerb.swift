import ArgumentParser
import ControlClient

/// `ptrctl events [-f] [--kind KIND,…] [-n N]`
struct EventsVerb: DaemonVerb {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Show what happened: crashes, scaling, streams, changes by operators.",
        discussion: """
            With -f it goes on with what happens next, until Ctrl-C; when ptrd restarts it waits and goes on. With \
            --json each event is one line. Events in a row that say the same, but for which worker or message it was, \
            stand in one line with their number (×12), those that follow on a terminal only; --full shows each.

            Examples:
              ptrctl events
              ptrctl events -f --kind crash,scale
              ptrctl events -n 1000 --json | jq -r 'select(.kind == "control").message'
            """)

    @OptionGroup var options: GlobalOptions

    @Flag(name: [.short, .long], help: "Go on with what happens from now on.") var follow = false

    @Option(
        help: ArgumentHelp("Only events of these kinds, with commas in between.", valueName: "kinds"),
        completion: .list(Event.Kind.all.map(\.rawValue)), transform: EventsVerb.kinds)
    var kind: [[Event.Kind]] = []

    @Option(
        .number(0...EventsRequest.limits.upperBound), "How many of the past, at most 1000.", name: .lines)
    var lines = 20

    @Flag(help: "Show each event, also where many say the same.") var full = false

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        let kinds = kind.flatMap(\.self)
        let life = follow ? try await DaemonLife(context) : nil
        // Also where none is to be shown: it tells where to go on.
        let request = EventsRequest(kinds: kinds, limit: max(lines, 1))
        let past = try await context.client.send(request).value
        var printer = EventPrinter(context, isFolding: !full)
        let events = past.events.suffix(lines)
        if json {
            for event in events {
                guard context.console.stream(Text.oneLine(event)) else { return .done }
            }
        } else {
            for (event, count) in full ? events.map({ ($0, 1) }) : EventLine.folded(Array(events)) {
                guard printer.print(event, count: count) else { return .done }
            }
        }
        guard let life else { return .done }
        var follower = EventFollower(context: context, kinds: kinds, json: json, printer: printer)
        return try await follower.run(after: max(past.next, 1) - 1, life: life)
    }

    /// Words with commas in between.
    @Sendable private static func kinds(_ argument: String) throws -> [Event.Kind] {
        try argument.split(separator: ",", omittingEmptySubsequences: false).map { word in
            let words = Event.Kind.all.map(\.rawValue)
            guard !word.isEmpty else { throw ValidationError("a kind is empty; there are \(Text.list(words))") }
            guard let index = words.firstIndex(of: String(word)) else {
                throw ValidationError("there is no kind '\(word)'; \(mend(for: String(word), among: words))")
            }
            return Event.Kind.all[index]
        }
    }
}
