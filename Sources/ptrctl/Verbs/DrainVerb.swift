import ArgumentParser
import ControlAPI
import ControlClient

/// `ptrctl drain [--timeout D]`
struct DrainVerb: DaemonVerb {
    static let configuration = CommandConfiguration(
        commandName: "drain",
        abstract: "Stop reading from all streams and wait until nothing is in flight.",
        discussion: """
            ptrd stays, paused, until `ptrctl resume`. Asks first; scripts say --yes. Ends with 1 if something is left \
            when the time is up; the draining goes on then, as it does after Ctrl-C.

            Examples:
              ptrctl drain
              ptrctl drain --yes --timeout 30s && systemctl stop ptrd
            """)

    @ParentCommand var root: Ptrctl
    @OptionGroup var options: GlobalOptions
    @OptionGroup var confirmation: ConfirmationOptions

    @Option(
        help: ArgumentHelp("Wait no longer than this; without it, as long as it takes.", valueName: "duration"),
        transform: DurationArgument.parse)
    var timeout: DurationArgument?

    private static let poll: Duration = .milliseconds(200)

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        let question = Confirmation(question: "Stop reading from all streams and drain ptrd", isGiven: confirmation.yes)
        if let status = await question.ask(context) { return status }
        let start = try await context.client.answer(to: DrainRequest())
        let line = ProgressLine(context)
        let json = json
        let end = try await untilInterrupted(context.console) {
            () async throws(ControlClientError) -> ControlClient.Answer<Status>? in
            let stopwatch = context.stopwatch()
            while true {
                let answer = try await context.client.send(StatusRequest())
                let left = answer.value.messages.inFlight
                if left == 0 || timeout.map({ stopwatch() >= $0.duration }) ?? false { return answer }
                let done = max(start.inFlight - left, 0)
                line.show("\(Text.bar(done, of: start.inFlight, width: 20)) \(Text.grouped(left)) in flight")
                guard await context.sleep(Self.poll) else { return nil }
            }
        }
        line.clear()
        guard let answer = end ?? nil else {
            context.say("the draining goes on; `ptrctl resume` reads again, `ptrctl wait idle` waits for its end")
            return .failed
        }
        if json { context.console.out(Text.document(answer.document)) }
        let messages = answer.value.messages
        guard messages.inFlight > 0 else {
            if !json { context.print(["drained: nothing is in flight; `ptrctl resume` reads again"]) }
            return .done
        }
        await tellWhatIsLeft(messages, context)
        return .failed
    }

    private func tellWhatIsLeft(_ messages: Status.Messages, _ context: VerbContext) async {
        var text = "\(Text.grouped(messages.inFlight)) still in flight"
        if let delayed = messages.delayed, delayed > 0 { text += ", \(Text.grouped(delayed)) of them delayed" }
        context.complain(text + "; the draining goes on")
        // Particulars, if they can be had.
        for held in (try? await context.client.answer(to: TopRequest()).slowest.prefix(5)) ?? [] {
            context.say("        \(Text.printable(held.worker)): \(TreePage.describe(held.message))")
        }
    }
}
