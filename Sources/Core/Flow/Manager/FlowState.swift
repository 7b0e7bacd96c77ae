import DequeModule
import Locking
import Supervision

/// What flow_manager measures and is told, kept across its incarnations.
final class FlowState: Sendable {
    /// Whether the size of the pool follows the load.
    enum Mode: Sendable, Hashable {
        case automatic
        case pinned(Int)
    }

    private struct State {
        var mode = Mode.automatic
        /// Who pinned it, in words.
        var pinnedBy: String?
        var isDraining = false
        var decisions: Deque<FoldedDecision> = []
        var latencies: LatencyWindow
        var rate = RateMeter()
        var meanBusy: Duration?
        var drained: AsyncStream<Void>.Continuation?
        var hasEnded = false
    }

    private static let decisionsKept = 300

    private let state: Locked<State>

    init(at now: Duration) {
        state = Locked(State(latencies: LatencyWindow(at: now)))
    }

    var mode: Mode { state.withLock(\.mode) }
    var hasEnded: Bool { state.withLock(\.hasEnded) }
    var isDraining: Bool { state.withLock(\.isDraining) }

    /// Who pinned the size, if it is pinned and that is known.
    var pinnedBy: String? { state.withLock(\.pinnedBy) }

    /// - Parameter who: asked for it, in words.
    func setMode(_ mode: Mode, by who: String? = nil) {
        state.withLock { state in
            state.mode = mode
            state.pinnedBy = mode == .automatic ? nil : who
        }
    }

    /// From now on the pool does not shrink.
    func beginDrain() { state.withLock { $0.isDraining = true } }

    /// From now on `drained` finishes as soon as nothing is in process, or the tree has ended.
    func noteEmpty(to drained: AsyncStream<Void>.Continuation) {
        let hasEnded = state.withLock { state in
            state.drained = drained
            return state.hasEnded
        }
        if hasEnded { noteEmpty() }
    }

    /// Says that nothing is in process; matters only during a drain.
    func noteEmpty() {
        state.withLock { $0.drained.take() }?.finish()
    }

    /// The tree has ended: what is in process now stays so.
    func end() {
        state.withLock { $0.hasEnded = true }
        noteEmpty()
    }

    func record(_ settlement: Settlement, at now: Duration) {
        state.withLock { state in
            state.latencies.advance(to: now)
            for latency in settlement.latencies { state.latencies.record(latency) }
            guard !settlement.latencies.isEmpty else { return }
            let mean = settlement.busy / settlement.latencies.count
            state.meanBusy = state.meanBusy.map { ($0 * 7 + mean) / 8 } ?? mean
        }
    }

    /// Measures the rate, and says what a tick's decision rests on.
    ///
    /// - Parameter batch: how many messages a hand has of late.
    func sample(
        settled: UInt64, inFlight: Int, supervisors: Int, batch: Double = 1, at now: Duration
    ) -> Autoscaler.Sample {
        state.withLock { state in
            state.latencies.advance(to: now)
            state.rate.record(settled, at: now)
            var pinned: Int?
            if case .pinned(let size) = state.mode { pinned = size }
            return Autoscaler.Sample(
                time: now, inFlight: inFlight, supervisors: supervisors, meanBusy: state.meanBusy.map { $0 * batch },
                pinned: pinned,
                isDraining: state.isDraining)
        }
    }

    /// - Parameter time: microseconds since 1970.
    func keep(_ decision: ScalingDecision, at time: Int64) {
        state.withLock { state in
            if let last = state.decisions.last, last.decision.isSameAnswer(as: decision) {
                state.decisions[state.decisions.count - 1] = FoldedDecision(
                    decision: decision, repeated: last.repeated + 1, time: time)
                return
            }
            state.decisions.append(FoldedDecision(decision: decision, repeated: 1, time: time))
            if state.decisions.count > Self.decisionsKept { state.decisions.removeFirst() }
        }
    }

    var summary: (rate: Double, latency: LatencySummary, lastDecision: ScalingDecision?) {
        state.withLock { ($0.rate.perSecond, $0.latencies.summary, $0.decisions.last?.decision) }
    }

    /// Messages settled a second.
    var rate: Double { state.withLock { $0.rate.perSecond } }

    /// The last decisions, the oldest first; the same answer in a row stands once.
    var foldedDecisions: [FoldedDecision] { state.withLock { Array($0.decisions) } }
}
