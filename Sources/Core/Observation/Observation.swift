import CoreMetrics
import DequeModule
import Flow
import Ledger
import Locking
import Logging
import Supervision
import Tree

/// All that is kept of what happens in the tree, for whoever wants to look at it. It outlives every incarnation of its parts.
package final class Observation: Observer {
    package let events: EventHistory
    package let crashes: CrashHistory
    package let taps: Taps
    package let metrics: PipelineMetrics
    private let decisions = Locked(DecisionHistory())
    private let load = Locked(LoadHistory())
    private let streams = Locked(StreamWatch())
    // Not the whole kernel: the pool holds supervisors, and they hold whom they tell what happens.
    private let ledger: LedgerStore
    private let runtime: SupervisionRuntime
    private let wallClock: @Sendable () -> Int64

    /// - Parameter metrics: where to measure to.
    package init(_ kernel: ErrorKernel, metrics: any MetricsFactory) {
        ledger = kernel.ledger
        runtime = kernel.runtime
        wallClock = kernel.wallClock
        events = EventHistory(wallClock: kernel.wallClock)
        crashes = CrashHistory(kernel)
        taps = Taps(wallClock: kernel.wallClock)
        self.metrics = PipelineMetrics(metrics)
    }

    package func note(_ happening: Happening) {
        switch happening {
        case .supervision(let event): note(event)
        case .decided(let decision):
            let time = wallClock()
            decisions.withLock { $0.keep(decision, at: time) }
            metrics.decided(decision.reason)
            if decision.to != decision.from { events.append(.scaled(decision)) }
        case .pinned(let size, let before, let who): events.append(.pinned(size, before: before, by: who))
        case .deadLettered(let letter): events.append(.deadLetter(TreeEvent.DeadLetterNote(letter)))
        case .breaker(let change): events.append(.breaker(change))
        case .outage(let change): events.append(.outage(change))
        case .state(let change): events.append(.state(change))
        case .worker(let event): events.append(.worker(event))
        }
    }

    package func note(_ postMortem: PostMortem, of incarnation: UInt64) {
        crashes.note(postMortem, of: incarnation)
    }

    /// Keeps an event of a kind that the tree does not know of itself.
    package func note(
        _ kind: TreeEvent.Kind, _ level: Logger.Level, _ message: String, _ fields: [String: String]
    ) {
        events.append(.note(kind, level, message.beginning(1024), fields.mapValues { $0.beginning(1024) }))
    }

    /// What the supervisors say, as far as it is worth an event.
    private func note(_ event: SupervisionEvent) {
        let now = runtime.now
        if let id = crashes.note(event, at: now) {
            events.append(.crash(id: id, event))
            if let crash = crashes.record(id) { metrics.crashed(crash.cause, at: now) }
        }
        switch event.kind {
        case .restarted(let reason): metrics.restarted(CrashRecord.Cause(of: reason))
        case .gaveUp, .abandoned, .abandonedEnded, .restartFailed: events.append(.supervision(event))
        case .started, .exited, .restarting: break
        }
    }

    package func spawned(in duration: Duration) { metrics.spawned(in: duration) }

    package func exited(_ exit: BodyExit?, _ cause: BodyExitCause) { metrics.exited(exit, cause) }

    package func answeredOutOfOrder(_ count: Int) { metrics.answeredOutOfOrder(count) }

    package func droppedErrorLines(_ count: Int) { metrics.droppedErrorLines(count) }

    package func noteExecutions(_ durations: DurationRuns) { metrics.executed(durations) }

    package func noteTick(_ measure: LoadMeasure, _ statuses: [StreamStatus], at now: Duration) {
        load.withLock { $0.record(measure, at: now) }
        for change in streams.withLock({ $0.changes(in: statuses) }) { events.append(.stream(change)) }
    }

    package var isTapped: Bool { taps.isActive }

    package func show(_ messages: WatchedMessages, at now: Duration) { taps.show(messages, at: now) }

    /// The tree has ended: whoever reads is sent away.
    package func end() {
        events.end()
        taps.end()
    }

    /// The load of the last minutes.
    package var loadHistory: LoadHistory { load.withLock { $0 } }

    /// The last decisions, the oldest first; the same answer in a row stands once.
    package var foldedDecisions: [FoldedDecision] { decisions.withLock { Array($0.kept) } }

    /// Brings the metrics up to date that are not counted when they happen.
    package func updateMetrics(_ status: ApplicationStatus) {
        metrics.update(
            status, isBreakerClosed: ledger.withLock { $0.breaker.isClosed }, at: runtime.now)
    }
}

/// The last decisions on the size; the same answer in a row is kept once, with its number.
private struct DecisionHistory {
    private static let most = 300

    private(set) var kept: Deque<FoldedDecision> = []

    /// - Parameter time: microseconds since 1970.
    mutating func keep(_ decision: ScalingDecision, at time: Int64) {
        var repeated = 1
        if let last = kept.last, last.decision.isSameAnswer(as: decision) {
            repeated += last.repeated
            kept.removeLast()
        }
        kept.append(FoldedDecision(decision: decision, repeated: repeated, time: time))
        if kept.count > Self.most { kept.removeFirst() }
    }
}
