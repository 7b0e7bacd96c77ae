import ArgumentParser
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

    @OptionGroup var options: GlobalOptions
    @OptionGroup var confirmation: Confirmation

    @Option(.duration, "Wait no longer than this; without it, as long as it takes.") var timeout: Duration?

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        let question = "Stop reading from all streams and drain ptrd"
        if let status = await confirmation.ask(question, context) { return status }
        let start = try await context.client.answer(to: DrainRequest())
        let answer = try await context.waitUnlessInterrupted(every: .milliseconds(200), for: timeout) {
            (isLate) async throws(ControlClientError) -> Waiting<ControlClient.Answer<Status>> in
            let answer = try await context.client.send(StatusRequest())
            let left = answer.value.messages.inFlight
            if left == 0 || isLate { return .over(answer) }
            let done = max(start.inFlight - left, 0)
            return .still("\(Text.bar(done, of: start.inFlight, width: 20)) \(Text.grouped(left)) in flight")
        }
        guard let answer else {
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
