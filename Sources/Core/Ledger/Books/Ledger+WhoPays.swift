/// What becomes of messages whose worker says something about them, or ends over them: the table of who pays.
///
/// | what                              | the message's attempt                         | then                              |
/// |-----------------------------------|-----------------------------------------------|-----------------------------------|
/// | done                              |                                               | processed                         |
/// | failed                            | charged                                       | backoff, or a dead letter         |
/// | rejected                          | charged                                       | a dead letter                     |
/// | unavailable                       | given back                                    | all is held, one message is tried |
/// | the same, overtaken by another    | charged                                       | as failed, and dealt alone        |
/// | unavailable: several unnamed      | given back                                    | all is held                       |
/// | failed, rejected: several unnamed | given back                                    | each is dealt alone               |
/// | crashed, alone in hand            | charged                                       | backoff, or a dead letter         |
/// | crashed, several in hand          | given back                                    | each is dealt alone               |
/// | ended from outside, no sense      | given back, from the fifth on charged         | dealt again                       |
/// | ended before the first answer     | given back; if overtaken as from outside      | all is held, if nobody else works |
/// | timed out                         | see ``timedOut(_:suspects:reason:by:at:)``    |                                   |
extension Ledger {
    /// What was taken of answers.
    package struct AnswerTally {
        /// How many counted.
        package var taken = 0
        /// How many of them have an end that is to be settled.
        package var finished = 0
        package init() {}

        /// Whether something returned to the queue.
        package var hasReturned: Bool { taken > finished }

        /// Counts another one's with it.
        package mutating func add(_ other: AnswerTally) {
            taken += other.taken
            finished += other.finished
        }
    }

    /// After so many ends that nobody is to blame for, each costs the message an attempt.
    static let freeOutsideEnds = 4

    /// So often in a row it is the handler that is unavailable, and not a message that it is for.
    static let outageInRow = 3

    /// Takes the answer for one message.
    package mutating func answer(_ lease: Lease, _ outcome: Outcome, by worker: String, at now: Duration) -> AnswerTally
    {
        var tally = AnswerTally()
        take(outcome, lease, by: worker, at: now, &tally)
        checkInvariants()
        return tally
    }

    /// Takes answers for some messages of a hand.
    package mutating func answer(_ answers: [Answer], of hand: Hand, by worker: String, at now: Duration) -> AnswerTally
    {
        var tally = AnswerTally()
        for answer in answers where hand.entries.indices.contains(answer.index) {
            take(answer.outcome, hand.lease(answer.index), by: worker, at: now, &tally)
        }
        checkInvariants()
        return tally
    }

    /// Takes one outcome for all of a hand that is not answered for.
    package mutating func answerRest(
        _ outcome: Outcome, of hand: Hand, by worker: String, at now: Duration
    ) -> AnswerTally {
        var tally = AnswerTally()
        // Nothing is to be told apart: that is the way of nearly all hands.
        if case .done = outcome {
            tally.taken = finishRest(of: hand, by: worker, at: now)
            tally.finished = tally.taken
            checkInvariants()
            return tally
        }
        let open = hand.leases.filter(isCurrent)
        switch (outcome, open.count > 1) {
        case (.failed(let reason, _), true), (.rejected(let reason), true):
            lose(open, reason: reason, at: now)
            tally.taken = open.count
        case (.unavailable(let reason, let after), true):
            unavailable(open, reason, after: after, at: now)
            tally.taken = open.count
        default:
            for lease in open { take(outcome, lease, by: worker, at: now, &tally) }
        }
        checkInvariants()
        return tally
    }

    /// Takes what a body says of a hand.
    package mutating func answer(_ report: HandReport, by worker: String, at now: Duration) -> AnswerTally {
        switch report.part {
        case .message(let index, let outcome):
            guard report.hand.entries.indices.contains(index) else { return AnswerTally() }
            return answer(report.hand.lease(index), outcome, by: worker, at: now)
        case .some(let answers): return answer(answers, of: report.hand, by: worker, at: now)
        case .rest(let outcome): return answerRest(outcome, of: report.hand, by: worker, at: now)
        }
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
            unavailableInRow += 1
            // When nothing else works either it is no matter of this message, whatever was done before.
            guard wasOvertaken(lease), unavailableInRow < Self.outageInRow else {
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

    /// What the handler needs is down, as a hand of several says that names none of them: nobody pays. One that was overtaken by
    /// others may be what it is down for, and is dealt alone.
    private mutating func unavailable(_ leases: [Lease], _ reason: String, after: Duration?, at now: Duration) {
        unavailableInRow += 1
        if let first = leases.first { outage.unavailable(first.number, reason, after: after, last: handOuts, at: now) }
        for lease in leases {
            if wasOvertaken(lease) { suspect(lease) }
            takeBack(lease)
        }
    }

    /// The worker's body ended before it had answered for anything. As long as nobody else works either, the handler is
    /// unavailable; after that it is as if the worker had been ended from outside.
    package mutating func couldNotStart(
        _ leases: [Lease], reason: String, by worker: String, at now: Duration
    ) -> AnswerTally {
        var tally = AnswerTally()
        let open = leases.filter(isCurrent)
        for lease in open {
            if wasOvertaken(lease) {
                end(lease, isAlone: open.count == 1, reason: reason, by: worker, at: now, &tally)
            } else {
                // One that cannot start while others work is its own trouble, and holds up nobody.
                if !othersWork(since: lease) {
                    outage.unavailable(lease.number, reason, after: nil, last: handOuts, at: now)
                }
                takeBack(lease)
                tally.taken += 1
            }
        }
        checkInvariants()
        return tally
    }

    /// The worker ended over what it had in hand. One message pays; of several nobody knows which one it was.
    package mutating func crashed(_ leases: [Lease], reason: String, by worker: String, at now: Duration) -> AnswerTally
    {
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
    package mutating func endedFromOutside(
        _ leases: [Lease], reason: String, by worker: String, at now: Duration
    ) -> AnswerTally {
        var tally = AnswerTally()
        let open = leases.filter(isCurrent)
        for lease in open {
            // A trial has not shown that the handler is there.
            if outage.isTrial(lease.number) {
                outage.unavailable(lease.number, reason, after: nil, last: handOuts, at: now)
            }
            end(lease, isAlone: open.count == 1, reason: reason, by: worker, at: now, &tally)
        }
        checkInvariants()
        return tally
    }

    private mutating func end(
        _ lease: Lease, isAlone: Bool, reason: String, by worker: String, at now: Duration, _ tally: inout AnswerTally
    ) {
        let ends = countOutsideEnd(lease)
        tally.taken += 1
        if ends > Self.freeOutsideEnds, enter(.crashed(reason), lease, by: worker, at: now) {
            tally.finished += 1
            return
        }
        // Once is a mishap. What goes on so has a cause, and the others in its hand are not to pay for that.
        if ends > 1, !isAlone { suspect(lease) }
        takeBack(lease)
    }

    /// The worker took too long, and is told to go: what it holds stays leased until it has gone.
    ///
    /// - Parameters:
    ///   - charged: the message that pays; it is answered for at once.
    ///   - suspects: those of which one may be to blame.
    package mutating func timedOut(
        _ charged: Lease?, suspects: [Lease], reason: String, by worker: String, at now: Duration
    ) -> AnswerTally {
        var tally = AnswerTally()
        if let charged, enter(.crashed(reason), charged, by: worker, at: now) {
            (tally.taken, tally.finished) = (1, 1)
            waitForEnd(charged, at: now)
        }
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
