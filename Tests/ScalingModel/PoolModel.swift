import Flow

/// A pool in virtual time: one queue, direct supervisors with so many workers each, and whoever decides on their number at each
/// tick.
///
/// As in the tree, one that is told to go gets nothing more and finishes what it holds, and is paid for until then. A new one
/// works at once: a worker in the process is there in microseconds.
public struct PoolModel: Sendable {
    /// Workers of each direct supervisor.
    public var workersPerSupervisor: Int
    /// The time between two decisions, in seconds.
    public var tick: Double

    /// Makes one.
    public init(workersPerSupervisor: Int = 8, tick: Double = 0.25) {
        self.workersPerSupervisor = workersPerSupervisor
        self.tick = tick
    }

    /// What is seen at a tick.
    public struct View {
        /// Seconds between decisions.
        public var tick: Int
        /// Direct supervisors that there are.
        public var supervisors: Int
        /// Messages that have come.
        public var arrived: Int
        /// Messages that are done.
        public var ended: Int
        /// Workers that work.
        public var busy: Int
        /// Messages that wait.
        public var waiting: Int
    }

    /// What came of it.
    public struct Outcome: Sendable {
        /// Seconds of direct supervisors that were paid for.
        public var cost = 0.0
        /// Changes of the size.
        public var actions = 0
        /// At each tick.
        public var sizes: [Int] = []
        /// Of each message, in the order in which they came: how long it waited for a worker, in seconds.
        public var waits: [Double] = []

        /// Of the waits, in seconds.
        public func wait(percentile: Double) -> Double { waits.percentile(percentile) }
    }

    private struct Supervisor {
        var since: Double
        var busy = 0
        var isLeaving = false
    }

    /// - Parameter decide: how many direct supervisors there are to be until the next tick.
    public func run(
        _ arrivals: [Arrival], seconds: Double, from size: Int, decide: (View) -> Int
    ) -> Outcome {
        var (outcome, ends) = (Outcome(), EndsOfWork())
        var supervisors = Array(repeating: Supervisor(since: 0), count: size)
        var serving = Array(0..<size)
        // Who has idle workers, once for each of them.
        var idle = serving.flatMap { Array(repeating: $0, count: workersPerSupervisor) }
        var (arrived, begun, busy, ticks) = (0, 0, 0, 0)
        outcome.waits.reserveCapacity(arrivals.count)
        while true {
            let nextTick = Double(ticks) * tick
            let nextArrival = arrived < arrivals.count ? arrivals[arrived].time : .infinity
            let now = min(nextTick, nextArrival, ends.first)
            guard now < seconds else { break }
            if ends.first <= now {
                let index = ends.removeFirst()
                supervisors[index].busy -= 1
                busy -= 1
                if !supervisors[index].isLeaving {
                    idle.append(index)
                } else if supervisors[index].busy == 0 {
                    outcome.cost += now - supervisors[index].since
                }
            } else if nextTick <= now {
                let before = serving.count
                let view = View(
                    tick: ticks, supervisors: before, arrived: arrived, ended: begun - busy, busy: busy,
                    waiting: arrived - begun)
                let wanted = decide(view)
                if wanted != before { outcome.actions += 1 }
                while serving.count < wanted {
                    idle += Array(repeating: supervisors.count, count: workersPerSupervisor)
                    serving.append(supervisors.count)
                    supervisors.append(Supervisor(since: now))
                }
                while serving.count > wanted {
                    let index = serving.removeLast()
                    supervisors[index].isLeaving = true
                    if supervisors[index].busy == 0 { outcome.cost += now - supervisors[index].since }
                }
                if wanted < before { idle.removeAll { supervisors[$0].isLeaving } }
                outcome.sizes.append(serving.count)
                ticks += 1
            } else {
                arrived += 1
            }
            while begun < arrived, let index = idle.popLast() {
                supervisors[index].busy += 1
                busy += 1
                outcome.waits.append(now - arrivals[begun].time)
                ends.insert(now + arrivals[begun].work, of: index)
                begun += 1
            }
        }
        for supervisor in supervisors where !supervisor.isLeaving || supervisor.busy > 0 {
            outcome.cost += seconds - supervisor.since
        }
        for index in begun..<arrived { outcome.waits.append(seconds - arrivals[index].time) }
        return outcome
    }

    /// The pool as the autoscaler decides, which is told at each tick what flow_manager tells it.
    ///
    /// - Parameters:
    ///   - size: direct supervisors at the start; nil: as few as there may be.
    ///   - change: what else a sample says.
    ///   - told: is told each decision.
    public func run(
        _ arrivals: [Arrival], seconds: Double, policy: ScalingPolicy, from size: Int? = nil,
        change: (inout Autoscaler.Sample) -> Void = { _ in }, told: (ScalingDecision) -> Void = { _ in }
    ) -> Outcome {
        var scaler = Autoscaler(policy)
        return run(arrivals, seconds: seconds, from: size ?? policy.min) { view in
            var sample = Autoscaler.Sample(
                time: policy.tick * view.tick, inFlight: view.busy + view.waiting, supervisors: view.supervisors,
                work: WorkCounts(
                    arrived: UInt64(view.arrived), ended: UInt64(view.ended), leased: view.busy, hands: view.busy,
                    waiting: Double(view.waiting)))
            change(&sample)
            let decision = scaler.decide(sample)
            told(decision)
            return decision.to
        }
    }
}

extension [Double] {
    /// Sorts; 0 of nothing.
    public func percentile(_ percentile: Double) -> Double {
        isEmpty ? 0 : sorted()[Swift.min(count - 1, Int(Double(count) * percentile / 100))]
    }
}

/// When which direct supervisor has one more idle worker: a heap.
private struct EndsOfWork {
    private var heap: [(time: Double, index: Int)] = []

    var first: Double { heap.first?.time ?? .infinity }

    mutating func insert(_ time: Double, of index: Int) {
        heap.append((time, index))
        var place = heap.count - 1
        while place > 0, heap[(place - 1) / 2].time > heap[place].time {
            heap.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    mutating func removeFirst() -> Int {
        heap.swapAt(0, heap.count - 1)
        let first = heap.removeLast().index
        var place = 0
        while true {
            var child = 2 * place + 1
            guard child < heap.count else { return first }
            if child + 1 < heap.count, heap[child + 1].time < heap[child].time { child += 1 }
            guard heap[child].time < heap[place].time else { return first }
            heap.swapAt(place, child)
            place = child
        }
    }
}
