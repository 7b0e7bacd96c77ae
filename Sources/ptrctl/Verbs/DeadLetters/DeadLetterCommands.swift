import ArgumentParser
import ControlClient

/// Which dead letters a command is for. Nothing at all does not mean everything.
struct DeadLetterChoice: ParsableArguments {
    @Argument(
        help: "Their numbers.", completion: LiveNames.deadLetters, transform: ValueKind<Int64>.identifier().read)
    var ids: [Int64] = []

    @OptionGroup var filter: DeadLetterFilter

    @Flag(help: "All there are.") var all = false

    @Option(
        .number(1 ... .max), "At most so many, the oldest first.",
        name: [.customShort("n"), .customLong("limit")])
    var limit: Int?

    @Flag(help: "Only count them; nothing is changed.") var dryRun = false

    func validate() throws {
        let isChosen = !ids.isEmpty || filter.stream != nil || filter.text != nil
        if !isChosen, !all { throw ValidationError("say which: numbers, --stream, --where or --all") }
        if isChosen, all { throw ValidationError("--all is all there are: leave out what chooses some") }
    }

    var selection: DeadLetterSelection {
        DeadLetterSelection(
            ids: ids.isEmpty ? nil : ids, stream: filter.stream, text: filter.text, all: all, limit: limit)
    }
}

/// A verb that does something with chosen dead letters.
protocol DeadLetterCommand: DaemonVerb {
    associatedtype Request: ControlRequest where Request.Response == DeadLetterResponse
    var choice: DeadLetterChoice { get }
    var confirmation: Confirmation { get }

    func request(dryRun: Bool) -> Request
    /// What came of it, or would come, in a line.
    func describe(_ response: DeadLetterResponse) -> String
}

extension DeadLetterCommand {
    /// Asks before it is done, with how many it is about.
    ///
    /// - Parameter question: for so many dead letters, without its mark.
    /// - Returns: nil to go on; otherwise what ptrctl ends with.
    func confirm(_ context: VerbContext, _ question: (String) -> String) async throws(ControlClientError) -> ExitStatus?
    {
        guard !choice.dryRun, !confirmation.yes else { return nil }
        var what = choice.all ? "all dead letters" : "these dead letters"
        if context.console.canAsk {
            let response = try await context.client.answer(to: request(dryRun: true))
            guard response.matched > 0 else { return try await refusal(of: response, context) ?? .done }
            // All would be refused: the answer says why.
            guard response.allowed > 0 else { return nil }
            what = Text.count(response.allowed, "dead letter")
        }
        return await confirmation.ask(question(what), context)
    }

    /// Tells what came of it.
    func tell(
        _ answer: ControlClient.Answer<DeadLetterResponse>, _ context: VerbContext
    ) async throws(ControlClientError) -> ExitStatus {
        let response = answer.value
        context.show(answer, json: json) { $0.matched > 0 || $0.dryRun ? [describe($0)] : [] }
        if !json {
            for refusal in response.refused {
                context.complain("\(refusal.id): \(Text.printable(refusal.reason))")
            }
            let unnamed = (response.refusedCount ?? 0) - response.refused.count
            if unnamed > 0 { context.complain("\(Text.grouped(unnamed)) more were refused") }
            if let error = response.error { context.complain("it ended before its time: \(Text.printable(error))") }
        }
        guard response.error == nil else { return .failed }
        if let refusal = try await refusal(of: response, context) { return refusal }
        return response.dryRun || response.done == response.matched ? .done : .failed
    }

    /// What was named, and is not there: numbers, or a stream.
    ///
    /// - Returns: what ptrctl ends with; nil if something was there.
    private func refusal(
        of response: DeadLetterResponse, _ context: VerbContext
    ) async throws(ControlClientError) -> ExitStatus? {
        if response.matched > 0 {
            // Numbers that are not there count as matched and refused, and it has been said why.
            return !choice.ids.isEmpty && response.done == 0 && response.allowed == 0 ? .precondition : nil
        }
        if let stream = choice.filter.stream, let refusal = try await context.refusal(ofStream: stream) {
            return refusal
        }
        guard !choice.ids.isEmpty else {
            context.say("there is no such dead letter; nothing was done")
            return .done
        }
        let numbers = choice.ids.map { "\($0)" }
        context.complain(
            "there is no dead letter \(Text.list(numbers, last: "or")); nothing was done",
            hint: "`ptrctl dead-letters list` shows those that there are")
        return .precondition
    }
}

extension DeadLetterResponse {
    /// How many of those that match are not refused.
    fileprivate var allowed: Int { matched - (refusedCount ?? refused.count) }
}

/// `ptrctl dead-letters replay`
struct ReplayDeadLettersVerb: DeadLetterCommand {
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

    @OptionGroup var options: GlobalOptions
    @OptionGroup var choice: DeadLetterChoice
    @OptionGroup var confirmation: Confirmation

    @Flag(
        help:
            "Replay also while the circuit breaker is open, the handler unavailable or the output blocked, and wait for that."
    )
    var wait = false

    @Option(.duration, "Wait no longer than this; without it, as long as it takes.") var timeout: Duration?

    func request(dryRun: Bool) -> ReplayRequest {
        ReplayRequest(selection: choice.selection, dryRun: dryRun, wait: wait)
    }

    func describe(_ response: DeadLetterResponse) -> String {
        response.dryRun
            ? "\(Text.count(response.allowed, "dead letter")) would be replayed"
            : "\(Text.grouped(response.done)) of \(Text.count(response.matched, "dead letter")) replayed"
    }

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        if choice.all, let refusal = try await confirm(context, { "Replay \($0)" }) { return refusal }
        let stopwatch = context.stopwatch()
        let begun = try await context.client.send(request(dryRun: choice.dryRun))
        guard let number = begun.value.goesOn else { return try await tell(begun, context) }
        // It goes on after its answer.
        let end = try await context.waitUnlessInterrupted(
            every: .milliseconds(200), for: timeout.map { $0 - stopwatch() }
        ) {
            (_) async throws(ControlClientError) -> Waiting<ControlClient.Answer<DeadLetterResponse>> in
            let answer = try await context.client.send(ReplayProgressRequest(id: number))
            if answer.value.goesOn == nil { return .over(answer) }
            return .still("\(Text.grouped(answer.value.done)) replayed, waiting for room; Ctrl-C lets it go on")
        }
        if let end { return try await tell(end, context) }
        context.say(
            "the replay goes on; `ptrctl status` says how many are being replayed, `ptrctl dead-letters list` what is left"
        )
        return .failed
    }
}

/// `ptrctl dead-letters purge`
struct PurgeDeadLettersVerb: DeadLetterCommand {
    static let configuration = CommandConfiguration(
        commandName: "purge",
        abstract: "Delete dead letters for good.",
        discussion: """
            Says how many they are and asks first; scripts say --yes.

            Examples:
              ptrctl dead-letters purge 12 13
              ptrctl dead-letters purge --stream tweets-1 --dry-run
              ptrctl dead-letters purge --all --yes
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var choice: DeadLetterChoice
    @OptionGroup var confirmation: Confirmation

    func request(dryRun: Bool) -> PurgeRequest { PurgeRequest(selection: choice.selection, dryRun: dryRun) }

    func describe(_ response: DeadLetterResponse) -> String {
        let what = Text.count(response.matched, "dead letter")
        return response.dryRun ? "\(what) would be deleted" : "\(Text.grouped(response.done)) of \(what) deleted"
    }

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        if let refusal = try await confirm(context, { "Delete \($0) for good" }) { return refusal }
        return try await tell(try await context.client.send(request(dryRun: choice.dryRun)), context)
    }
}
