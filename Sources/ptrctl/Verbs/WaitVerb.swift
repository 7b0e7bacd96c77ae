import ArgumentParser
import ControlAPI
import ControlClient

/// `ptrctl wait ready|idle|scaled [--timeout D]`
struct WaitVerb: DaemonVerb {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Wait until ptrd is ready, idle or scaled.",
        discussion: """
            ready: ptrd answers and is not draining, also when it has yet to be started; a stream that is down, or has \
            ended for good, does not matter. idle: nothing is in flight. scaled: as many direct supervisors live as \
            are aimed at, with all their workers. Ends with 124 when the time is up. On a terminal it shows what is \
            missing.

            Examples:
              systemctl start ptrd && ptrctl wait ready --timeout 30s
              ptrctl scale 5 && ptrctl wait scaled --timeout 10s
              ptrctl pause && ptrctl wait idle
            """)

    @ParentCommand var root: Ptrctl
    @OptionGroup var options: GlobalOptions

    @Argument(
        help: "What to wait for: ready, idle or scaled.", completion: .list(Condition.allCases.map(\.rawValue)),
        transform: { word in try Choice.parse(word, among: Condition.allCases.map { ($0.rawValue, $0) }) })
    var condition: Condition

    @Option(
        help: ArgumentHelp("Wait no longer than this; without it, as long as it takes.", valueName: "duration"),
        transform: DurationArgument.parse)
    var timeout: DurationArgument?

    private static let poll: Duration = .milliseconds(100)

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        let stopwatch = context.stopwatch()
        let line = ProgressLine(context)
        var isShown = false
        defer { if isShown { line.clear() } }
        while true {
            let missing: String
            do throws(ControlClientError) {
                let answer = try await context.client.send(StatusRequest())
                missing = try await condition.missing(in: answer.value, context.client)
                if missing.isEmpty {
                    if json { context.console.out(Text.document(answer.document)) }
                    return .done
                }
            } catch {
                // Whatever is not there yet may come; only a no stays a no.
                guard condition == .ready, error.exitStatus == .notRunning || error.exitStatus == .badAnswer else {
                    throw error
                }
                missing = error.message
            }
            if let timeout, stopwatch() >= timeout.duration {
                if isShown { line.clear() }
                isShown = false
                context.complain("not \(condition.rawValue) in time: \(Text.printable(missing))")
                return .waitTimedOut
            }
            line.show("not \(condition.rawValue) yet: \(Text.printable(missing))")
            isShown = true
            let left = timeout.map { $0.duration - stopwatch() } ?? Self.poll
            guard await context.sleep(min(Self.poll, max(left, .milliseconds(1)))) else { return .failed }
        }
    }

    /// What can be waited for.
    enum Condition: String, CaseIterable, Sendable {
        case ready, idle, scaled

        /// What is missing, in words; empty when there is nothing left to wait for.
        func missing(in status: Status, _ client: ControlClient) async throws(ControlClientError) -> String {
            switch self {
            case .ready:
                return status.state != .draining ? "" : "ptrd is draining"
            case .idle:
                return status.messages.inFlight == 0 ? "" : "\(Text.grouped(status.messages.inFlight)) in flight"
            case .scaled:
                guard status.directSupervisors == status.scaling.target else {
                    return "\(Text.count(status.directSupervisors, "direct supervisor")) of \(status.scaling.target)"
                }
                let workers = try await client.answer(to: WorkersRequest()).workers
                let absent = workers.count { ![.idle, .busy].contains($0.state) }
                return absent == 0 ? "" : "\(absent) of \(workers.count) workers do not run"
            }
        }
    }
}
