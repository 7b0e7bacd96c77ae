import ArgumentParser
import ControlClient

/// `ptrctl tree [--watch]`
struct TreeVerb: DaemonVerb {
    static let configuration = CommandConfiguration(
        commandName: "tree",
        abstract: "Show the live supervision tree: states, incarnations, restarts, and what each worker holds.",
        discussion: """
            An incarnation stands for a process id: it is new at every restart. With --watch the tree is drawn anew \
            every second: in place on a terminal (q ends it), one after another elsewhere, with --json one document \
            in a line.

            Of workers that are idle there is only the number: --full shows all, --busy only what works or is not \
            well, --depth so many levels. The JSON always holds all.

            Examples:
              ptrctl tree
              ptrctl tree --busy
              ptrctl tree --watch
              ptrctl tree --json | jq '.. | .id? // empty'
            """)

    @OptionGroup var options: GlobalOptions

    @Flag(help: "Show it again and again.") var watch = false

    @Option(.duration, "With --watch: the time between two pictures, from 100ms on. (default: 1s)") var every: Duration?

    @Flag(help: "Show only what works or is not well.") var busy = false

    @Option(.number(1 ... .max, "levels"), "Show so many levels, the root being the first.") var depth: Int?

    @Flag(help: "Show every worker.") var full = false

    func validate() throws {
        if every != nil, !watch { throw ValidationError("--every is for --watch; did you mean tree --watch --every?") }
        try every?.validateEvery()
        if full, busy || depth != nil { throw ValidationError("--full shows all: leave out --busy and --depth") }
    }

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        let style = context.style
        let scope = TreeScope(isFull: full, isBusyOnly: busy, depth: depth)
        let interval = every ?? .seconds(1)
        guard watch else {
            try await context.show(TreeRequest(), json: json) { TreePage(tree: $0, style: style, scope: scope).lines }
            return .done
        }
        if !json, context.console.hasScreen {
            return try await context.watch(TreeRequest(), every: interval) {
                TreeScreen(document: $0, style: style, scope: scope)
            }
        }
        repeat {
            let answer = try await context.client.send(TreeRequest())
            let page = TreePage(tree: answer.value, style: style, scope: scope).lines.joined(separator: "\n")
            let text = json ? Text.oneLine(answer.document) : style.spelled(page) + "\n"
            guard context.console.stream(text) else { break }
        } while await context.sleep(interval)
        return .done
    }
}

/// `ptrctl workers`
struct WorkersVerb: DaemonVerb {
    static let configuration = CommandConfiguration(
        commandName: "workers",
        abstract: "Show the workers: state, incarnation, restarts, and the message in hand.",
        discussion: """
            Of workers that are processes also the pid, the memory and processor time used, and the age. With --all those of each \
            ptrd at the broker.

            Examples:
              ptrctl workers
              ptrctl --all workers
              ptrctl workers --json | jq '.workers[] | select(.state == "backing_off").id'
              ptrctl workers --json | jq '[.workers[].restarts] | add'
            """)

    @OptionGroup var options: GlobalOptions

    @OptionGroup var everywhere: EverywhereOption

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        if everywhere.all {
            _ = try await context.showAll(.workers, json: json, \.workers)
        } else {
            let style = context.style
            try await context.show(WorkersRequest(), json: json) {
                WorkersTable(workers: $0.workers, style: style).lines
            }
        }
        return .done
    }
}
