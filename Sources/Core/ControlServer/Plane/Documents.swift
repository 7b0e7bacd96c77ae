import ControlAPI
import Glibc
import Pipeline
import ProgramKit
import Supervision

// What the tree tells, in the documents of the API.

extension Status {
    init(
        _ status: ApplicationStatus, needsRestart: [String] = [], holders: [String: StreamHolder] = [:]
    ) {
        let (messages, scaling, latency) = (status.messages, status.scaling, status.latency)
        self.init(
            state: State(rawValue: status.state.rawValue), problems: status.problems.map(Problem.init),
            degradedBecause: status.degradedBecause, needsRestart: needsRestart, pid: getpid(),
            uptimeSeconds: status.uptime / .seconds(1),
            streams: status.streams.map { Stream($0, heldBy: holders[$0.name]) },
            messages: Messages(
                received: messages.received, inFlight: messages.inFlight, processed: messages.processed,
                killed: messages.killed, deadLettered: messages.deadLettered, retried: messages.retried,
                ratePerSecond: status.ratePerSecond, delayed: messages.delayed, lateOutcomes: messages.lateOutcomes,
                inFlightBytes: messages.inFlightBytes, filtered: messages.filtered),
            workers: Workers(
                total: status.workers, busy: status.busyWorkers, backingOff: status.backingOffWorkers,
                starting: status.startingWorkers, stopping: status.stoppingWorkers, restarts: status.restarts,
                abandoned: status.abandoned),
            directSupervisors: status.directSupervisors,
            scaling: Scaling(
                mode: scaling.pinned == nil ? .auto : .manual, target: scaling.target, min: scaling.min,
                max: scaling.max, reason: scaling.lastDecision.map { "\($0.reason.rawValue): \($0)" } ?? "starting",
                pinned: scaling.pinned),
            latency: Latency(
                p50: latency.p50, p75: latency.p75, p90: latency.p90, p95: latency.p95, p99: latency.p99,
                max: latency.max),
            storage: Storage(
                storedDeadLetters: status.storage.deadLetters, waitingDeadLetters: status.storage.waiting,
                droppedDeadLetters: status.storage.dropped, evictedDeadLetters: status.storage.evicted,
                replaying: status.storage.replaying, lastWriteError: status.storage.lastWriteError))
    }
}

extension Problem {
    fileprivate init(_ problem: ApplicationStatus.Problem) {
        self.init(
            kind: Kind(rawValue: problem.kind.rawValue), subject: problem.subject,
            since: UTCTime(microseconds: problem.since ?? 0).text, text: problem.text)
    }
}

extension Status.Stream {
    fileprivate init(_ stream: StreamStatus, heldBy holder: StreamHolder?) {
        self.init(
            name: stream.name, url: stream.location, state: State(rawValue: stream.state.rawValue),
            events: stream.events, bytes: stream.bytes, reconnects: stream.reconnects,
            lastEventID: stream.lastEventID, error: stream.error, possibleGaps: stream.possibleGaps,
            skipped: stream.skipped, pausedForSeconds: stream.pausedFor.map { $0 / .seconds(1) },
            since: stream.sinceTime.map { UTCTime(microseconds: $0).text },
            downForSeconds: stream.downFor.map { $0 / .seconds(1) }, attempts: stream.attempts,
            nextAttemptInSeconds: stream.nextAttemptIn.map { $0 / .seconds(1) }, position: stream.position,
            repeated: stream.repeated, refusedPositions: stream.refusedPositions, filtered: stream.filtered,
            compressedBytes: stream.compressedBytes > 0 ? stream.compressedBytes : nil,
            broker: stream.broker.map { BrokerShare($0) }, lease: holder)
    }
}

extension BrokerShare {
    /// As the tree knows it.
    public init(_ broker: BrokerStatus) {
        self.init(
            consumer: broker.name, pending: broker.pending, ackPending: broker.ackPending,
            oldestSeconds: broker.oldest.map { $0 / .seconds(1) }, held: broker.held, redelivered: broker.redelivered)
    }
}

extension TreeNode {
    init(_ look: TreeSnapshot) {
        self.init(
            id: look.id.name, kind: look.kind == .supervisor ? .supervisor : .worker,
            state: State(rawValue: look.state.rawValue), incarnation: look.incarnation, restarts: look.restarts,
            strategy: look.rule?.strategy.name,
            budget: look.rule.map { ControlAPI.RestartBudget($0.budget, left: $0.remainingRestarts) },
            holds: look.holds.map(HeldMessage.init), inHand: look.holds == nil ? nil : look.inHand,
            pid: look.vitals.map { Int($0.pid) }, residentBytes: look.vitals?.residentBytes,
            cpuSeconds: look.vitals?.processorTime.map { $0 / .seconds(1) },
            ageSeconds: look.age.map { $0 / .seconds(1) },
            note: look.note,
            children: look.children.map(TreeNode.init))
    }
}

extension Supervisor.Strategy {
    fileprivate var name: String {
        switch self {
        case .oneForOne: "one_for_one"
        case .oneForAll: "one_for_all"
        case .restForOne: "rest_for_one"
        }
    }
}

extension ControlAPI.RestartBudget {
    init(_ budget: Supervision.RestartBudget, left: Int) {
        self.init(restarts: budget.restarts, withinSeconds: budget.period / .seconds(1), left: left)
    }
}

extension HeldMessage {
    init(_ look: HeldMessageSnapshot) {
        self.init(
            sequence: look.sequence, stream: look.stream, eventID: look.eventID, attempt: look.attempt,
            heldForMilliseconds: look.heldFor.inMilliseconds)
    }
}

extension Worker {
    init(_ look: WorkerSnapshot, of supervisor: DirectSupervisorSnapshot) {
        self.init(
            id: look.id.name, supervisor: supervisor.id.name,
            state: TreeNode.State(rawValue: look.state.rawValue),
            incarnation: look.incarnation, restarts: look.restarts, handled: look.handled,
            holds: look.holds.map(HeldMessage.init), inHand: look.inHand, pid: look.vitals.map { Int($0.pid) },
            residentBytes: look.vitals?.residentBytes, cpuSeconds: look.vitals?.processorTime.map { $0 / .seconds(1) },
            ageSeconds: look.age.map { $0 / .seconds(1) })
    }
}

extension SupervisorLoad {
    init(_ look: DirectSupervisorSnapshot) {
        self.init(
            id: look.id.name, incarnation: look.incarnation,
            state: look.isDraining ? .draining : look.isRunning ? .running : .restarting,
            workers: look.workers.count, busy: look.workers.count { $0.holds != nil }, restarts: look.restarts,
            handled: look.handled)
    }
}

extension Duration {
    /// To the microsecond.
    var inMilliseconds: Double { (self / .microseconds(1)).rounded() / 1000 }
}

extension ControlAPI.Event {
    init(_ event: TreeEvent) {
        self.init(
            id: event.id, time: UTCTime(microseconds: event.time).text, kind: Kind(rawValue: event.kind.rawValue),
            level: Level(rawValue: event.level.rawValue), message: event.message, fields: event.fields)
    }
}

extension Crash {
    init(_ record: CrashRecord) {
        let end = record.postMortem
        var (status, signal, dumpedCore): (Int?, String?, Bool?) = (nil, nil, nil)
        switch end?.exit {
        case .status(let number)?: status = Int(number)
        case .signal(let number, let dumped)?: (signal, dumpedCore) = (SignalName.short(of: number), dumped)
        case nil: break
        }
        self.init(
            id: record.id, time: UTCTime(microseconds: record.time).text, child: record.child.name,
            supervisor: record.supervisor,
            incarnation: record.incarnation, reason: "\(record.reason)", cause: Cause(rawValue: record.cause.rawValue),
            charged: record.isCharged, action: Action(rawValue: record.action.rawValue),
            replacement: record.replacement,
            replacedInMicroseconds: record.recovery.map { Int64($0 / .microseconds(1)) },
            budget: record.budget.map { RestartBudget($0, left: record.remainingRestarts ?? 0) },
            message: record.message.map(CrashMessage.init), pid: end?.pid.map { Int($0) }, exitStatus: status,
            signal: signal, dumpedCore: dumpedCore, stderr: end?.errorLines)
    }
}

extension CrashMessage {
    fileprivate init(_ message: CrashRecord.Message) {
        self.init(
            sequence: message.sequence, stream: message.stream, eventID: message.eventID, attempt: message.attempt,
            maxAttempts: message.maxAttempts, fate: Fate(rawValue: message.fate.rawValue))
    }
}

extension Decision {
    /// - Parameter now: by the tree's clock.
    init(_ folded: FoldedDecision, at now: Duration) {
        let decision = folded.decision
        self.init(
            time: UTCTime(microseconds: folded.time).text, repeated: folded.repeated, from: decision.from,
            to: decision.to, raw: decision.raw, reason: decision.reason.rawValue,
            mean: (decision.mean * 1000).rounded() / 1000, inFlight: decision.inFlight,
            heldForSeconds: decision.heldUntil.map { max(0, (($0 - now) / .milliseconds(1)).rounded() / 1000) },
            text: "\(decision)", by: decision.by)
    }
}

extension TapItem {
    init(_ item: TappedItem) {
        switch item {
        case .skipped(let count): self = .skipped(count)
        case .message(let message):
            self = .record(
                TapRecord(
                    time: UTCTime(microseconds: message.time).text,
                    stage: TapRecord.Stage(rawValue: message.stage.rawValue), sequence: message.sequence,
                    stream: message.stream, eventID: message.eventID, type: message.type ?? "message",
                    attempt: message.attempt, worker: message.worker, reason: message.reason,
                    milliseconds: message.latency?.inMilliseconds, data: message.data, bytes: message.bytes))
        }
    }
}
