import ArgumentParser
import ControlAPI

/// `ptrctl tree [--watch]`
struct TreeVerb: DaemonVerb {
    static let configuration = CommandConfiguration(
        commandName: "tree",
        abstract: "Show the live supervision tree: states, incarnations, restarts, and what each worker holds.",
        discussion: """
            An incarnation stands for a process id: it is new at every restart. With --watch the tree is drawn anew \
            every second: in place on a terminal (q ends it), one after another elsewhere, with --json one document \
            in a line.

            Examples:
              ptrctl tree
              ptrctl tree --watch
              ptrctl tree --json | jq '.. | .id? // empty'
            """)

    @ParentCommand var root: Ptrctl
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    @Flag(help: "Show it again and again.")
    var watch = false

    @Option(help: ArgumentHelp("The time between two pictures, from 100ms on.", valueName: "duration"))
    var every = DurationArgument(seconds: 1)

    func validate() throws {
        try every.validate(least: .milliseconds(100), "--every")
    }

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        let style = context.style
        guard watch else {
            try await context.show(TreeRequest(), json: output.json) { tree in
                TreePage(tree: tree, style: style).lines.joined(separator: "\n")
            }
            return .done
        }
        if !output.json, context.console.hasScreen {
            let first = try await context.client.tree()
            return await ScreenSession(interval: every.duration) {
                [client = context.client] () async throws(ControlClientError) in
                try await client.tree()
            }.run(TreeScreen(tree: first, style: style))
        }
        repeat {
            let answer = try await context.client.send(TreeRequest())
            let text = TreePage(tree: answer.value, style: style).lines.joined(separator: "\n") + "\n"
            guard context.console.stream(output.json ? Text.oneLine(answer.document) : text) else { break }
        } while await context.sleep(every.duration)
        return .done
    }
}
