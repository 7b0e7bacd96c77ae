import ArgumentParser
import ControlAPI
import ControlClient

/// `ptrctl top`
struct TopVerb: DaemonVerb {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "Watch the daemon at work, on the whole screen.",
        discussion: """
            Rates, the in-flight count as a graph, scaling, the load of each direct supervisor, latency, and the \
            messages that take longest. Keys: s sorts by the next column, r turns the order around, p pauses, arrows \
            scroll, q quits. Needs a terminal; with --json it prints one document and ends.

            Examples:
              ptrctl top
              ptrctl top --every 250ms
            """)

    @ParentCommand var root: Ptrctl
    @OptionGroup var options: GlobalOptions

    @Option(
        help: ArgumentHelp("The time between two pictures, from 100ms on.", valueName: "duration"),
        transform: DurationArgument.parse)
    var every = DurationArgument(seconds: 1)

    func validate() throws {
        try every.validate(least: .milliseconds(100), "--every")
    }

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        if json {
            try await context.show(TopRequest(), json: true) { _ in [] }
            return .done
        }
        guard context.console.hasScreen else {
            context.complain(
                "top needs a terminal to draw on; scripts read `ptrctl top --json` or `ptrctl status --json`")
            return .usage
        }
        // What prevents the first answer is said on the ordinary screen.
        let first = try await context.client.answer(to: TopRequest())
        return await ScreenSession(interval: every.duration, style: context.style) {
            [client = context.client] () async throws(ControlClientError) in
            try await client.answer(to: TopRequest())
        }.run(TopScreen(top: first, style: context.style))
    }
}
