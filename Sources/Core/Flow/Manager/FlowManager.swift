import Logging
import NIOCore
import Supervision

/// Admits what the receivers bring, settles what the workers have finished, and decides how large the pool is to be.
///
/// An incarnation keeps nothing that the next one would miss but the autoscaler's windows, which fill again: the ledger, the
/// intake and ``FlowState`` outlive it. So it looks at all of them whenever its bell rings, and does what there is to do.
struct FlowManager {
    let ledger: LedgerStore
    let intake: Intake
    let recipients: Recipients
    let pool: Pool
    let flow: FlowState
    let bell: Bell
    /// That it goes round.
    let pulse: Pulse
    let live: LiveSettings
    let runtime: SupervisionRuntime
    let wallClock: @Sendable () -> Int64
    let observation: Observation
    /// Whether what the handlers print through takes nothing.
    let isOutputBlocked: @Sendable () -> Bool
    let logger: Logger

    /// The body of the supervised child.
    func run() async throws {
        var autoscaler = Autoscaler(live.current.settings.scaling)
        var settlement = Settlement()
        var streams = StreamWatch()
        let alarm = Alarm(bell, runtime: runtime)
        var nextTick = runtime.now
        while true {
            let now = runtime.now
            let current = live.current
            let tickLength = current.settings.scaling.tick
            settle(at: now, current.retry, &settlement)
            endPauses(at: runtime.elapsed)
            reportBrokenInvariants()
            let breakerHasMoved = watchBreaker(at: now)
            let taps = observation.taps
            let admitted = intake.admit(showing: taps.isActive ? { taps.show($0, at: now) } : nil)
            let released = ledger.withLock { $0.releaseDelayed(at: now) }
            if now >= nextTick {
                autoscaler.apply(current.settings.scaling)
                tick(&autoscaler, at: now)
                intake.reclaim()
                for change in streams.changes(in: intake.statuses) { observation.events.append(.stream(change)) }
                // A tick that comes late is one tick: made up for at once, it could double the pool twice.
                nextTick = nextTick + tickLength > now ? nextTick + tickLength : now + tickLength
            }
            // Another setting may have made the ticks shorter.
            nextTick = min(nextTick, now + tickLength)
            if admitted + released > 0 || breakerHasMoved { pool.bell.ring() }
            tellSources()
            let (inFlight, release, trials) = ledger.withLock {
                ($0.inFlight, $0.nextRelease, [$0.breaker.nextTrial, $0.outage.nextTrial])
            }
            if inFlight == 0, flow.isDraining, intake.isEmpty { flow.noteEmpty() }
            let resumption = intake.nextResumption.map { $0 - runtime.missed }
            alarm.set(([release, resumption] + trials).compactMap { $0 }.reduce(nextTick, min))
            pulse.beat()
            try await bell.wait()
        }
    }

    /// Settles what has finished.
    func settle(at now: Duration) {
        var settlement = Settlement()
        settle(at: now, live.current.retry, &settlement)
    }

    /// Tells the sources what has become of their messages. They lie in the ledger until then: who crashes before has told
    /// nobody, and the next one does.
    func tellSources() {
        while let pending = ledger.withLock({ $0.takeNotices() }) { recipients.tell(pending) }
    }

    /// Streams whose pause is over are read again.
    private func endPauses(at now: Duration) {
        for name in intake.endPauses(at: now) {
            logger.notice("stream \(name): the pause is over, it is read again", metadata: ["stream": "\(name)"])
        }
    }

    private func settle(at now: Duration, _ retry: RetryPolicy, _ settlement: inout Settlement) {
        settlement.removeAll()
        if observation.taps.isActive { settlement.watched = WatchedMessages() }
        let time = wallClock()
        ledger.withLock { $0.settleFinished(retry, at: now, wallClock: time, into: &settlement) }
        flow.record(settlement, at: now)
        observation.metrics.executed(settlement.executions)
        if let watched = settlement.watched { observation.taps.show(watched, at: now) }
        for letter in settlement.deadLetters {
            observation.events.append(.deadLetter(TreeEvent.DeadLetterNote(letter)))
            logger.warning(
                "dead letter: message \(letter.sequence) of \(letter.stream) given up after \(letter.attempts) attempts: \(letter.reason)",
                metadata: [
                    "stream": "\(letter.stream)", "sequence": "\(letter.sequence)", "worker": "\(letter.worker)",
                    "event_id": "\(letter.eventID.beginning)", "message_id": "dead-letter",
                ])
        }
    }

    /// Says once of each kind that the books are wrong.
    private func reportBrokenInvariants() {
        for invariant in ledger.withLock({ $0.broken.takeUnreported() }) {
            logger.error(
                "the books are wrong: \(invariant.rawValue); that is a fault of ptrd, which goes on; please report it",
                metadata: ["invariant": "\(invariant)"])
        }
    }

    /// Notes whether it is time to try a message, for the breaker or a handler that was unavailable, and says what has become of
    /// that. True: it has moved, so that
    /// there may be something to deal.
    private func watchBreaker(at now: Duration) -> Bool {
        let (changes, outages, isDue) = ledger.withLock { ledger in
            ledger.breaker.advance(to: now)
            ledger.outage.advance(to: now)
            return (
                ledger.breaker.changes.take(), ledger.outage.changes.take(), ledger.breaker.isDue || ledger.outage.isDue
            )
        }
        for change in outages {
            logger.log(
                level: change.isBad ? .warning : .notice, "\(change)",
                metadata: ["message_id": .string(change.messageID)])
            observation.events.append(.outage(change))
        }
        for change in changes {
            logger.log(
                level: change.isBad ? .warning : .notice, "\(change)",
                metadata: change.messageID.map { ["message_id": .string($0)] })
            observation.events.append(.breaker(change))
        }
        return isDue || !changes.isEmpty || !outages.isEmpty
    }

    private func tick(_ autoscaler: inout Autoscaler, at now: Duration) {
        let snapshot = ledger.snapshot
        var sample = flow.sample(
            settled: snapshot.processed + snapshot.killed + snapshot.deadLettered, inFlight: snapshot.inFlight,
            supervisors: pool.desired, batch: ledger.withLock { $0.batchSeen }, at: now)
        let hands = pool.hands
        let (isResting, isUnavailable, load) = ledger.withLock { ledger in
            (!ledger.breaker.isClosed, !ledger.outage.isNone, ledger.load(hands: hands))
        }
        let starts = pool.starts
        sample.load = load
        sample.isResting = isResting
        sample.isUnavailable = isUnavailable || starts.failing > 0 && starts.failing == starts.workers
        // Or may be for all that is known.
        sample.isStartFailing = starts.failing > 0 || starts.workers > 0 && starts.ready == 0
        sample.isOutputBlocked = isOutputBlocked()
        var decision = autoscaler.decide(sample)
        if decision.reason == .pinned { decision.by = flow.pinnedBy }
        if decision.to != decision.from { pool.resize(to: decision.to) }
        note(decision)
        observation.noteLoad(at: now) { [flow, pool] in
            LoadHistory.Entry(
                inFlight: snapshot.inFlight, ratePerSecond: flow.rate,
                directSupervisors: pool.members.count { $0.roster != nil })
        }
    }

    /// Keeps a decision on the size, and tells of it if it is a step.
    func note(_ decision: ScalingDecision) {
        flow.keep(decision, at: wallClock())
        observation.metrics.decided(decision.reason)
        guard decision.to != decision.from else { return }
        observation.events.append(.scaled(decision))
        logger.info(
            "\(decision)", metadata: ["reason": "\(decision.reason.rawValue)", "message_id": "pool-resized"])
    }
}
