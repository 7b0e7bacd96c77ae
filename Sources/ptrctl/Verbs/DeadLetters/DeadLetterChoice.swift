import ArgumentParser
import ControlAPI
import ControlClient

/// Which dead letters a command is for. Nothing at all does not mean everything.
struct DeadLetterChoice: ParsableArguments {
    @Argument(help: "Their numbers.", completion: LiveNames.deadLetters, transform: NumberArgument.identifier)
    var ids: [Int64] = []

    @OptionGroup var filter: DeadLetterFilter

    @Flag(help: "All there are.")
    var all = false

    @Option(
        name: [.customShort("n"), .customLong("limit")],
        help: ArgumentHelp("At most so many, the oldest first.", valueName: "number"), transform: NumberArgument.parse)
    var limit: Int?

    @Flag(help: "Only count them; nothing is changed.")
    var dryRun = false

    func validate() throws {
        let isChosen = !ids.isEmpty || filter.stream != nil || filter.text != nil
        if !isChosen, !all { throw ValidationError("say which: numbers, --stream, --where or --all") }
        if isChosen, all { throw ValidationError("--all is all there are: leave out what chooses some") }
        if let limit, limit < 1 { throw ValidationError("--limit is \(limit); it must be at least 1") }
    }

    /// Asks before it is done, with how many it is about.
    ///
    /// - Parameters:
    ///   - question: for so many dead letters, without its mark.
    ///   - rehearsal: counts them.
    /// - Returns: nil to go on; otherwise what ptrctl ends with.
    func confirm(
        _ confirmation: ConfirmationOptions, with context: VerbContext, question: (String) -> String,
        rehearsal: () async throws(ControlClientError) -> DeadLetterResponse
    ) async throws(ControlClientError) -> ExitStatus? {
        guard !dryRun, !confirmation.yes else { return nil }
        var what = all ? "all dead letters" : "these dead letters"
        if context.console.canAsk {
            let response = try await rehearsal()
            guard response.matched > 0 else {
                return try await refusal(of: response, with: context) ?? .done
            }
            let count = response.matched - (response.refusedCount ?? response.refused.count)
            // All would be refused: the answer says why.
            guard count > 0 else { return nil }
            what = Text.count(count, "dead letter")
        }
        return await Confirmation(question: question(what), isGiven: false).ask(context)
    }

    /// What was named, and is not there: numbers, or a stream.
    ///
    /// - Returns: what ptrctl ends with; nil if something was there.
    func refusal(
        of response: DeadLetterResponse, with context: VerbContext
    ) async throws(ControlClientError) -> ExitStatus? {
        if response.matched > 0 {
            // Numbers that are not there count as matched and refused; the caller has said why.
            let refused = response.refusedCount ?? response.refused.count
            return !ids.isEmpty && response.done == 0 && refused == response.matched ? .precondition : nil
        }
        if let stream = filter.stream, let refusal = try await StreamName.refusal(of: stream, with: context) {
            return refusal
        }
        guard !ids.isEmpty else {
            context.say("there is no such dead letter; nothing was done")
            return .done
        }
        let numbers = ids.map { "\($0)" }
        context.complain(
            "there is no dead letter \(Text.list(numbers, last: "or")); nothing was done",
            hint: "`ptrctl dead-letters list` shows those that there are")
        return .precondition
    }

    var selection: DeadLetterSelection {
        DeadLetterSelection(
            ids: ids.isEmpty ? nil : ids, stream: filter.stream, text: filter.text, all: all, limit: limit)
    }
}

/// Which dead letters are meant, by what they are about.
struct DeadLetterFilter: ParsableArguments {
    @Option(
        help: ArgumentHelp("Only those of this stream.", valueName: "name"), completion: LiveNames.streams,
        transform: StreamName.parse)
    var stream: String?

    @Option(
        name: .customLong("where"),
        help: ArgumentHelp("Only those with this text in their data, reason, type or event id.", valueName: "text"))
    var text: String?

    func validate() throws {
        if text?.isEmpty == true { throw ValidationError("--where is empty: give a text to look for") }
    }
}
