import Flow
import Ledger
import Supervision

/// What the tree looks like at one moment.
package final class Snapshot: Sendable {
    private let topology: Topology
    private var kernel: ErrorKernel { topology.kernel }
    private let outputTrouble: @Sendable () -> String?
    private let hostProblems: @Sendable () -> [ApplicationStatus.Problem]
    private let stateTimes: KeptTimes<StreamInState>
    private let problemTimes: KeptTimes<ProblemSubject>
    private let looks = SupervisorSnapshots()

    /// - Parameters:
    ///   - outputTrouble: what holds up the writers, in words; nil when nothing does.
    ///   - hostProblems: what goes wrong around the tree.
    package init(
        _ topology: Topology, outputTrouble: @escaping @Sendable () -> String?,
        hostProblems: @escaping @Sendable () -> [ApplicationStatus.Problem]
    ) {
        self.topology = topology
        self.outputTrouble = outputTrouble
        self.hostProblems = hostProblems
        stateTimes = KeptTimes(wallClock: topology.kernel.wallClock)
        problemTimes = KeptTimes(wallClock: topology.kernel.wallClock)
    }

    /// Why nothing that is admitted gets done at the moment, in words; nil: it does.
    package var obstacle: String? {
        let now = kernel.runtime.now
        let held = kernel.ledger.withLock { $0.breaker.complaint(at: now) ?? $0.outage.complaint(at: now) }
        return held ?? nobodyStarts ?? outputTrouble()
    }

    /// The state of the whole tree.
    package var status: ApplicationStatus {
        let policy = kernel.live.current.settings.scaling
        let summary = kernel.flow.summary
        let tables = kernel.pool.members.compactMap(\.table)
        let changing = tables.map(\.changing)
        var pinned: Int?
        if case .pinned(let size) = kernel.flow.mode { pinned = size }
        let (writeError, counters) = (topology.stateWriter.lastFailure, topology.stateWriter.store.counters)
        let streams = stateTimes.shown(kernel.intake.statuses, at: kernel.runtime.elapsed)
        let messages = kernel.ledger.snapshot
        let abandoned = kernel.runtime.abandonedChildren
        let problems = problems(of: streams, writeError: writeError, abandoned: abandoned)
        return ApplicationStatus(
            state: state(streams, isDegraded: !problems.isEmpty, inFlight: messages.inFlight), problems: problems,
            uptime: kernel.runtime.elapsed, streams: streams, messages: messages, ratePerSecond: summary.rate,
            workers: tables.reduce(0) { $0 + $1.count },
            // What was answered for since the messages were looked at keeps nobody busy in this picture.
            busyWorkers: min(tables.reduce(0) { $0 + $1.busy }, messages.leased),
            backingOffWorkers: tables.reduce(0) { $0 + $1.failing },
            startingWorkers: changing.reduce(0) { $0 + $1.starting },
            stoppingWorkers: changing.reduce(0) { $0 + $1.stopping },
            restarts: topology.events.restarts, abandoned: abandoned, directSupervisors: tables.count,
            scaling: ApplicationStatus.Scaling(
                pinned: pinned, target: kernel.pool.desired, min: policy.min, max: policy.max,
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
        if kernel.flow.isDraining || kernel.intake.isStoodDown && inFlight > 0 { return .draining }
        if isDegraded { return .degraded }
        return !streams.isEmpty && streams.allSatisfy { $0.state == .paused } ? .paused : .running
    }

    /// What is wrong at the moment.
    private func problems(
        of streams: [StreamStatus], writeError: String?, abandoned: Int
    ) -> [ApplicationStatus.Problem] {
        typealias Problem = ApplicationStatus.Problem
        let (breaker, outage, broken) = kernel.ledger.withLock {
            ($0.breaker.complaint(at: kernel.runtime.now), $0.outage.complaint(at: kernel.runtime.now), $0.broken)
        }
        let patience = kernel.sources.present.mapValues(\.downAfter)
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
        return problemTimes.shown(own + hostProblems() + ofStreams)
    }

    /// Workers whose bodies cannot be started.
    private func starting(isUnavailable: Bool) -> ApplicationStatus.Problem? {
        if let nobody = nobodyStarts {
            return isUnavailable ? nil : ApplicationStatus.Problem(.handlerUnavailable, of: "handler", nobody)
        }
        let starts = kernel.pool.starts
        guard starts.stuck > 0 else { return nil }
        return ApplicationStatus.Problem(
            .workersCannotStart, of: "workers",
            """
            \(starts.stuck) of \(starts.workers) workers cannot be started; each is tried again and again: \
            \(topology.starts.reason ?? "")
            """)
    }

    /// That no worker can be started, in words; nil: some can.
    var nobodyStarts: String? {
        let starts = kernel.pool.starts
        guard starts.failing > 0, starts.failing == starts.workers else { return nil }
        return
            "no worker can be started, and what came is held; each is tried again and again: \(topology.starts.reason ?? "")"
    }

    /// Half of what may hang is worth a word, while there is time to look at it.
    private func hanging(_ abandoned: Int) -> String? {
        guard let limit = kernel.runtime.abandonmentLimit, abandoned > 0, 2 * abandoned >= limit else { return nil }
        let workers = abandoned == 1 ? "1 worker hangs and was" : "\(abandoned) workers hang and were"
        return "\(workers) replaced; with more than \(limit) the tree ends"
    }

    // MARK: - The pool and the tree

    /// The pool, by number, with all workers.
    package var directSupervisors: [DirectSupervisorSnapshot] { kernel.pool.snapshots(at: kernel.runtime.now) }

    /// How long a supervisor has for its answer. One that waits for a child to start or to stop answers later.
    static let patienceWithSupervisors = Duration.milliseconds(500)

    /// The living tree, as its supervisors know it; they are asked at the same time.
    ///
    /// One that is busy with a child and does not answer in time is in the tree with a note, and without what only it knows.
    package func tree() async -> TreeSnapshot {
        let members = kernel.pool.members
        let (main, receivers) = (kernel.pool.supervisor, topology.streams.current)
        let answers = await looks.ask(
            [topology.root] + [main, receivers].compactMap { $0 } + members.compactMap(\.supervisor),
            within: Self.patienceWithSupervisors, runtime: kernel.runtime)
        var root = TreeSnapshot(
            id: ChildID(topology.root.name), kind: .supervisor, state: .running, incarnation: 1, restarts: 0)
        let statuses = Dictionary(kernel.intake.statuses.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        root.fill(from: answers.look(topology.root)) { child in
            switch child.id {
            case .mainSupervisor:
                child.fill(from: answers.look(main)) { direct in
                    guard let member = members.first(where: { $0.id == direct.id }) else { return }
                    if member.isLeaving, direct.state == .running { direct.state = .draining }
                    direct.addWorkers(of: member, as: answers.look(member.supervisor), at: kernel.runtime.now)
                }
            case .streamSupervisor:
                child.fill(from: answers.look(receivers)) { receiver in
                    guard let status = statuses[String(receiver.id.name.dropFirst("stream.".count))] else { return }
                    receiver.note = status.state.rawValue + (status.error.map { ": \($0)" } ?? "")
                }
            default: break
            }
        }
        return root
    }
}
