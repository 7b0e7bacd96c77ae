import DequeModule
import HeapModule
import NIOCore

/// What is in process: every message that was admitted and is not settled, and the books on those that were.
///
/// The error kernel of the tree: a value without a clock, I/O or foreign code, so that nothing in it can fail, and whatever else
/// crashes finds in it what there is to do. It also holds the queue, so that a new main_supervisor goes on where the last
/// one stopped, and the outcomes that flow_manager has not settled yet, so that none is lost or counted twice.
///
/// A message goes `queued → leased → finished`, and from there out (settled), or by way of `delayed` back to the queue's head.
/// What comes back is older than all that was never dealt, so the queue is always in the order of admission.
/// Messages lie in slots that are used again; queue and finished list are linked through the slots, so that nothing is
/// allocated per message.
package struct Ledger {
    /// No worker takes longer to be ended: then it is left to itself.
    private static let longestEnd = Duration.seconds(10)
    private static let lookAgain = Duration.milliseconds(50)
    /// So long what is done may wait for more of it, while answers come.
    private static let longestUnsettled = Duration.milliseconds(1)

    private static let condemnation =
        "ptrd has ended each time while it had nothing but this message in hand: it may be what ends it"

    package private(set) var totals = LedgerTotals()
    /// One for each place; see ``IntakeStream`` for who has it.
    package var streams: [StreamLedger]
    private(set) var leasedCount = 0
    /// Messages that were given up and are not stored yet.
    var unsaved = UnsavedDeadLetters()
    /// Whether messages are admitted and dealt at all.
    package var breaker: CircuitBreaker
    /// Whether what the handler needs is down.
    package var outage = HandlerOutage()
    /// The data of a kill message; nil: there is none.
    package var killMessage: ByteBuffer?

    /// The stored dead letters that are being replayed.
    package var replays = Replays()

    /// Hashes what is kept of messages and addresses; made of the state directory's secret.
    package var hash = KeyedHash()
    /// Tells this life from all others.
    package var life: [UInt8] = []
    /// How many streams there were in this life.
    var streamsBegun: UInt64 = 0

    /// Whether there may be something that a source is to be told.
    package var hasNotices = false

    /// What is admitted, while somebody taps it; nil otherwise.
    package var watched: WatchedMessages?

    package var window: LedgerWindow
    /// The memory that messages in flight lie in.
    var held: HeldBlocks
    private(set) var slots: [Slot] = []
    private(set) var free: [Int] = []
    /// What the streams brought and is to be dealt.
    private(set) var fresh = SlotQueue()
    /// Dead letters that are to be dealt again. Dealt as if they were in the same queue, but the breaker's trial is one of
    /// them only when there is nothing else.
    private(set) var replayed = SlotQueue()
    /// Whether the breaker's next trial may be a replay: all that could be admitted is, and it is nothing else.
    private var mayTryReplay = false
    private(set) var finished = SlotList()
    /// When the first of what is to be settled got its end, and whether one of them is more than done.
    private var finishedSince = Duration.zero
    private var lastFinished = Duration.zero
    private var finishedGap = Duration.zero
    private var isSettlementUrgent = false
    private(set) var delayed = Heap<DelayedSlot>()
    /// What was found to be wrong; see ``checkInvariants()``.
    package var broken = BrokenInvariants()
    /// Whether every transition is followed by a look at everything, which costs as much as there is in process.
    var isAudited = false
    /// How many hands were handed out.
    package private(set) var handOuts: UInt64 = 0
    /// The highest hand-out of which something was done.
    private var lastDone: UInt64 = 0
    /// How often a handler was unavailable, with nothing done in between.
    var unavailableInRow = 0
    /// How many messages a hand had of late, if there may be several.
    package private(set) var batchSeen = 1.0
    /// Until when the hand that is dealt next waits to become full; nil: it does not.
    package private(set) var formingUntil: Duration?

    package init(limits: LedgerLimits, streams: [StreamName], breaker: BreakerPolicy = .disabled) {
        self.init(limits: limits, streams: streams.map { StreamLedger(name: $0) }, breaker: breaker)
    }

    package init(limits: LedgerLimits, streams: [StreamLedger], breaker: BreakerPolicy) {
        self.breaker = CircuitBreaker(breaker)
        window = LedgerWindow(limits: limits, streams: streams.count)
        held = HeldBlocks(streams: streams.count)
        self.streams = []
        for stream in streams { self.streams.append(numbered(stream)) }
    }

    package var inFlight: Int { slots.count - free.count }
    package var inFlightBytes: Int { window.taken.bytes }
    var delayedCount: Int { delayed.count }
    var queuedCount: Int { fresh.count + replayed.count }
    package var hasQueued: Bool { queuedCount > 0 }

    /// What is worked on and what waits, in hands: what the size of the pool follows. What waits for its hand to become full is no
    /// load.
    ///
    /// - Parameter hands: those that were dealt and are not done.
    package func load(hands: Int) -> Double {
        let waiting = inFlight - leasedCount - (formingUntil == nil ? 0 : fresh.count)
        return Double(hands) + Double(waiting) / batchSeen
    }

    // MARK: - Admission

    /// The number of the next message that is admitted. What is filtered has none.
    var nextSequence: UInt64 { totals.received - totals.filtered + 1 }

    /// Counts messages that a filter did not let pass: they are received and processed in one step.
    mutating func countFiltered(_ count: Int, of stream: Int) {
        totals.received += UInt64(count)
        totals.processed += UInt64(count)
        totals.filtered += UInt64(count)
        streams[stream].filtered += UInt64(count)
    }

    /// Counts a message as received, and gives it the queue's last place.
    ///
    /// - Parameter bytes: the memory that is held for it, and was not before.
    mutating func enter(_ message: Message, _ standing: Event.Standing, holding bytes: Int) {
        totals.received += 1
        if watched != nil { watched?.append(WatchedMessages.Entry(stage: .received, message: message)) }
        window.add(bytes, of: message.stream.index)
        let isFresh = message.replayOf == nil
        let place: Int
        if let reused = free.popLast() {
            // It lies free: all else of it is as it is at the beginning.
            slots[reused].message = message
            slots[reused].state = .queued
            place = reused
        } else {
            slots.append(Slot(message: message, state: .queued))
            place = slots.count - 1
        }
        switch standing {
        case .condemned(let tries):
            slots[place].attempts = tries
            slots[place].state = .finished(.rejected(Self.condemnation), by: "", at: slots[place].receivedAt)
            isSettlementUrgent = true
            return finished.append(place, in: &slots)
        case .suspect: slots[place].isSuspect = true
        case .unknown: break
        }
        if isFresh { fresh.append(place, in: &slots) } else { replayed.append(place, in: &slots) }
    }

    /// Whether an event is a kill message.
    func isKill(_ event: Event) -> Bool {
        killMessage?.readableBytes == event.data.readableBytes && killMessage == event.data
    }

    /// Whether one more message of a stream may come in.
    func hasRoom(for bytes: Int, of stream: Int) -> Bool {
        breaker.admits(queued: fresh.count) && streams[stream].span < window.limits.span
            && window.hasRoom(for: bytes, of: stream)
    }

    /// Whether some message of a stream may come in, or something of it may come again, which needs no room.
    package func hasRoom(of stream: Int) -> Bool { hasRoom(for: 0, of: stream) || streams[stream].mayRepeat }

    /// Whether nothing of a stream is in process.
    package func isIdle(_ stream: Int) -> Bool { window[stream].messages == 0 }

    // MARK: - Leases

    /// What a worker that is to be dealt to must be like.
    package enum Dealable {
        /// There is nothing to deal.
        case nothing
        /// A worker with nothing else in hand: what is next is dealt alone.
        case alone
        /// One that has room for a hand.
        case shared
    }

    /// What may be dealt next.
    package mutating func dealable(_ demand: Demand = Demand(), at now: Duration) -> Dealable {
        formingUntil = nil
        breaker.advance(to: now)
        outage.advance(to: now)
        guard hasQueued, breaker.deals, outage.deals else { return .nothing }
        guard !isTrialDue else { return fresh.count > 0 || mayTryReplay && replayed.count > 0 ? .alone : .nothing }
        guard let next = nextPlace else { return .nothing }
        if slots[next].isAlone { return .alone }
        if demand.within > .zero, let until = forming(demand), until > now {
            formingUntil = until
            return .nothing
        }
        return .shared
    }

    /// Whether what is dealt next is a trial: of the circuit breaker's, or of a handler that was unavailable.
    private var isTrialDue: Bool { breaker.isDue || outage.isDue }

    /// Notes that all is admitted that can be: from now on the breaker's trial may be a replay, if there is nothing else.
    package mutating func noteAdmission() { mayTryReplay = fresh.count == 0 }

    /// Until when a hand waits to become full; nil: it is, or there is no time to.
    private func forming(_ demand: Demand) -> Duration? {
        guard !breaker.isHurried, window.taken.messages < window.limits.inFlight, replayed.count == 0 else {
            return nil
        }
        guard let (first, count, bytes) = fresh.untriedHead(in: slots, atMost: demand.batch) else { return nil }
        guard count < demand.batch, bytes < demand.batchBytes else { return nil }
        return first + demand.within
    }

    /// Hands out what one worker may have at once, from the queue's head; that is an attempt of each. Nothing: there is nothing to
    /// be dealt. A trial, a suspect and a kill message are dealt alone.
    package mutating func leaseHand(to holder: Holder, _ demand: Demand, at now: Duration) -> [Hand.Entry] {
        guard dealable(demand, at: now) != .nothing, let place = popNext() else { return [] }
        let isTrial = isTrialDue
        mayTryReplay = false
        handOuts += 1
        var entries = [handOut(place, to: holder, at: now)]
        breaker.handedOut(handOuts, sequence: entries[0].message.sequence)
        outage.handedOut(handOuts)
        if demand.batch > 1 {
            if !isTrial, !slots[place].isAlone { fill(&entries, demand, to: holder, at: now) }
            batchSeen += (Double(entries.count) - batchSeen) / 16
        }
        for index in entries.indices { slots[entries[index].slot].handCount = entries.count }
        checkInvariants()
        return entries
    }

    private mutating func fill(_ entries: inout [Hand.Entry], _ demand: Demand, to holder: Holder, at now: Duration) {
        entries.reserveCapacity(min(demand.batch, queuedCount + 1))
        var bytes = slots[entries[0].slot].bytes
        while entries.count < demand.batch, let next = nextPlace {
            bytes += slots[next].bytes
            guard !slots[next].isAlone, bytes <= demand.batchBytes, let place = popNext() else { return }
            entries.append(handOut(place, to: holder, at: now))
        }
    }

    private mutating func handOut(_ place: Int, to holder: Holder, at now: Duration) -> Hand.Entry {
        leasedCount += 1
        slots[place].attempts += 1
        slots[place].leasedAt = now
        let attempt = slots[place].attempts
        slots[place].state = .leased(
            Lease(
                sequence: slots[place].sequence, attempt: attempt, holder: holder, number: handOuts, slot: place))
        // What was queued has a message.
        return Hand.Entry(message: slots[place].message!, attempt: attempt, slot: place)
    }

    /// The place of the message at the queue's head, when no trial is due.
    ///
    /// A part of its caller, like the next one: it would be given a copy of all the books.
    @inline(__always)
    private var nextPlace: Int? { isLetterNext ? replayed.firstPlace : fresh.firstPlace ?? replayed.firstPlace }

    /// Whether a letter is at the queue's head: what has been with a worker goes first, then the order of admission.
    @inline(__always)
    private var isLetterNext: Bool {
        guard replayed.count > 0, let letter = replayed.first(in: slots) else { return false }
        guard let next = fresh.first(in: slots) else { return true }
        return letter.hasReturned == next.hasReturned ? letter.sequence < next.sequence : letter.hasReturned
    }

    /// The message at the queue's head. A trial is rather one that was never dealt: what has failed before may be
    /// at fault itself, and would pay for the trial with its last attempts. Of what came back because the handler was unavailable, it
    /// is the one for which that is longest ago: no message is to hold up the others by being tried again and again.
    private mutating func popNext() -> Int? {
        if isTrialDue {
            let isOutage = outage.isDue
            return fresh.popTrial(in: &slots, byUnavailability: isOutage)
                ?? replayed.popTrial(in: &slots, byUnavailability: isOutage)
        }
        return isLetterNext
            ? replayed.popFirst(in: &slots) : fresh.popFirst(in: &slots) ?? replayed.popFirst(in: &slots)
    }

    /// Enters a verdict. False: the lease is not the current one; the answer came too late and is only counted.
    package mutating func finish(_ lease: Lease, _ verdict: Verdict, by worker: String, at now: Duration) -> Bool {
        defer { checkInvariants() }
        return enter(verdict, lease, by: worker, at: now)
    }

    /// The same without a look at the books.
    mutating func enter(_ verdict: Verdict, _ lease: Lease, by worker: String, at now: Duration) -> Bool {
        guard isCurrent(lease) else {
            totals.late += 1
            return false
        }
        let isReplay = slots[lease.slot].isReplay
        let isTrial = breaker.isTrial(lease.number)
        breaker.finished(lease.number, verdict, isReplay: isReplay, at: now)
        outage.finished(lease.number, verdict, last: handOuts, at: now)
        // It was tried for the breaker's sake. It does not pay for that, or a replay into an outage would burn it in vain.
        if isTrial, isReplay, verdict.isFault, !breaker.isHurried {
            takeBack(lease)
            return true
        }
        if verdict == .done {
            lastDone = max(lastDone, lease.number)
            unavailableInRow = 0
        }
        leasedCount -= 1
        slots[lease.slot].state = .finished(verdict, by: worker, at: now)
        noteFinished(1, wasEmpty: finished.isEmpty, at: now)
        if verdict != .done { isSettlementUrgent = true }
        finished.append(lease.slot, in: &slots)
        return true
    }

    /// Enters that all is done of a hand that is not answered for. Returns how many messages that were.
    mutating func finishRest(of hand: Hand, by worker: String, at now: Duration) -> Int {
        var count = 0
        let wasEmpty = finished.isEmpty
        for index in hand.entries.indices {
            let place = hand.entries[index].slot
            // No other hand-out has its number.
            guard case .leased(let lease) = slots[place].state, lease.number == hand.number else {
                continue
            }
            slots[place].state = .finished(.done, by: worker, at: now)
            finished.append(place, in: &slots)
            count += 1
        }
        guard count > 0 else { return 0 }
        breaker.done(hand.number, count, at: now)
        outage.finished(hand.number, .done, last: handOuts, at: now)
        lastDone = max(lastDone, hand.number)
        unavailableInRow = 0
        leasedCount -= count
        noteFinished(count, wasEmpty: wasEmpty, at: now)
        return count
    }

    private mutating func noteFinished(_ count: Int, wasEmpty: Bool, at now: Duration) {
        if wasEmpty { finishedSince = now }
        // Several that are done at once come without a gap.
        (lastFinished, finishedGap) = (now, count > 1 ? .zero : now - lastFinished)
    }

    /// Takes a message back from a worker that ended without fault of the message: the attempt does not count, and the message
    /// returns to the queue's head. False: the lease was not the current one.
    package mutating func giveBack(_ lease: Lease) -> Bool {
        guard isCurrent(lease) else { return false }
        takeBack(lease)
        checkInvariants()
        return true
    }

    /// Takes back everything that a worker or a direct supervisor which has ended still holds. Returns how much that was.
    package mutating func revoke(where isGone: (Holder) -> Bool) -> Int {
        var count = 0
        for place in slots.indices {
            if let holder = slots[place].endsBefore?.holder, isGone(holder) { slots[place].endsBefore = nil }
            guard case .leased(let lease) = slots[place].state, isGone(lease.holder) else { continue }
            takeBack(lease)
            count += 1
        }
        checkInvariants()
        return count
    }

    /// Takes back what is leased, without a look at the books.
    package mutating func takeBack(_ lease: Lease) {
        leasedCount -= 1
        slots[lease.slot].attempts -= 1
        breaker.takenBack(lease.number)
        outage.takenBack(lease.number)
        returnToQueue(lease.slot)
    }

    /// A worker is being ended that has been answered for: what it held is not dealt again before it has gone.
    mutating func waitForEnd(_ lease: Lease, at now: Duration) {
        slots[lease.slot].endsBefore = (lease.holder, now + Self.longestEnd)
    }

    /// A worker has gone, of which this was a lease.
    package mutating func hasGone(_ lease: Lease) {
        if slots[lease.slot].endsBefore?.holder == lease.holder { slots[lease.slot].endsBefore = nil }
    }

    /// From now on it is dealt alone.
    mutating func suspect(_ lease: Lease) { slots[lease.slot].isSuspect = true }

    /// Notes that its worker ended by nobody's fault here. Returns how often that has been.
    mutating func countOutsideEnd(_ lease: Lease) -> Int {
        slots[lease.slot].outsideEnds += 1
        return slots[lease.slot].outsideEnds
    }

    /// Whether another message was handed out and done since this one last came back because the handler was unavailable. This
    /// is the last time from now on.
    mutating func wasOvertaken(_ lease: Lease) -> Bool {
        let last = slots[lease.slot].unavailableAt
        slots[lease.slot].unavailableAt = handOuts
        return last > 0 && lastDone > last
    }

    /// Whether others work: what was handed out after this is done.
    func othersWork(since lease: Lease) -> Bool { lastDone > lease.number }

    private mutating func returnToQueue(_ place: Int) {
        slots[place].state = .queued
        let sequence = slots[place].sequence
        if slots[place].isReplay {
            replayed.giveBack(place, sequence: sequence)
        } else {
            fresh.giveBack(place, sequence: sequence)
        }
    }

    /// Whether a message, known by its number and its place, is queued or in the hands of a worker.
    package func isToBeDone(_ sequence: UInt64, at place: Int) -> Bool {
        guard slots.indices.contains(place), slots[place].message?.sequence == sequence else { return false }
        switch slots[place].state {
        case .queued, .leased: return true
        case .free, .finished, .delayed: return false
        }
    }

    package func isCurrent(_ lease: Lease) -> Bool {
        guard case .leased(let current) = slots[lease.slot].state else { return false }
        return current == lease
    }

    // MARK: - Settlement

    /// Whether what has finished is to be settled now. While there is more to deal, what is done waits a little for more of it, so that
    /// flow_manager is not woken for each; the next answer, or its tick, sees to it.
    package func owesSettlement(at now: Duration) -> Bool {
        guard !finished.isEmpty else { return false }
        return isSettlementUrgent || !hasQueued || leasedCount == 0 || finished.count * 8 >= window.limits.inFlight
            // Only where answers come one upon the other is there more of it soon.
            || finishedGap >= Self.longestUnsettled || now - finishedSince >= Self.longestUnsettled
    }

    /// Settles what has finished: each message goes into one bin, or waits out its backoff for another attempt.
    package mutating func settleFinished(
        _ policy: RetryPolicy, at now: Duration, wallClock: Int64, into report: inout Settlement
    ) {
        isSettlementUrgent = false
        while let place = finished.popFirst(in: &slots) {
            // Nearly all are, and have nothing that would have to be retained.
            if case .finished(.done, _, let finishedAt) = slots[place].state, report.watched == nil {
                settleDone(place, finishedAt, into: &report)
                continue
            }
            guard case .finished(let verdict, let worker, let finishedAt) = slots[place].state else { continue }
            if report.watched != nil, let message = slots[place].message {
                report.watched?.append(
                    verdict, of: message, attempt: slots[place].attempts, by: worker,
                    after: finishedAt - message.receivedAt)
            }
            switch verdict {
            case .done: settleDone(place, finishedAt, into: &report)
            case .killed:
                totals.killed += 1
                settle(place, as: .killed, into: &report)
            case .failed, .rejected, .crashed:
                if case .crashed = verdict { report.crashed += 1 } else { report.failed += 1 }
                let attempts = slots[place].attempts
                if attempts < policy.maxAttempts, let delay = policy.delay(after: attempts, verdict) {
                    slots[place].state = .delayed
                    delayed.insert(DelayedSlot(until: now + delay, sequence: slots[place].sequence, slot: place))
                } else {
                    totals.deadLettered += 1
                    let message = slots[place].message!
                    let letter = DeadLetter(
                        of: message, after: verdict, attempts: attempts, by: worker,
                        incarnation: slots[place].lastHolder?.worker ?? 0, at: wallClock)
                    report.deadLetters.append(letter)
                    for dropped in unsaved.append(letter, LetterReceipt(of: message)) { replays.release(dropped) }
                    settle(place, as: .deadLettered, into: &report)
                }
            }
        }
        checkInvariants()
    }

    /// Returns messages whose backoff is over to the queue's head. Returns how many.
    package mutating func releaseDelayed(at now: Duration) -> Int {
        var count = 0
        while let next = delayed.min, next.until <= now {
            delayed.removeMin()
            if let end = slots[next.slot].endsBefore, end.latest > now {
                // It is looked at again soon.
                delayed.insert(
                    DelayedSlot(until: now + Self.lookAgain, sequence: next.sequence, slot: next.slot))
                continue
            }
            slots[next.slot].endsBefore = nil
            returnToQueue(next.slot)
            totals.retried += 1
            count += 1
        }
        checkInvariants()
        return count
    }

    /// When the next backoff is over.
    package var nextRelease: Duration? { delayed.min?.until }

    private mutating func settleDone(_ place: Int, _ finishedAt: Duration, into report: inout Settlement) {
        totals.processed += 1
        report.latencies.append(finishedAt - slots[place].receivedAt)
        report.executions.append(finishedAt - slots[place].leasedAt, dividedBy: slots[place].handCount)
        settle(place, as: .processed, into: &report)
    }

    private mutating func settle(_ place: Int, as how: SettlementNotice.Bin, into report: inout Settlement) {
        let message = slots[place].message.take()!
        // Of a dead letter its source is told when that is stored.
        if how != .deadLettered { note(how, of: message) }
        let bytes = message.block < 0 ? message.bytes : held.remove(at: message.block)
        window.remove(bytes, of: message.stream.index)
        if let letter = message.replayOf {
            // A replay is no part of its stream's prefix. If it died again, its new letter replaces the stored one.
            if how != .deadLettered { replays.settle(letter) }
        } else {
            streams[message.stream.index].settle(message, hash)
        }
        slots[place].clear()
        free.append(place)
        report.left.append(consume message)
    }
}
