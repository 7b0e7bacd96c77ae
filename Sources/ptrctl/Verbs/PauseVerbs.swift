import ArgumentParser
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

    @OptionGroup var options: GlobalOptions

    @Argument(.stream, "The stream; without it, all of them.") var stream: String?

    @Option(.duration, "Go on by itself after this time.", name: .customLong("for")) var time: Duration?

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        let stopwatch = context.stopwatch()
        let request = PauseRequest(stream: stream, forSeconds: time.map { $0 / .seconds(1) })
        try await context.show(request, json: json, note: \.note) { [describe($0)] }
        guard let time, !json, context.console.progress != nil else { return .done }
        let isOver: Void? = try await context.waitUnlessInterrupted(every: .seconds(1), for: time - stopwatch()) {
            isLate in
            isLate ? .over(()) : .still("\(Text.duration(time - stopwatch(), .left)) left; Ctrl-C leaves it paused")
        }
        let name = stream.map(Text.printable) ?? "all streams"
        if isOver == nil {
            let resume = stream.map { "ptrctl resume \(Text.printable($0))" } ?? "ptrctl resume"
            let left = Text.duration(time - stopwatch(), .left)
            context.say("\(name): still paused, for \(left) more; `\(resume)` ends it")
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

/// `ptrctl resume [STREAM]`
struct ResumeVerb: DaemonVerb {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Read again from one stream or from all that are paused.",
        discussion: """
            A stream that its server told to stop, or that waits for its next try, is tried at once when it is named, \
            and what came of that is said.

            Examples:
              ptrctl resume
              ptrctl resume tweets-1
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(.stream, "The stream; without it, all that are paused.") var stream: String?

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        let response = try await context.show(ResumeRequest(stream: stream), json: json) { response in
            let names = response.streams.map(Text.printable).joined(separator: ", ")
            guard names.isEmpty else {
                return ["resumed: \(names); ptrd is \(Text.printable(response.state.rawValue))"]
            }
            return [response.note.map(Text.printable) ?? "no stream was paused"]
        }
        guard !json else { return .done }
        if !response.streams.isEmpty, let note = response.note { context.say(Text.printable(note)) }
        if let stream, response.streams.contains(stream) { try await tellWhatCame(of: stream, context) }
        return .done
    }

    /// To be tried again is not yet to be read: it is looked at what became of the try.
    private func tellWhatCame(of name: String, _ context: VerbContext) async throws(ControlClientError) {
        let end = try await context.wait(every: .milliseconds(200), for: .seconds(3)) {
            (_) async throws(ControlClientError) -> Waiting<Status.Stream?> in
            let stream = try await context.client.answer(to: StreamsRequest()).streams.first { $0.name == name }
            return stream?.state == .connecting ? .still(nil) : .over(stream)
        }
        guard let stream = end ?? nil else { return }
        if stream.state == .open { return context.say("\(Text.printable(name)) is open") }
        let words = [stream.downtime, stream.error].compactMap(\.self).map(Text.printable)
        guard !words.isEmpty else { return }
        context.say("\(Text.printable(name)) is not open: \(words.joined(separator: ": "))")
    }
}
