@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// Who pays: the design's table of outcomes, once more.
extension Watch {
    /// How often a worker may be ended from outside before that costs its message an attempt.
    private static let freeEnds = 4

    /// So often in a row it is the handler that is unavailable, and not a message that it is for.
    private static let outageInRow = 3

    /// What was said of one message.
    mutating func judge(_ outcome: Outcome, _ lease: Lease, at now: Duration) {
        let (sequence, last) = (Int(lease.sequence), ledger.withLock(\.handOuts))
        world.say("message \(sequence), attempt \(lease.attempt): \(outcome)")
        switch outcome {
        case .done:
            world.expect(!seen[sequence - 1].isDone, "message \(sequence) is done twice")
            seen[sequence - 1].isDone = true
            lastDone = max(lastDone, lease.number)
            unavailableInRow = 0
            reaches(lease, last)
        case .failed(_, let after):
            charge(lease, after: after, at: now)
            reaches(lease, last)
        case .rejected:
            charge(lease, isFault: false, at: now)
            seen[sequence - 1].isRejected = true
            world.sights.insert(.rejected)
            reaches(lease, last)
        case .unavailable(_, let after):
            unavailableInRow += 1
            guard isOvertaken(lease), unavailableInRow < Self.outageInRow else {
                return hold(lease, after: after, at: now)
            }
            world.sights.insert(.overtakenUnavailable)
            seen[sequence - 1].isSuspect = true
            charge(lease, after: after, at: now)
            reaches(lease, last)
        }
    }

    /// Whether another message was handed out and done since this one was unavailable last. From now on that is this time.
    private mutating func isOvertaken(_ lease: Lease) -> Bool {
        let before = seen[Int(lease.sequence) - 1].unavailableAt
        seen[Int(lease.sequence) - 1].unavailableAt = ledger.withLock(\.handOuts)
        return before > 0 && lastDone > before
    }

    /// What the handler needs is down: nobody pays.
    private mutating func hold(_ lease: Lease, after: Duration? = nil, at now: Duration) {
        world.sights.insert(.unavailable)
        if outage.until != nil, outage.trial == lease.number { world.sights.insert(.trialInVain) }
        outage.unavailable(lease.number, after: after, last: ledger.withLock(\.handOuts), at: now)
    }

    /// What was said of all that is left of a hand, several, of which none was named: nobody pays.
    mutating func judge(several outcome: Outcome, _ leases: [Lease], at now: Duration) {
        guard case .unavailable(_, let after) = outcome else { return suspect(leases) }
        unavailableInRow += 1
        hold(leases[0], after: after, at: now)
        for lease in leases where isOvertaken(lease) { seen[Int(lease.sequence) - 1].isSuspect = true }
    }

    private mutating func reaches(_ lease: Lease, _ last: UInt64) {
        if outage.reached(lease.number, last: last) { world.sights.insert(.outageOver) }
    }

    /// A message pays with an attempt, and is not dealt again before its backoff is over. A letter that is the circuit breaker's trial does
    /// not pay for it.
    private mutating func charge(_ lease: Lease, isFault: Bool = true, after: Duration? = nil, at now: Duration) {
        let message = Int(lease.sequence) - 1
        let isFree = ledger.withLock { [seen] ledger in
            seen[message].isReplay && ledger.breaker.isTrial(lease.number) && !ledger.breaker.isHurried
        }
        guard !isFault || !isFree else { return }
        seen[message].guilt += 1
        let settings = world.plan.settings
        seen[message].notBefore = now + (after.map { min($0, settings.longestAskedBackoff) } ?? settings.initialBackoff)
        if let after, after > settings.initialBackoff * 4 { world.sights.insert(.askedBackoff) }
        if seen[message].isSuspect { world.sights.insert(.suspectPaid) }
    }

    /// What was said of several of which none was named, or a worker's crash over several: nobody pays yet.
    mutating func suspect(_ leases: [Lease]) {
        for lease in leases { seen[Int(lease.sequence) - 1].isSuspect = true }
        world.sights.insert(.suspects)
    }

    /// Their worker ended.
    mutating func judge(_ cause: Bodies.Cause, _ leases: [Lease], at now: Duration) {
        switch cause {
        case .stopped: return
        case .crashed:
            guard leases.count == 1 else { return leases.isEmpty ? () : suspect(leases) }
            chargeForEnd(leases[0], at: now)
        case .fromOutside:
            for lease in leases {
                if outage.until != nil, outage.trial == lease.number { hold(lease, at: now) }
                endFromOutside(lease, isAlone: leases.count == 1, at: now)
            }
        case .unproven:
            for lease in leases {
                if isOvertaken(lease) {
                    endFromOutside(lease, isAlone: leases.count == 1, at: now)
                } else if lastDone <= lease.number {
                    // Nobody else works either.
                    hold(lease, at: now)
                }
            }
        }
    }

    private mutating func endFromOutside(_ lease: Lease, isAlone: Bool, at now: Duration) {
        let message = Int(lease.sequence) - 1
        seen[message].outsideEnds += 1
        world.sights.insert(.outsideEnd)
        if seen[message].outsideEnds > Self.freeEnds {
            world.sights.insert(.fifthOutsideEnd)
            chargeForEnd(lease, at: now)
        } else if seen[message].outsideEnds > 1, !isAlone {
            // What goes on so has a cause, for which the others in its hand are not to pay.
            seen[message].isSuspect = true
        }
    }

    mutating func chargeForEnd(_ lease: Lease, at now: Duration) {
        charge(lease, at: now)
        outage.ended(lease.number, last: ledger.withLock(\.handOuts), at: now)
    }
}
