import ArgumentParser
import ControlAPI
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

    @ParentCommand var root: Ptrctl
    @OptionGroup var options: GlobalOptions

    @Flag(name: [.short, .long], help: "Go on with what happens from now on.")
    var follow = false

    @Option(
        help: ArgumentHelp(
            "Only events of these kinds, with commas in between.", valueName: "kinds"),
        completion: .list(KindsArgument.words), transform: KindsArgument.parse)
    var kind: [KindsArgument] = []

    @Option(
        name: [.customShort("n"), .customLong("lines")],
        help: ArgumentHelp("How many of the past, at most 1000.", valueName: "number"), transform: NumberArgument.parse)
    var lines = 20

    @Flag(help: "Show each event, also where many say the same.")
    var full = false

    func validate() throws {
        guard 0...EventsRequest.limits.upperBound ~= lines else {
            throw ValidationError("-n is \(lines); it must be from 0 to \(EventsRequest.limits.upperBound)")
        }
    }

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        let kinds = kind.flatMap(\.kinds)
        let life = follow ? try await DaemonLife(context) : nil
        // Also where none is to be shown: it tells where to go on.
        let request = EventsRequest(kinds: kinds, limit: max(lines, 1))
        let past = try await context.client.send(request).value
        let printer = EventPrinter(context, isFolding: !full)
        if json {
            for event in past.events.suffix(lines) {
                guard context.console.stream(try document(of: event, context)) else { return .done }
            }
        } else {
            let events = past.events.suffix(lines)
            for (event, count) in full ? events.map({ ($0, 1) }) : EventLine.folded(Array(events)) {
                guard printer.print(event, count: count) else { return .done }
            }
        }
        guard let life else { return .done }
        let follower = EventFollower(context: context, kinds: kinds, json: json, printer: printer)
        return try await follower.run(after: max(past.next, 1) - 1, life: life)
    }

    private func document(of event: Event, _ context: VerbContext) throws(ControlClientError) -> String {
        do {
            return Text.oneLine(String(decoding: try ControlJSON.encode(event), as: UTF8.self))
        } catch {
            throw .badAnswer(socket: context.client.socket, problem: "\(error)")
        }
    }
}
