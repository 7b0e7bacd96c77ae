import ArgumentParser
import ControlAPI
import ControlClient

/// `ptrctl dead-letters replay`
struct ReplayDeadLettersVerb: GroupedVerb {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Admit dead letters anew: each counts as received once more.",
        discussion: """
            One that is settled is no longer stored. --all asks first; scripts say --yes.

            While the window is full it takes as long as the workers do, and ptrctl waits for its end, with progress on a \
            terminal. While the circuit breaker is open, the handler is unavailable or the output takes nothing, it is refused (exit status 6), unless \
            --wait is given. When --timeout is up, or after Ctrl-C, the replay goes on (exit status 1).

            Examples:
              ptrctl dead-letters replay 12 13
              ptrctl dead-letters replay --where 'connection refused' --dry-run
            """)

    @ParentCommand var root: Ptrctl
    @ParentCommand var group: DeadLettersVerb
    @OptionGroup var options: GlobalOptions
    @OptionGroup var choice: DeadLetterChoice
    @OptionGroup var confirmation: ConfirmationOptions

    @Flag(
        help:
            "Replay also while the circuit breaker is open, the handler unavailable or the output blocked, and wait for that."
    )
    var wait = false

    @Option(
        help: ArgumentHelp("Wait no longer than this; without it, as long as it takes.", valueName: "duration"),
        transform: DurationArgument.parse)
    var timeout: DurationArgument?

    private static let poll: Duration = .milliseconds(200)

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        if choice.all {
            let refusal = try await choice.confirm(confirmation, with: context) {
                "Replay \($0)"
            } rehearsal: { () async throws(ControlClientError) in
                try await context.client.send(ReplayRequest(selection: choice.selection, dryRun: true)).value
            }
            if let refusal { return refusal }
        }
        let request = ReplayRequest(selection: choice.selection, dryRun: choice.dryRun, wait: wait)
        let stopwatch = context.stopwatch()
        let begun = try await context.client.send(request)
        guard let answer = try await end(of: begun, stopwatch, context) else { return .failed }
        let response = answer.value
        if json {
            context.console.out(Text.document(answer.document))
        } else if response.matched > 0 || response.dryRun {
            context.print([Self.describe(response)])
        }
        for refusal in response.refused where !json {
            context.complain("\(refusal.id): \(Text.printable(refusal.reason))")
        }
        if !json {
            let unnamed = (response.refusedCount ?? 0) - response.refused.count
            if unnamed > 0 { context.complain("\(Text.grouped(unnamed)) more were refused") }
            if let error = response.error { context.complain("it ended before its time: \(Text.printable(error))") }
        }
        if response.error == nil, let refusal = try await choice.refusal(of: response, with: context) { return refusal }
        return response.error == nil && (response.dryRun || response.done == response.matched) ? .done : .failed
    }

    /// Waits for the end of a replay that goes on after its answer.
    ///
    /// - Returns: nil if it is not awaited any longer.
    private func end(
        of begun: ControlClient.Answer<DeadLetterResponse>, _ stopwatch: @Sendable @escaping () -> Duration,
        _ context: VerbContext
    ) async throws(ControlClientError) -> ControlClient.Answer<DeadLetterResponse>? {
        guard let number = begun.value.goesOn else { return begun }
        let line = ProgressLine(context)
        let (limit, poll) = (timeout?.duration, Self.poll)
        let end = try await untilInterrupted(context.console) {
            () async throws(ControlClientError) -> ControlClient.Answer<DeadLetterResponse>? in
            while limit.map({ stopwatch() < $0 }) ?? true {
                guard await context.sleep(poll) else { return nil }
                let answer = try await context.client.send(ReplayProgressRequest(id: number))
                if answer.value.goesOn == nil { return answer }
                line.show("\(Text.grouped(answer.value.done)) replayed, waiting for room; Ctrl-C lets it go on")
            }
            return nil
        }
        line.clear()
        if let end = end ?? nil { return end }
        context.say(
            "the replay goes on; `ptrctl status` says how many are being replayed, `ptrctl dead-letters list` what is left"
        )
        return nil
    }

    private static func describe(_ response: DeadLetterResponse) -> String {
        let what = Text.count(response.matched, "dead letter")
        let count = response.matched - (response.refusedCount ?? response.refused.count)
        return response.dryRun
            ? "\(Text.count(count, "dead letter")) would be replayed"
            : "\(Text.grouped(response.done)) of \(what) replayed"
    }
}
