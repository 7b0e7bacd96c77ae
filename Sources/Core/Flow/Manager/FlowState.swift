import Ledger
import Locking
import Supervision

/// What flow_manager measures and is told, kept across its incarnations.
package final class FlowState: Sendable {
    /// Whether the size of the pool follows the load.
    package enum Mode: Sendable, Hashable {
        case automatic
        case pinned(Int)
    }

    private struct State {
        var mode = Mode.automatic
        /// Who pinned it, in words.
        var pinnedBy: String?
        var isDraining = false
        var lastDecision: ScalingDecision?
        var latencies: LatencyWindow
        var rate = RateMeter()
        var empty: OneShot<Bool>?
        var hasEnded = false
    }

    private let state: Locked<State>

    package init(at now: Duration) {
        state = Locked(State(latencies: LatencyWindow(at: now)))
    }

    package var mode: Mode { state.withLock(\.mode) }
    package var hasEnded: Bool { state.withLock(\.hasEnded) }
    package var isDraining: Bool { state.withLock(\.isDraining) }

    /// Who pinned the size, if it is pinned and that is known.
    var pinnedBy: String? { state.withLock(\.pinnedBy) }

    /// - Parameter who: asked for it, in words.
    package func setMode(_ mode: Mode, by who: String? = nil) {
        state.withLock { state in
            state.mode = mode
            state.pinnedBy = mode == .automatic ? nil : who
        }
    }

    /// From now on the pool does not shrink.
    package func beginDrain() { state.withLock { $0.isDraining = true } }

    /// From now on `empty` is resolved as soon as nothing is in process, or the tree has ended.
    package func noteEmpty(to empty: OneShot<Bool>) {
        let hasEnded = state.withLock { state in
            state.empty = empty
            return state.hasEnded
        }
        if hasEnded { noteEmpty() }
    }

    /// Says that nothing is in process; matters only during a drain.
    package func noteEmpty() {
        state.withLock { $0.empty.take() }?.resolve(true)
    }

    /// The tree has ended: what is in process now stays so.
    package func end() {
        state.withLock { $0.hasEnded = true }
        noteEmpty()
    }

    func record(_ settlement: Settlement, at now: Duration) {
        state.withLock { state in
            state.latencies.advance(to: now)
            for run in settlement.latencies.runs { state.latencies.record(run.duration, count: run.count) }
        }
    }

    /// Measures the rate, and says what a tick's decision rests on.
    func sample(_ load: FlowTurn.Load, supervisors: Int, at now: Duration) -> Autoscaler.Sample {
        state.withLock { state in
            state.latencies.advance(to: now)
            // What is filtered is no work.
            state.rate.record(load.snapshot.settled - load.snapshot.filtered, at: now)
            var pinned: Int?
            if case .pinned(let size) = state.mode { pinned = size }
            var sample = Autoscaler.Sample(
                time: now, inFlight: load.snapshot.inFlight, supervisors: supervisors, work: load.work, pinned: pinned,
                isDraining: state.isDraining, isResting: !load.isBreakerClosed)
            sample.load = load.hands
            return sample
        }
    }

    func keep(_ decision: ScalingDecision) { state.withLock { $0.lastDecision = decision } }

    package var summary: (rate: Double, latency: LatencySummary, lastDecision: ScalingDecision?) {
        state.withLock { ($0.rate.perSecond, $0.latencies.summary, $0.lastDecision) }
    }

    /// Messages settled a second.
    package var rate: Double { state.withLock { $0.rate.perSecond } }
}
