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
    let pool: Pool
    let flow: FlowState
    let bell: Bell
    let retry: RetryPolicy
    let scaling: ScalingPolicy
    let runtime: SupervisionRuntime
    let wallClock: @Sendable () -> Int64
    let observation: Observation
    let logger: Logger

    /// The body of the supervised child.
    func run() async throws {
        var autoscaler = Autoscaler(scaling)
        var settlement = Settlement()
        var streams = StreamWatch()
        let alarm = Alarm(bell, runtime: runtime)
        var nextTick = runtime.now
        while true {
            let now = runtime.now
            settle(at: now, &settlement)
            let breakerHasMoved = watchBreaker(at: now)
            let taps = observation.taps
            let admitted = intake.admit(showing: taps.isActive ? { taps.show($0, at: now) } : nil)
            let released = ledger.withLock { $0.releaseDelayed(at: now) }
            if now >= nextTick {
                tick(&autoscaler, at: now)
                for change in streams.changes(in: intake.statuses) { observation.events.append(.stream(change)) }
                // A tick that comes late is one tick: made up for at once, it could double the pool twice.
                nextTick = nextTick + scaling.tick > now ? nextTick + scaling.tick : now + scaling.tick
            }
            if admitted + released > 0 || breakerHasMoved { pool.bell.ring() }
            let (inFlight, release, trial) = ledger.withLock { ($0.inFlight, $0.nextRelease, $0.breaker.nextTrial) }
            if inFlight == 0, flow.isDraining, intake.isEmpty { flow.noteEmpty() }
            alarm.set(min(nextTick, release ?? nextTick, trial ?? nextTick))
            try await bell.wait()
        }
    }

    private func settle(at now: Duration, _ settlement: inout Settlement) {
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
                    "event_id": "\(String(buffer: letter.eventID))",
                ])
        }
    }

    /// Notes whether it is time for the breaker to try a message, and says what has become of it. True: it has moved, so that
    /// there may be something to deal.
    private func watchBreaker(at now: Duration) -> Bool {
        let (changes, isDue) = ledger.withLock { ledger in
            ledger.breaker.advance(to: now)
            return (ledger.breaker.takeChanges(), ledger.breaker.isDue)
        }
        for change in changes {
            logger.log(level: change.isBad ? .warning : .notice, "\(change)")
            observation.events.append(.breaker(change))
        }
        return isDue || !changes.isEmpty
    }

    private func tick(_ autoscaler: inout Autoscaler, at now: Duration) {
        let snapshot = ledger.snapshot
        var sample = flow.sample(
            settled: snapshot.processed + snapshot.killed + snapshot.deadLettered, inFlight: snapshot.inFlight,
            supervisors: pool.desired, at: now)
        sample.isResting = ledger.withLock { !$0.breaker.isClosed }
        let decision = autoscaler.decide(sample)
        flow.keep(decision, at: wallClock())
        observation.metrics.decided(decision.reason)
        observation.noteLoad(at: now) { [flow, pool] in
            LoadHistory.Entry(
                inFlight: snapshot.inFlight, ratePerSecond: flow.rate,
                directSupervisors: pool.members.count { $0.roster != nil })
        }
        guard decision.to != decision.from else { return }
        pool.resize(to: decision.to)
        observation.events.append(.scaled(decision))
        logger.info("\(decision)", metadata: ["reason": "\(decision.reason.rawValue)"])
    }
}
