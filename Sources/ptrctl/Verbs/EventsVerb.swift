import ArgumentParser
import ControlAPI

/// `ptrctl events [-f] [--kind KIND,…] [-n N]`
struct EventsVerb: DaemonVerb {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Show what happened: crashes, scaling, streams, changes by operators.",
        discussion: """
            With -f it goes on with what happens next, until Ctrl-C; when ptrd restarts it waits and goes on. With \
            --json each event is one line.

            Examples:
              ptrctl events
              ptrctl events -f --kind crash,scale
              ptrctl events -n 1000 --json | jq -r 'select(.kind == "control").message'
            """)

    @ParentCommand var root: Ptrctl
    @OptionGroup var connection: ConnectionOptions

    @Flag(help: "Print each event as one line of JSON.")
    var json = false

    @Flag(name: [.short, .long], help: "Go on with what happens from now on.")
    var follow = false

    @Option(
        help: ArgumentHelp(
            "Only events of these kinds, with commas in between.", valueName: "kinds"))
    var kind: [KindsArgument] = []

    @Option(name: [.customShort("n"), .customLong("lines")], help: "How many of the past, at most 1000.")
    var lines = 20

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
        for event in past.events.suffix(lines) {
            guard context.console.stream(try line(event, context)) else { return .done }
        }
        guard let life else { return .done }
        let follower = EventFollower(context: context, kinds: kinds, json: json)
        return try await follower.run(after: max(past.next, 1) - 1, life: life)
    }

    private func line(_ event: Event, _ context: VerbContext) throws(ControlClientError) -> String {
        guard json else { return EventLine(event: event, style: context.style).text }
        do {
            return Text.oneLine(String(decoding: try ControlJSON.encode(event), as: UTF8.self))
        } catch {
            throw .badAnswer(socket: context.client.socket, problem: "\(error)")
        }
    }
}
