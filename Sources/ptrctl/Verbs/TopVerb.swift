import ArgumentParser
import ControlClient

/// `ptrctl top`
struct TopVerb: DaemonVerb {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "Watch the daemon at work, on the whole screen.",
        discussion: """
            Rates, the in-flight count as a graph, scaling, the load of each direct supervisor, latency, and the \
            messages that take longest. Keys: s sorts by the next column, r turns the order around, p pauses, arrows \
            scroll, q quits. Needs a terminal; with --json it prints one document and ends. With --all each ptrd at the broker has a \
            line.

            Examples:
              ptrctl top
              ptrctl top --every 250ms
              ptrctl --all top
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var everywhere: EverywhereOption

    @Option(.duration, "The time between two pictures, from 100ms on.") var every: Duration?

    func validate() throws {
        try every?.validateEvery()
    }

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        if json, everywhere.all {
            _ = try await context.showAll(.status, json: true, \.status)
            return .done
        }
        if json {
            try await context.show(TopRequest(), json: true) { _ in [] }
            return .done
        }
        guard context.console.hasScreen else {
            context.complain(
                "top needs a terminal to draw on; scripts read `ptrctl top --json` or `ptrctl status --json`")
            return .usage
        }
        if everywhere.all {
            return try await context.watch(WholeRequest(), every: every ?? .seconds(1)) {
                WholeScreen(document: $0, style: context.style)
            }
        }
        return try await context.watch(TopRequest(), every: every ?? .seconds(1)) {
            TopScreen(top: $0, style: context.style)
        }
    }
}
