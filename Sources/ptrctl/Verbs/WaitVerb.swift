import ArgumentParser
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

    @OptionGroup var options: GlobalOptions

    @Argument(.word(among: Condition.allCases, spelled: \.rawValue), "What to wait for: ready, idle or scaled.")
    var condition: Condition

    @Option(.duration, "Wait no longer than this; without it, as long as it takes.") var timeout: Duration?

    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus {
        let missing = try await context.wait(every: .milliseconds(100), for: timeout) {
            (isLate) async throws(ControlClientError) -> Waiting<String> in
            let missing = try await look(context)
            return missing.isEmpty || isLate ? .over(missing) : .still("not \(condition.rawValue) yet: \(missing)")
        }
        guard let missing else { return .failed }
        if missing.isEmpty { return .done }
        context.complain("not \(condition.rawValue) in time: \(missing)")
        return .waitTimedOut
    }

    /// Looks once; prints the status if it is there.
    ///
    /// - Returns: what is missing; empty if nothing is.
    private func look(_ context: VerbContext) async throws(ControlClientError) -> String {
        do throws(ControlClientError) {
            let answer = try await context.client.send(StatusRequest())
            let missing = try await condition.missing(in: answer.value, context.client)
            if missing.isEmpty, json { context.console.out(Text.document(answer.document)) }
            return Text.printable(missing)
        } catch {
            // Whatever is not there yet may come; only a no stays a no.
            guard condition == .ready, [.notRunning, .badAnswer].contains(error.exitStatus) else { throw error }
            return Text.printable(error.message)
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
