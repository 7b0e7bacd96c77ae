import ArgumentParser
import ControlAPI

/// `ptrctl crash TARGET [ID]`
struct CrashVerb: DaemonVerb {
    static let configuration = CommandConfiguration(
        commandName: "crash",
        abstract: "Crash parts of the tree on purpose, to see them restart.",
        discussion: """
            It says how long the recovery took, from the crash until its supervisor had seen it and until the \
            replacement ran, and what became of the messages in hand. None is lost: they are dealt again. So it does \
            not ask first. Needs fault_injection = true in [control]; without it ptrd refuses (exit status 6).

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
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    @Argument(
        help: "The part of the tree to crash, for example worker.",
        completion: .list(CrashTarget.all.map(\.rawValue)))
    var target: CrashArgument

    @Argument(
        help: "Which one, for example worker.1.2; without it, or with random, one at random.",
        completion: LiveNames.crashTargets)
    var id: String?

    @Option(help: ArgumentHelp("How many crashes, one after another, for example 1000.", valueName: "n"))
    var count = 1

    @Option(
        help: ArgumentHelp(
            "The time from one crash to the next, for example 5ms. (default: at once when it is replaced)",
            valueName: "duration"))
    var every: IntervalArgument?

    @Option(help: ArgumentHelp("How many of them may be under way at a time, 1 to 8.", valueName: "n"))
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
        var series = CrashSeries(
            request: request, count: count, interval: every?.duration ?? .zero, parallel: parallel, isJSON: output.json)
        guard count == 1 else { return try await series.run(with: context) }
        series.tries = 50
        let answer = try await series.one(with: context)
        let recovery = RecoveryPage(response: answer.value)
        context.console.out(output.json ? Text.document(answer.document) : recovery.lines.joined(separator: "\n"))
        if !output.json, let number = answer.value.crash {
            context.say("`ptrctl explain crash \(number)` tells more")
        }
        return answer.value.replacedInMicroseconds == nil ? .failed : .done
    }
}

/// One of the targets; what the API knows is checked before the daemon is asked.
struct CrashArgument: ExpressibleByArgument, Sendable {
    let target: CrashTarget

    init?(argument: String) {
        target = CrashTarget(rawValue: argument)
        guard CrashTarget.all.contains(target) else { return nil }
    }

    static var allValueStrings: [String] { CrashTarget.all.map(\.rawValue) }
}
