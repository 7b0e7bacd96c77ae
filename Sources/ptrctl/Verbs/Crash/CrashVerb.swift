import ArgumentParser
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
            again (scripts say --yes). With --signal the process of a worker is sent a real signal, where workers are \
            processes: SEGV ends it as a fault of its own would, STOP lets it hang until it has taken too long. Needs fault_injection = true in [control]; without it ptrd refuses (exit status 6).

            With --count there is a line for each recovery, and at the end a summary; with --json each is a JSON \
            document on a line of its own, the last one {"summary": …}. A part that is restarting already is tried again. The exit status is 1 if \
            a part was not replaced in time.

            Examples:
              ptrctl crash worker
              ptrctl crash worker worker.1.2
              ptrctl crash flow-manager
              ptrctl crash worker worker.1.2 --signal SEGV
              ptrctl crash worker random --count 1000 --every 5ms
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var confirmation: Confirmation

    @Argument(.crashTarget, "The part of the tree to crash, for example worker.") var target: CrashTarget

    @Argument(
        help: "Which one, for example worker.1.2; without it, or with random, one at random.",
        completion: LiveNames.crashTargets, transform: ValueKind<String>.stream.read)
    var id: String?

    @Option(.signal, "Send the worker's process this signal, for example SEGV, KILL or STOP.") var signal: String?

    @Option(.number(1...CrashSeries.longest, "n"), "How many crashes, one after another, for example 1000.")
    var count = 1

    @Option(
        .interval, "The time from one crash to the next, for example 5ms. (default: at once when it is replaced)")
    var every: Duration?

    @Option(.number(1...CrashSeries.widest, "n"), "How many of them may be under way at a time, 1 to 8.")
    var parallel = 1

    func validate() throws {
        if every != nil || parallel > 1, count == 1 {
            throw ValidationError("--every and --parallel are about several crashes: say how many with --count.")
        }
        if signal != nil, target != .worker {
            throw ValidationError(
                "--signal is for a worker: nothing else is a process. Leave it out, or crash a worker.")
        }
    }

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        let request = CrashRequest(target: target, id: id == "random" ? nil : id, signal: signal)
        let series = CrashSeries(
            request: request, count: count, interval: every ?? .zero, parallel: parallel, isJSON: json)
        // A single crash in a script is meant.
        let isMeant = count == 1 && !context.console.canAsk
        guard let budget = isMeant ? nil : try await exceeded(by: series, context) else {
            return try await run(series, context)
        }
        if let status = await confirmation.ask("\(budget.warning(for: count)). Go on", context) { return status }
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

    private func run(_ series: CrashSeries, _ context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        guard count == 1 else { return try await series.run(with: context) }
        var series = series
        series.tries = 50
        let answer = try await series.one(with: context)
        context.show(answer, json: json) { response in
            RecoveryPage(response: response).lines.flatMap { context.style.wrapped($0, rest: "  ") }
        }
        if !json, let number = answer.value.crash {
            context.say("`ptrctl explain crash \(number)` tells more")
        }
        return answer.value.replacedInMicroseconds == nil && answer.value.isWaitedFor ? .failed : .done
    }
}

extension ValueKind<String> {
    /// One of the signals that may be sent, also as `SIGSEGV` or in lower case.
    fileprivate static var signal: Self {
        let kind = word("signal", among: CrashRequest.signals, spelled: \.self)
        return Self(name: kind.name, completion: kind.completion) { text in
            let name = text.uppercased()
            return try kind.read(name.hasPrefix("SIG") ? String(name.dropFirst(3)) : name)
        }
    }
}

extension ValueKind<CrashTarget> {
    /// One of the targets; what the API knows is checked before the daemon is asked.
    fileprivate static var crashTarget: Self {
        let kind = word(among: CrashTarget.all, spelled: \.rawValue)
        // As the tree and the log call them.
        return Self(completion: kind.completion) { try kind.read($0.replacing("_", with: "-")) }
    }
}
