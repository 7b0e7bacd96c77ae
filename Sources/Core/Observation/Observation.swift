import Locking
import Logging
import Supervision

/// All that is kept of what happens in the tree, for whoever wants to look at it. It outlives every incarnation of its parts.
final class Observation: Sendable {
    let events: EventHistory
    let crashes: CrashHistory
    let taps: Taps
    let metrics: PipelineMetrics
    let stateTimes: StateTimes
    let problemTimes: ProblemTimes
    private let load = Locked(LoadHistory())
    private let runtime: SupervisionRuntime
    private let wallClock: @Sendable () -> Int64

    init(
        ledger: LedgerStore, settings: @escaping @Sendable () -> ApplicationSettings, metrics: PipelineMetrics,
        runtime: SupervisionRuntime, wallClock: @escaping @Sendable () -> Int64
    ) {
        events = EventHistory(wallClock: wallClock)
        crashes = CrashHistory(settings: settings, ledger: ledger)
        taps = Taps(wallClock: wallClock)
        stateTimes = StateTimes(wallClock: wallClock)
        problemTimes = ProblemTimes(wallClock: wallClock)
        self.metrics = metrics
        self.runtime = runtime
        self.wallClock = wallClock
    }

    /// What the supervisors say, as far as it is worth an event.
    func note(_ event: SupervisionEvent) {
        if let id = crashes.note(event, at: runtime.now, wallClock: wallClock) {
            events.append(.crash(id: id, event))
            if let crash = crashes.record(id) { metrics.crashed(crash.cause, at: runtime.now) }
        }
        switch event.kind {
        case .restarted(let reason): metrics.restarted(CrashRecord.Cause(of: reason))
        case .gaveUp, .abandoned, .abandonedEnded, .restartFailed: events.append(.supervision(event))
        case .started, .exited, .restarting: break
        }
    }

    // MARK: - The last minutes

    var loadHistory: LoadHistory { load.withLock { $0 } }

    /// Notes the load of this second, if that has not been done; `entry` is only asked then.
    func noteLoad(at now: Duration, _ entry: () -> LoadHistory.Entry) {
        guard load.withLock({ $0.isDue(at: now) }) else { return }
        let entry = entry()
        load.withLock { $0.record(entry, at: now) }
    }

    /// The tree has ended: whoever reads is sent away.
    func end() {
        events.end()
        taps.end()
    }
}
