import Ledger
import Logging
import Supervision

/// Admits what the receivers bring, settles what the workers have finished, and decides how large the pool is to be.
///
/// An incarnation keeps nothing that the next one would miss but the autoscaler's windows, which fill again: the error kernel
/// outlives it. So it looks at all of that whenever it is notified, takes a ``FlowTurn``, and carries out what follows from it.
package struct FlowManager: Sendable {
    private let kernel: ErrorKernel
    private let observer: any Observer
    private let isOutputBlocked: @Sendable () -> Bool
    private let logger: Logger

    /// - Parameter isOutputBlocked: whether what the handlers print through takes nothing.
    package init(
        _ kernel: ErrorKernel, observer: any Observer, isOutputBlocked: @escaping @Sendable () -> Bool, logger: Logger
    ) {
        self.kernel = kernel
        self.observer = observer
        self.isOutputBlocked = isOutputBlocked
        self.logger = logger
    }

    /// The body of the supervised child.
    package func run() async throws {
        var autoscaler = Autoscaler(kernel.live.current.settings.scaling)
        var turn = FlowTurn()
        let alarm = Alarm(kernel.flowNotify, runtime: kernel.runtime)
        var nextTick = kernel.runtime.now
        while true {
            let scaling = kernel.live.current.settings.scaling
            var order = order()
            order.isTick = order.now >= nextTick
            if order.isTick { order.hands = kernel.pool.hands }
            kernel.intake.withLock { intake, ledger in turn.take(order, &intake, &ledger) }
            tell(turn, at: order.now)
            if let load = turn.load {
                autoscaler.apply(scaling)
                tick(&autoscaler, load, turn.streams, at: order.now)
                // One that comes late is not made up for at once: that could double the pool twice.
                nextTick = max(kernel.runtime.nextMultiple(of: scaling.tick), order.now + scaling.tick / 2)
            }
            // Another setting may have made the ticks shorter.
            nextTick = min(nextTick, order.now + scaling.tick)
            if turn.mayDeal { kernel.pool.dealNotify.notify() }
            turn.letGo()
            tellSources()
            if turn.isEmpty, kernel.flow.isDraining { kernel.flow.noteEmpty() }
            alarm.set(min(nextTick, turn.next ?? nextTick))
            kernel.flowPulse.beat()
            try await kernel.flowNotify.wait()
        }
    }

    /// Settles what has finished.
    package func settle() {
        var turn = FlowTurn()
        let order = order()
        kernel.ledger.withLock { turn.settle(order, &$0) }
        tell(turn, at: order.now)
    }

    /// Tells the sources what has become of their messages. They lie in the ledger until then: who crashes before has told
    /// nobody, and the next one does.
    package func tellSources() {
        while let pending = kernel.ledger.withLock({ $0.takeNotices() }) { kernel.sources.tell(pending) }
    }

    private func order() -> FlowTurn.Order {
        FlowTurn.Order(
            now: kernel.runtime.now, missed: kernel.runtime.missed, wallClock: kernel.wallClock(),
            retry: kernel.live.current.retry, isTapped: observer.isTapped)
    }

    // MARK: - What follows from a turn

    private func tell(_ turn: FlowTurn, at now: Duration) {
        for waiter in turn.waiters { waiter.resume(returning: true) }
        tell(turn.settlement, at: now)
        for name in turn.resumed {
            logger.notice("stream \(name): the pause is over, it is read again", metadata: ["stream": "\(name)"])
        }
        for invariant in turn.broken {
            logger.error(
                "the books are wrong: \(invariant.rawValue); that is a fault of ptrd, which goes on; please report it",
                metadata: ["invariant": "\(invariant)"])
        }
        for change in turn.outage {
            logger.log(
                level: change.isBad ? .warning : .notice, "\(change)",
                metadata: ["message_id": .string(change.messageID)])
            observer.note(.outage(change))
        }
        for change in turn.breaker {
            logger.log(
                level: change.isBad ? .warning : .notice, "\(change)",
                metadata: change.messageID.map { ["message_id": .string($0)] })
            observer.note(.breaker(change))
        }
        if let admitted = turn.admitted { observer.show(admitted, at: now) }
    }

    private func tell(_ settlement: Settlement, at now: Duration) {
        kernel.flow.record(settlement, at: now)
        observer.noteExecutions(settlement.executions)
        if let watched = settlement.watched { observer.show(watched, at: now) }
        for letter in settlement.deadLetters {
            observer.note(.deadLettered(letter))
            logger.warning(
                "dead letter: message \(letter.sequence) of \(letter.stream) given up after \(letter.attempts) attempts: \(letter.reason)",
                metadata: [
                    "stream": "\(letter.stream)", "sequence": "\(letter.sequence)", "worker": "\(letter.worker)",
                    "event_id": "\(letter.eventID.beginning)", "message_id": "dead-letter",
                ])
        }
    }

    // MARK: - The size of the pool

    private func tick(
        _ autoscaler: inout Autoscaler, _ load: FlowTurn.Load, _ streams: [StreamStatus], at now: Duration
    ) {
        let (pool, flow, starts) = (kernel.pool, kernel.flow, kernel.pool.starts)
        var sample = flow.sample(load, supervisors: pool.desired, at: now)
        sample.isUnavailable = !load.isHandlerAvailable || starts.failing > 0 && starts.failing == starts.workers
        // Or may be for all that is known.
        sample.isStartFailing = starts.failing > 0 || starts.workers > 0 && starts.ready == 0
        sample.isOutputBlocked = isOutputBlocked()
        var decision = autoscaler.decide(sample)
        if decision.reason == .pinned { decision.by = flow.pinnedBy }
        if decision.to != decision.from { pool.resize(to: decision.to) }
        note(decision)
        observer.noteTick(
            LoadMeasure(
                inFlight: load.snapshot.inFlight, ratePerSecond: flow.rate,
                directSupervisors: pool.members.count { $0.table != nil }), streams, at: now)
    }

    /// Keeps a decision on the size, and tells of it if it is a step.
    package func note(_ decision: ScalingDecision) {
        kernel.flow.keep(decision)
        observer.note(.decided(decision))
        guard decision.to != decision.from else { return }
        logger.info(
            "\(decision)", metadata: ["reason": "\(decision.reason.rawValue)", "message_id": "pool-resized"])
    }
}
