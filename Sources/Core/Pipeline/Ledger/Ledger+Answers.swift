/// What becomes of messages whose worker says something about them, or ends over them: the table of who pays.
///
/// | what                              | the message's attempt                         | then                              |
/// |-----------------------------------|-----------------------------------------------|-----------------------------------|
/// | done                              |                                               | processed                         |
/// | failed                            | charged                                       | backoff, or a dead letter         |
/// | rejected                          | charged                                       | a dead letter                     |
/// | unavailable                       | given back                                    | all is held, one message is tried |
/// | the same, overtaken by another    | charged                                       | as failed, and dealt alone        |
/// | failed, rejected: several unnamed | given back                                    | each is dealt alone               |
/// | crashed, alone in hand            | charged                                       | backoff, or a dead letter         |
/// | crashed, several in hand          | given back                                    | each is dealt alone               |
/// | ended from outside, no sense      | given back, from the fifth on charged         | dealt again                       |
/// | timed out                         | see ``timedOut(_:suspects:reason:by:at:)``    |                                   |
extension Ledger {
    /// What was taken of answers.
    struct AnswerTally {
        /// How many counted.
        var taken = 0
        /// How many of them have an end that is to be settled.
        var finished = 0
        /// Whether something returned to the queue.
        var hasReturned: Bool { taken > finished }
    }

    /// After so many ends that nobody is to blame for, each costs the message an attempt.
    static let freeOutsideEnds = 4

    /// Takes the answer for one message.
    mutating func answer(_ lease: Lease, _ outcome: Outcome, by worker: String, at now: Duration) -> AnswerTally {
        var tally = AnswerTally()
        take(outcome, lease, by: worker, at: now, &tally)
        checkInvariants()
        return tally
    }

    /// Takes answers for some messages of a hand.
    mutating func answer(_ answers: [Answer], of hand: Hand, by worker: String, at now: Duration) -> AnswerTally {
        var tally = AnswerTally()
        for answer in answers where hand.entries.indices.contains(answer.index) {
            take(answer.outcome, hand.lease(answer.index), by: worker, at: now, &tally)
        }
        checkInvariants()
        return tally
    }

    /// Takes one outcome for all of a hand that is not answered for.
    mutating func answerRest(_ outcome: Outcome, of hand: Hand, by worker: String, at now: Duration) -> AnswerTally {
        var tally = AnswerTally()
        switch outcome {
        case .failed(let reason, _), .rejected(let reason):
            let open = hand.leases.filter(isCurrent)
            if open.count > 1 {
                lose(open, reason: reason, at: now)
                tally.taken = open.count
            } else {
                for lease in open { take(outcome, lease, by: worker, at: now, &tally) }
            }
        case .done, .unavailable:
            for lease in hand.leases where isCurrent(lease) { take(outcome, lease, by: worker, at: now, &tally) }
        }
        checkInvariants()
        return tally
    }

    private mutating func take(
        _ outcome: Outcome, _ lease: Lease, by worker: String, at now: Duration, _ tally: inout AnswerTally
    ) {
        let verdict: Verdict
        switch outcome {
        case .done: verdict = .done
        case .failed(let reason, let after): verdict = .failed(reason, after: after)
        case .rejected(let reason): verdict = .rejected(reason)
        case .unavailable(let reason, let after):
            guard isCurrent(lease) else {
                _ = enter(.done, lease, by: worker, at: now)
                return
            }
            guard wasOvertaken(lease) else {
                outage.unavailable(lease.number, reason, after: after, last: handOuts, at: now)
                takeBack(lease)
                tally.taken += 1
                return
            }
            suspect(lease)
            verdict = .failed("\(reason) (unavailable for this message, while others are done)", after: after)
        }
        guard enter(verdict, lease, by: worker, at: now) else { return }
        tally.taken += 1
        // The breaker's trial may have been taken back instead.
        if case .finished = slots[lease.slot].state { tally.finished += 1 }
    }

    /// The worker ended over what it had in hand. One message pays; of several nobody knows which one it was.
    mutating func crashed(_ leases: [Lease], reason: String, by worker: String, at now: Duration) -> AnswerTally {
        var tally = AnswerTally()
        let open = leases.filter(isCurrent)
        if open.count == 1 {
            if enter(.crashed(reason), open[0], by: worker, at: now) { (tally.taken, tally.finished) = (1, 1) }
        } else if !open.isEmpty {
            lose(open, reason: reason, at: now)
            tally.taken = open.count
        }
        checkInvariants()
        return tally
    }

    /// The worker was ended from outside, or made no sense.
    mutating func endedFromOutside(
        _ leases: [Lease], reason: String, by worker: String, at now: Duration
    ) -> AnswerTally {
        var tally = AnswerTally()
        let open = leases.filter(isCurrent)
        for lease in open {
            let ends = countOutsideEnd(lease)
            tally.taken += 1
            if ends > Self.freeOutsideEnds, enter(.crashed(reason), lease, by: worker, at: now) {
                tally.finished += 1
                continue
            }
            // Once is a mishap. What goes on so has a cause, and the others in its hand are not to pay for that.
            if ends > 1, open.count > 1 { suspect(lease) }
            takeBack(lease)
        }
        checkInvariants()
        return tally
    }

    /// The worker took too long, and is told to go: what it holds stays leased until it has gone.
    ///
    /// - Parameters:
    ///   - charged: the message that pays; it is answered for at once.
    ///   - suspects: those of which one may be to blame.
    mutating func timedOut(
        _ charged: Lease?, suspects: [Lease], reason: String, by worker: String, at now: Duration
    ) -> AnswerTally {
        var tally = AnswerTally()
        if let charged, enter(.crashed(reason), charged, by: worker, at: now) { (tally.taken, tally.finished) = (1, 1) }
        let open = suspects.filter(isCurrent)
        if let first = open.first {
            breaker.lost(first.number, reason: reason, at: now)
            for lease in open { suspect(lease) }
        }
        checkInvariants()
        return tally
    }

    /// Takes back several of which one is to blame, nobody knows which.
    private mutating func lose(_ leases: [Lease], reason: String, at now: Duration) {
        if let first = leases.first { breaker.lost(first.number, reason: reason, at: now) }
        for lease in leases {
            suspect(lease)
            takeBack(lease)
        }
    }
}
