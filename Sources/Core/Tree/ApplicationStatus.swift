import Supervision

/// One look at the tree.
public struct ApplicationStatus: Sendable {
    /// What the tree as a whole does. It is degraded exactly while there is a problem.
    public enum State: String, Sendable, Hashable {
        case running
        case paused
        case draining
        case degraded
    }

    /// What it does as a whole; `draining` goes before `degraded`, and that before `paused`.
    public var state: State
    /// What is wrong, the worst first.
    public var problems: [Problem]
    /// Why it is degraded, in one sentence.
    public var degradedBecause: String? { problems.sentence }
    /// Since the tree was made.
    public var uptime: Duration
    /// One for each source, in the order in which they were given.
    public var streams: [StreamStatus]
    /// One consistent snapshot: the identity of the bins holds in it.
    public var messages: LedgerSnapshot
    /// Messages settled a second, over the last five seconds.
    public var ratePerSecond: Double
    /// Workers that live.
    public var workers: Int
    /// How many of them have something in hand.
    public var busyWorkers: Int
    /// How many of them have a body that could not be started, and wait before they try again.
    public var backingOffWorkers: Int
    /// How often a part of the tree was started again, the workers included.
    public var restarts: UInt64
    /// Parts of the tree that hung, were replaced, and have not ended yet.
    public var abandoned: Int
    /// Direct supervisors that live.
    public var directSupervisors: Int
    /// How large the pool is to be, and why.
    public var scaling: Scaling
    /// From receipt to done, over the last 30 to 40 seconds.
    public var latency: LatencySummary
    /// What is stored, and what waits to be.
    public var storage: Storage

    /// What is stored, and what waits to be.
    public struct Storage: Sendable, Hashable {
        /// Dead letters in the store.
        public var deadLetters: Int
        /// Those that wait to be stored.
        public var waiting: Int
        /// Those that were lost because they could neither be stored nor kept, in all lives of the daemon.
        public var dropped: Int
        /// Those that had to go for later ones, in this life.
        public var evicted: Int
        /// Stored ones that are being replayed.
        public var replaying: Int
        /// Why the last write failed; nil when it did not.
        public var lastWriteError: String?
    }

    /// How large the pool is to be, and why. Sizes are numbers of direct supervisors.
    public struct Scaling: Sendable, Hashable {
        /// The size set by hand; nil while it follows the load.
        public var pinned: Int?
        /// How many direct supervisors there are to be.
        public var target: Int
        /// The least that the settings allow.
        public var min: Int
        /// The most that the settings allow.
        public var max: Int
        /// The last decision in words; nil before the first.
        public var lastDecision: ScalingDecision?
    }
}

extension Application {
    /// The state of the whole tree.
    public var status: ApplicationStatus {
        let summary = flow.summary
        let tables = pool.members.compactMap(\.table)
        var pinned: Int?
        if case .pinned(let size) = flow.mode { pinned = size }
        let (writeError, counters) = (stateWriter.lastFailure, stateWriter.store.counters)
        let streams = observation.stateTimes.shown(intake.statuses, at: runtime.elapsed)
        let messages = ledger.snapshot
        let abandoned = runtime.abandonedChildren
        let problems = problems(of: streams, writeError: writeError, abandoned: abandoned)
        return ApplicationStatus(
            state: state(streams, isDegraded: !problems.isEmpty, inFlight: messages.inFlight), problems: problems,
            uptime: runtime.elapsed, streams: streams, messages: messages, ratePerSecond: summary.rate,
            workers: tables.reduce(0) { $0 + $1.count },
            // What was answered for since the messages were looked at keeps nobody busy in this picture.
            busyWorkers: min(tables.reduce(0) { $0 + $1.busy }, messages.leased),
            backingOffWorkers: tables.reduce(0) { $0 + $1.failing },
            restarts: events.restarts, abandoned: abandoned, directSupervisors: tables.count,
            scaling: ApplicationStatus.Scaling(
                pinned: pinned, target: pool.desired, min: settings.scaling.min, max: settings.scaling.max,
                lastDecision: summary.lastDecision),
            latency: summary.latency,
            storage: ApplicationStatus.Storage(
                deadLetters: counters.deadLetters, waiting: messages.unsavedDeadLetters,
                dropped: counters.lost + messages.unsavedDropped, evicted: counters.evicted,
                replaying: messages.replaying, lastWriteError: writeError))
    }

    private func state(
        _ streams: [StreamStatus], isDegraded: Bool, inFlight: Int
    ) -> ApplicationStatus.State {
        if flow.isDraining || intake.isStoodDown && inFlight > 0 { return .draining }
        if isDegraded { return .degraded }
        return !streams.isEmpty && streams.allSatisfy { $0.state == .paused } ? .paused : .running
    }

    /// What is wrong at the moment.
    private func problems(
        of streams: [StreamStatus], writeError: String?, abandoned: Int
    ) -> [ApplicationStatus.Problem] {
        typealias Problem = ApplicationStatus.Problem
        let (breaker, outage, broken) = ledger.withLock {
            ($0.breaker.complaint(at: runtime.now), $0.outage.complaint(at: runtime.now), $0.broken)
        }
        let patience = sources.withLock { $0.mapValues(\.downAfter) }
        let own = [
            broken.complaint.map { Problem(.booksWrong, of: "ledger", $0) },
            writeError.map { Problem(.stateUnwritable, of: "state", "the state cannot be written: \($0)") },
            outputTrouble().map { Problem(.outputBlocked, of: "output", $0) },
            breaker.map { Problem(.breakerOpen, of: "breaker", $0) },
            outage.map { Problem(.handlerUnavailable, of: "handler", $0) },
            starting(isUnavailable: outage != nil),
            hanging(abandoned).map { Problem(.workersHang, of: "workers", $0) },
        ].compactMap { $0 }
        let ofStreams = StreamProblems(streams: streams) { patience[$0] ?? .seconds(60) }.problems
        return observation.problemTimes.shown(own + hostProblems() + ofStreams)
    }

    /// Workers whose bodies cannot be started.
    private func starting(isUnavailable: Bool) -> ApplicationStatus.Problem? {
        if let nobody = nobodyStarts {
            return isUnavailable ? nil : ApplicationStatus.Problem(.handlerUnavailable, of: "handler", nobody)
        }
        let starts = pool.starts
        guard starts.stuck > 0 else { return nil }
        return ApplicationStatus.Problem(
            .workersCannotStart, of: "workers",
            """
            \(starts.stuck) of \(starts.workers) workers cannot be started; each is tried again and again: \
            \(self.starts.reason ?? "")
            """)
    }

    /// That no worker can be started, in words; nil: some can.
    var nobodyStarts: String? {
        let starts = pool.starts
        guard starts.failing > 0, starts.failing == starts.workers else { return nil }
        return
            "no worker can be started, and what came is held; each is tried again and again: \(self.starts.reason ?? "")"
    }

    /// Half of what may hang is worth a word, while there is time to look at it.
    private func hanging(_ abandoned: Int) -> String? {
        guard let limit = runtime.abandonmentLimit, abandoned > 0, 2 * abandoned >= limit else { return nil }
        let workers = abandoned == 1 ? "1 worker hangs and was" : "\(abandoned) workers hang and were"
        return "\(workers) replaced; with more than \(limit) the tree ends"
    }
}
