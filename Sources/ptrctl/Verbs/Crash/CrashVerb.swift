import ArgumentParser
import ControlAPI
import ControlClient

/// `ptrctl crash TARGET [ID]`
struct CrashVerb: DaemonVerb {
    static let configuration = CommandConfiguration(
        commandName: "crash",
        abstract: "Crash parts of the tree on purpose, to see them restart.",
        discussion: """
            It says how long the recovery took, from the crash until its supervisor had seen it and until the \
            replacement ran, and what became of the messages in hand. None is lost: they are dealt again. So it does \
            not ask first, unless it is more than the restart budgets allow, so that ptrd itself ends, which systemd starts \
            again (scripts say --yes). Needs fault_injection = true in [control]; without it ptrd refuses (exit status 6).

            With --count there is a line for each recovery, and at the end a summary; with --json each is a JSON \
            document on a line of its own, the last one {"summary": …}. A part that is restarting already is tried again. The exit status is 1 if \
            a part was not replaced in time.

            Examples:
              ptrctl crash worker
              ptrctl crash worker worker.1.2
              ptrctl crash flow-manager
              ptrctl crash worker random --count 1000 --every 5ms
            """)

    @ParentCommand var root: Ptrctl
    @OptionGroup var options: GlobalOptions
    @OptionGroup var confirmation: ConfirmationOptions

    @Argument(
        help: "The part of the tree to crash, for example worker.",
        completion: .list(CrashTarget.all.map(\.rawValue)), transform: CrashArgument.parse)
    var target: CrashArgument

    @Argument(
        help: "Which one, for example worker.1.2; without it, or with random, one at random.",
        completion: LiveNames.crashTargets, transform: StreamName.parse)
    var id: String?

    @Option(
        help: ArgumentHelp("How many crashes, one after another, for example 1000.", valueName: "n"),
        transform: NumberArgument.parse)
    var count = 1

    @Option(
        help: ArgumentHelp(
            "The time from one crash to the next, for example 5ms. (default: at once when it is replaced)",
            valueName: "duration"),
        transform: IntervalArgument.parse)
    var every: IntervalArgument?

    @Option(
        help: ArgumentHelp("How many of them may be under way at a time, 1 to 8.", valueName: "n"),
        transform: NumberArgument.parse)
    var parallel = 1

    func validate() throws {
        guard (1...CrashSeries.widest).contains(parallel) else {
            throw ValidationError("--parallel \(parallel) is out of bounds: choose 1 to \(CrashSeries.widest).")
        }
        guard (1...CrashSeries.longest).contains(count) else {
            throw ValidationError(
                "--count \(count) is out of bounds: choose 1 to \(Text.grouped(CrashSeries.longest)).")
        }
        if every != nil || parallel > 1, count == 1 {
            throw ValidationError("--every and --parallel are about several crashes: say how many with --count.")
        }
    }

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        let request = CrashRequest(target: target.target, id: id == "random" ? nil : id)
        let series = CrashSeries(
            request: request, count: count, interval: every?.duration ?? .zero, parallel: parallel, isJSON: json)
        // A single crash in a script is meant.
        let isMeant = count == 1 && !context.console.canAsk
        guard let budget = isMeant ? nil : try await exceeded(by: series, context) else {
            return try await run(series, context)
        }
        let question = Confirmation(question: "\(budget.warning(for: count)). Go on", isGiven: confirmation.yes)
        if let status = await question.ask(context) { return status }
        let life = try await DaemonLife(context)
        do throws(ControlClientError) {
            return try await run(series, context)
        } catch {
            let end = TreeEnd(context: context, budget: budget, life: life)
            guard await end.isReached(by: error) else { throw error }
            await end.tell()
            return .failed
        }
    }

    /// The budget that the crashes would spend so that ptrd ends; nil if it does not, or an older daemon does not tell.
    private func exceeded(
        by series: CrashSeries, _ context: VerbContext
    ) async throws(ControlClientError) -> CrashBudget? {
        do throws(ControlClientError) {
            let tree = try await context.client.answer(to: TreeRequest())
            guard let budget = CrashBudget(of: series.request, in: tree) else { return nil }
            return budget.endsTree(by: series.count, every: series.interval) ? budget : nil
        } catch {
            guard case .refused = error else { throw error }
            return nil
        }
    }

    private func run(
        _ series: CrashSeries, _ context: VerbContext
    ) async throws(ControlClientError) -> ExitStatus {
        guard count == 1 else { return try await series.run(with: context) }
        var series = series
        series.tries = 50
        let answer = try await series.one(with: context)
        if json {
            context.console.out(Text.document(answer.document))
        } else {
            context.print(RecoveryPage(response: answer.value).lines.flatMap { context.style.wrapped($0, rest: "  ") })
        }
        if !json, let number = answer.value.crash {
            context.say("`ptrctl explain crash \(number)` tells more")
        }
        return answer.value.replacedInMicroseconds == nil ? .failed : .done
    }
}

/// One of the targets; what the API knows is checked before the daemon is asked.
struct CrashArgument: Sendable {
    let target: CrashTarget

    static func parse(_ word: String) throws -> CrashArgument {
        // As the tree and the log call them.
        let word = word.replacing("_", with: "-")
        return CrashArgument(target: try Choice.parse(word, among: CrashTarget.all.map { ($0.rawValue, $0) }))
    }
}
