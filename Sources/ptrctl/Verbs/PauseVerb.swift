import ArgumentParser
import ControlAPI
import ControlClient

/// `ptrctl pause [STREAM] [--for D]`
struct PauseVerb: DaemonVerb {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Stop reading from one stream or from all; what was admitted is worked on.",
        discussion: """
            It lasts until `ptrctl resume`, or for the time given with --for, after which ptrd goes on by itself. On a \
            terminal the time is counted down; Ctrl-C ends the counting, not the pause.

            Examples:
              ptrctl pause
              ptrctl pause tweets-1 --for 30s
            """)

    @ParentCommand var root: Ptrctl
    @OptionGroup var options: GlobalOptions

    @Argument(help: "The stream; without it, all of them.", completion: LiveNames.streams, transform: StreamName.parse)
    var stream: String?

    @Option(
        name: .customLong("for"), help: ArgumentHelp("Go on by itself after this time.", valueName: "duration"),
        transform: DurationArgument.parse)
    var time: DurationArgument?

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        let stopwatch = context.stopwatch()
        let request = PauseRequest(stream: stream, forSeconds: time?.seconds)
        let response = try await context.show(request, json: json) { [describe($0)] }
        if !json, let note = response.note { context.say(Text.printable(note)) }
        guard let time, !json, context.console.progress != nil else { return .done }
        let line = ProgressLine(context)
        let isOver: Void? = try await untilInterrupted(context.console) { () async throws(ControlClientError) in
            while true {
                let left = time.duration - stopwatch()
                guard left > .zero else { return }
                line.show("\(Text.duration(left, .left)) left; Ctrl-C leaves it paused")
                guard await context.sleep(min(left, .seconds(1))) else { return }
            }
        }
        line.clear()
        let name = stream.map(Text.printable) ?? "all streams"
        if isOver == nil {
            let resume = stream.map { "ptrctl resume \(Text.printable($0))" } ?? "ptrctl resume"
            context.say(
                "\(name): still paused, for \(Text.duration(time.duration - stopwatch(), .left)) more; `\(resume)` ends it"
            )
        } else {
            context.say("\(name): the pause is over")
        }
        return .done
    }

    private func describe(_ response: PauseResponse) -> String {
        let names = response.streams.map(Text.printable).joined(separator: ", ")
        let end = response.forSeconds.map { " for \(Text.duration($0, .left))" } ?? " until `ptrctl resume`"
        return names.isEmpty ? "no stream to pause" : "paused\(end): \(names)"
    }
}
