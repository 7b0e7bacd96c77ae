import NIOCore
import Supervision

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// Watches one life of the daemon: keeps books of its own, from what the handler saw, and holds the ledger against them after every
/// step.
struct Watch {
    /// What is known of a message.
    struct Seen {
        let feed: Int
        let number: Int
        /// Its stream's place in the books.
        let streamPlace: Int
        /// The stint that it belongs to, and its place in that; nil for a replay, which is no part of the order.
        let stint: Int?
        var isReplay: Bool { stint == nil }
        let ordinal: Int
        let isKillMessage: Bool
        /// Attempts that ended by the message's own fault.
        var guilt = 0
        /// Whether it is to be dealt alone: it was with others over which somebody failed.
        var isSuspect = false
        /// Whether it may have become that, with others over which somebody was too slow.
        var mayBeSuspect = false
        var isRejected = false
        /// Whether it was a trial, of the circuit breaker or a handler that was unavailable.
        var wasTried = false
        /// How often its worker was ended from outside.
        var outsideEnds = 0
        /// The number of the last hand when it was last unavailable; 0: it never was.
        var unavailableAt: UInt64 = 0
        /// When it may be dealt again at the earliest.
        var notBefore = Duration.zero
        var isDone = false
        var isSettled = false
        var lastHolder: Holder?
        /// Whether nobody was handed it since the look before: not even somebody who went at that moment.
        var isUntouched = true
        /// Where it is, and where it was at the last look but one.
        var place = Place.queued
        var placeBefore = Place.queued
        /// The look at which it was last found in the ledger.
        var look = 0
    }

    enum Place {
        case queued
        case leased
        case finished
        case delayed
    }

    let world: World
    let ledger: LedgerStore
    let limits: LedgerLimits
    private(set) var runs: HandlerRuns

    /// By sequence, from 1.
    var seen: [Seen] = []
    var bodies = Bodies()
    var outage: Outage
    /// How often the handler was unavailable, with nothing done in between.
    var unavailableInRow = 0
    /// The highest hand of which something was done.
    var lastDone: UInt64 = 0
    /// What is in the hands of workers, and which hands may have none beside them.
    var dealt: [Lease] = []
    var dealtAlone: Set<UInt64> = []
    /// How many hands there were at the last look, and whether those since then were all seen: one that its worker does not take comes back
    /// in the same step.
    var handOuts: UInt64 = 0
    var areAllSeen = true
    /// The number of the last hand that was seen.
    var lastDealt: UInt64 = 0
    var unsettled: [Int] = []
    private var look = 0
    private var lastBreaker = CircuitBreaker.State.closed
    private var lastTotals = LedgerTotals()
    private var lastFiltered: UInt64 = 0
    private var lastCounts: (queued: Int, leased: Int, delayed: Int) = (0, 0, 0)
    /// What was settled, by this watch's own account.
    private var bins: (processed: UInt64, killed: UInt64, deadLettered: UInt64) = (0, 0, 0)
    var stints: Stints
    /// How many messages each place held at the last look.
    var heldBefore: [Int] = []
    /// How much one might hold then.
    var mostBefore = 0
    /// How many dead letters were admitted anew.
    private(set) var replays = 0

    init(world: World, ledger: LedgerStore, configured: [Int]) {
        self.world = world
        self.ledger = ledger
        limits = world.plan.settings.ledgerLimits
        runs = HandlerRuns(ledger: ledger)
        outage = Outage(longestAsked: world.plan.settings.longestAskedBackoff)
        stints = Stints(world, configured: configured)
    }

    var livingNames: Set<String> { stints.livingNames }

    /// The last event of a feed that was admitted, in this life or before.
    func lastAdmitted(of feed: Int) -> Int? { stints.last(of: feed)?.last }

    /// Whether a feed was begun anew, before an event that it had come to earlier.
    func hasBegunAnew(_ feed: Int, before number: Int) -> Bool {
        stints.last(of: feed).map { $0.hasBegun(before: number) } ?? false
    }

    /// The server of the stream at a place refuses all ids, and begins at its oldest event.
    mutating func refuses(at place: Int) { stints.refuse(at: place) }

    func wasAbsent(_ name: String, since step: Int) -> Bool { stints.wasAbsent(name, since: step) }

    /// How many dead letters there were.
    var deadLetters: UInt64 { bins.deadLettered }

    // MARK: - The handler

    /// A run of the handler begins; it must have the right to.
    mutating func begins(_ message: Message, _ context: HandlerContext, in runtime: SupervisionRuntime) -> Int {
        let (sequence, attempt) = (Int(message.sequence), context.attempt)
        world.say("\(context.worker) begins message \(sequence), attempt \(attempt)")
        world.note(message.sequence, UInt64(attempt))
        guard let hand = context.hand, sequence <= seen.count else {
            world.fail("\(context.worker) is handed message \(sequence) from nowhere")
            return 0
        }
        let (holder, run) = (
            hand.holder, HandlerRuns.Run(hand.lease(0), begun: runtime.now, missedBefore: runtime.missed)
        )
        world.expect(!runs.contains(holder), "\(context.worker) handles two messages at once")
        world.expect(
            runs.isCurrent(run) || Task.isCancelled, "\(context.worker) begins message \(sequence) without a lease")
        world.expect(!seen[sequence - 1].isDone, "message \(sequence) is handled although it was done")
        world.expect(!seen[sequence - 1].isKillMessage, "kill message \(sequence) is handled")
        return runs.begin(run)
    }

    /// A handler is done and hands its result over; it must have the right to, unless it was told to go.
    mutating func handsOver(_ message: Message, _ context: HandlerContext) {
        let isCurrent = runs.handOver(Int(message.sequence), context.attempt, context.hand?.holder)
        world.expect(
            isCurrent || Task.isCancelled, "message \(message.sequence) is handed over after somebody answered for it")
    }

    /// A run of the handler ends. What it says counts when it still has the lease, and a failure only when nobody asked it to stop.
    mutating func ends(_ number: Int, _ end: HandlerRuns.End, isCancelled: Bool, in runtime: SupervisionRuntime) {
        guard let run = runs.end(number) else { return }
        let counts = runs.isCurrent(run)
        world.say("message \(run.sequence), attempt \(run.attempt): \(end)\(counts ? "" : ", too late")")
        world.note(UInt64(run.sequence), counts ? 1 : 0)
        guard counts else { return }
        // More time was missed than an attempt has, and it was nobody's.
        let missed = runtime.elapsed - runtime.now - run.missedBefore
        if missed > world.plan.settings.workerTimeout { world.sights.insert(.frozenAttempt) }
        switch end {
        case .answered(let outcome): if !isCancelled || outcome == .done { judge(outcome, run.lease, at: runtime.now) }
        case .threw(let error):
            guard !isCancelled else { return }
            judge(error is BodyEnded ? .fromOutside : .crashed, [run.lease], at: runtime.now)
        }
    }

    // MARK: - The ledger

    /// The next look is at everything, whatever has changed.
    mutating func lookAgain() { lastTotals.received = .max }

    /// Looks at the ledger after a step.
    mutating func check(_ life: Life, _ application: Application) {
        for name in stints.follow(application.intake, ledger, since: life.reloadsSince) { life.orders.forget(name) }
        // A copy shares its storage with the ledger, and is gone before the ledger changes again.
        let ledger = ledger.withLock { $0 }
        let totals = ledger.totals
        world.expect(
            totals.received == UInt64(ledger.inFlight) + totals.settled,
            "received \(totals.received) is not \(ledger.inFlight) in flight and \(totals.settled) settled")
        let filtered = ledger.totals.filtered
        world.expect(
            filtered <= totals.processed && filtered >= lastFiltered,
            "\(filtered) messages are filtered, after \(lastFiltered), and \(totals.processed) processed")
        lastFiltered = filtered
        world.expect(ledger.broken.isEmpty, "the ledger itself says that \(ledger.broken.kinds)")
        let counts = (queued: ledger.queuedCount, leased: ledger.leasedCount, delayed: ledger.delayedCount)
        checkStored(of: ledger)
        // In every step: who has this place at the next look may be another one.
        let repeated = stints.countRepeated(ledger)
        checkBreaker(ledger.breaker.state, received: totals.worked, leased: counts.leased)
        guard totals != lastTotals || counts != lastCounts else { return }
        world.note(totals.received, totals.settled, totals.retried, UInt64(counts.queued), UInt64(counts.leased))
        (lastTotals, lastCounts) = (totals, counts)
        if totals.worked > seen.count { learn(ledger, life) }
        checkSlots(of: ledger, life, application.pool)
        checkStreams(of: ledger)
        let waiting = application.intake.state.withLock { $0.queue.waitingEvents }
        world.expect(
            Int(totals.received) - replays + repeated + waiting == life.brought,
            """
            \(life.brought) messages were brought, but \(totals.received) admitted, \(replays) of them replays, \(repeated) \
            recognised, and \(waiting) are waiting
            """)
        // What nobody holds stays so, and is found at the next look as well.
        if look.isMultiple(of: 2) { checkHolders(of: ledger, in: application.pool) }
    }

    /// While the circuit breaker is open, nothing comes in and nothing is dealt.
    private mutating func checkBreaker(_ state: CircuitBreaker.State, received: UInt64, leased: Int) {
        defer { lastBreaker = state }
        guard case .open = state, state == lastBreaker else { return }
        world.sights.insert(.openBreaker)
        world.expect(received == lastTotals.worked, "a message is admitted while the circuit breaker is open")
        world.expect(leased <= lastCounts.leased, "a message is dealt while the circuit breaker is open")
    }

    /// What is leased is in the hands of a worker that lives and is not given up.
    private func checkHolders(of ledger: Ledger, in pool: Pool) {
        guard ledger.leasedCount > 0 else { return }
        var living: Set<Holder> = []
        for table in pool.members.compactMap(\.table) {
            for worker in table.workers {
                living.insert(Holder(worker: worker.incarnation, supervisor: table.incarnation))
            }
        }
        for slot in ledger.slots {
            guard case .leased(let lease) = slot.state, !living.contains(lease.holder) else { continue }
            world.fail("message \(slot.message?.sequence ?? 0) is leased to a worker that has gone")
        }
    }

    /// Takes in what was admitted since the last look.
    private mutating func learn(_ ledger: Ledger, _ life: Life) {
        let known = seen.count
        let new = ledger.slots.compactMap(\.message).filter { $0.sequence > known }.sorted { $0.sequence < $1.sequence }
        world.expect(
            new.count == Int(ledger.totals.worked) - known, "admitted messages are not to be found in the ledger")
        for message in new {
            let (feed, number) = SimulatedServer.event(of: message.event.type)
            let (server, place) = (world.servers[feed], message.stream.index)
            world.say("message \(message.sequence) is event \(number) of \(server.feed.location)")
            let ban = life.orders.ban(on: server.feed.name, isLiving: stints.isLiving[place], at: life.runtime.elapsed)
            world.expect(ban == nil, "message \(message.sequence) of \(server.feed.name) is admitted, but \(ban ?? "")")
            let stint = message.replayOf == nil ? stints.places[place] : nil
            if let stint {
                enter(message, feed, number, stint)
            } else {
                replays += 1
                world.expect(message.replayOf != nil, "message \(message.sequence) has the place of nobody")
            }
            seen.append(
                Seen(
                    feed: feed, number: number, streamPlace: place, stint: stint,
                    ordinal: stint.map { stints[$0].numbers.count } ?? 0, isKillMessage: server.isKillMessage(number)))
            unsettled.append(seen.count)
        }
    }

    /// An event of a feed with ids comes in order, without gaps or repetitions.
    private mutating func enter(_ message: Message, _ feed: Int, _ number: Int, _ stint: Int) {
        let (server, last) = (world.servers[feed], stints[stint].last)
        world.expect(
            stints[stint].index == feed, "event \(number) of \(server.feed.location) has another stream's place")
        // Of a group that came again, what was settled before is left out.
        world.expect(
            server.feed.hasIDs ? number == last + 1 : number > last,
            "event \(number) of \(server.feed.location) is admitted after \(last)")
        if stints[stint].known.settled.contains(where: { $0 > number }) { world.sights.insert(.splitGroup) }
        stints[stint].admit(number)
        world.expect(
            Int(message.ordinal) == stints[stint].numbers.count, "message \(message.sequence) has a false ordinal")
    }

    private mutating func checkSlots(of ledger: Ledger, _ life: Life, _ pool: Pool) {
        look += 1
        var leases: [Lease] = []
        var waiting: [Int] = []
        var (queued, leased, delayed, bytes, youngestDealt) = (0, 0, 0, 0, 0)
        var blocks: Set<Int> = []
        for slot in ledger.slots {
            guard let message = slot.message, Int(message.sequence) <= seen.count else { continue }
            let sequence = Int(message.sequence)
            if message.block < 0 { bytes += message.bytes } else { blocks.insert(message.block) }
            world.expect(!seen[sequence - 1].isSettled, "message \(sequence) is back after it was settled")
            world.expect(seen[sequence - 1].look != look, "message \(sequence) is in the ledger twice")
            seen[sequence - 1].look = look
            seen[sequence - 1].placeBefore = seen[sequence - 1].place
            let place = checkState(of: slot, sequence, at: life.runtime.now)
            seen[sequence - 1].place = place
            seen[sequence - 1].isUntouched = seen[sequence - 1].lastHolder == slot.lastHolder
            seen[sequence - 1].lastHolder = slot.lastHolder
            switch place {
            case .queued:
                queued += 1
                if bodies.carriers[sequence] != nil { waiting.append(sequence) }
                if seen[sequence - 1].placeBefore == .leased { world.sights.insert(.innocentReturn) }
            case .leased:
                leased += 1
                if case .leased(let lease) = slot.state { leases.append(lease) }
                // A trial may pass over what has failed before; what it was then is with those that have been with a worker.
                if slot.isTrial(in: ledger) {
                    seen[sequence - 1].wasTried = true
                } else if seen[sequence - 1].placeBefore != .leased, !seen[sequence - 1].wasTried {
                    youngestDealt = max(youngestDealt, sequence)
                }
            case .finished: break
            case .delayed: delayed += 1
            }
        }
        bytes += blocks.reduce(0) { $0 + ledger.held.bytes(at: $1) }
        checkReturn(waiting, life, pool)
        checkDealt(leases, ledger, life, pool)
        settleWhatHasGone()
        if areAllSeen { checkTurns(youngestDealt) }
        world.expect(
            queued == ledger.queuedCount && leased == ledger.leasedCount && delayed == ledger.delayedCount
                && unsettled.count == ledger.inFlight,
            "the ledger says \(ledger.snapshot), but holds \(queued) queued, \(leased) leased, \(delayed) delayed")
        world.expect(bytes == ledger.inFlightBytes, "\(bytes) bytes are in flight, not \(ledger.inFlightBytes)")
        world.expect(
            ledger.inFlight <= limits.inFlight && (bytes <= limits.inFlightBytes || ledger.inFlight == 1),
            "\(ledger.inFlight) messages with \(bytes) bytes are more than the window")
        let totals = ledger.totals
        if ledger.inFlight == limits.inFlight { world.sights.insert(.fullWindow) }
        if totals.late > 0 { world.sights.insert(.lateOutcome) }
        if totals.retried > 0 { world.sights.insert(.retry) }
        world.expect(
            bins == (totals.processed - totals.filtered, totals.killed, totals.deadLettered),
            "settled were \(bins), but the ledger says \(totals)")
    }

    /// Holds the state and the attempts of a message in the ledger against what its handler saw.
    private mutating func checkState(of slot: Slot, _ sequence: Int, at now: Duration) -> Place {
        let (place, attempts): (Place, Int)
        switch slot.state {
        case .free: (place, attempts) = (.queued, -1)
        case .queued: (place, attempts) = (.queued, seen[sequence - 1].guilt)
        case .delayed: (place, attempts) = (.delayed, seen[sequence - 1].guilt)
        case .leased: (place, attempts) = (.leased, seen[sequence - 1].guilt + 1)
        case .finished(.done, _, _):
            world.expect(seen[sequence - 1].isDone, "message \(sequence) counts as done, but no handler said so")
            (place, attempts) = (.finished, seen[sequence - 1].guilt + 1)
        case .finished(.killed, _, _):
            world.expect(seen[sequence - 1].isKillMessage, "message \(sequence) counts as killed")
            (place, attempts) = (.finished, seen[sequence - 1].guilt + 1)
        case .finished(.failed, _, _), .finished(.rejected, _, _):
            (place, attempts) = (.finished, seen[sequence - 1].guilt)
        case .finished(.crashed, _, _):
            // Answered for while its handler still runs: it takes too long.
            if bodies.carriers[sequence] != nil {
                giveUp(sequence, at: now)
            } else if let run = runs.giveUp(sequence, slot.attempts, slot.lastHolder) {
                chargeForEnd(run.lease, at: now)
                world.sights.insert(.timeout)
                world.expect(
                    now - run.begun > world.plan.settings.workerTimeout,
                    "message \(sequence) is given up after \(now - run.begun)")
                world.expect(
                    !run.isHandingOver, "message \(sequence) is given up while its result is handed over")
            }
            (place, attempts) = (.finished, seen[sequence - 1].guilt)
        }
        if slot.isSuspect, !seen[sequence - 1].isSuspect { checkSuspicion(of: sequence, at: now) }
        world.expect(
            slot.isSuspect == seen[sequence - 1].isSuspect, "message \(sequence) is a suspect, and not for the ledger")
        world.expect(
            slot.attempts == attempts, "message \(sequence) has \(slot.attempts) attempts as \(place), not \(attempts)")
        return place
    }

    private mutating func settleWhatHasGone() {
        unsettled.removeAll { sequence in
            guard seen[sequence - 1].look != look else { return false }
            let message = seen[sequence - 1]
            seen[sequence - 1].isSettled = true
            let bin: Bin = message.isDone ? .processed : message.isKillMessage ? .killed : .deadLettered
            switch bin {
            case .processed: bins.processed += 1
            case .killed:
                bins.killed += 1
                world.sights.insert(.killMessage)
            case .deadLettered:
                world.sights.insert(.deadLetter)
                bins.deadLettered += 1
                world.expect(
                    message.isRejected || message.guilt == world.plan.settings.maxAttempts,
                    "message \(sequence) is given up after \(message.guilt) attempts")
            }
            world.say("message \(sequence) is settled: \(bin)")
            world.servers[message.feed].settled[message.number].insert(bin)
            return true
        }
    }

    /// The queue is in the order of admission: nobody who waits is passed over.
    private func checkTurns(_ youngestDealt: Int) {
        for sequence in unsettled where sequence < youngestDealt {
            let message = seen[sequence - 1]
            world.expect(
                message.place != .queued || message.placeBefore != .queued || !message.isUntouched,
                "message \(sequence) is passed over by message \(youngestDealt)")
        }
    }
}

extension LedgerTotals {
    /// The messages that have passed the filters: each of them is in the ledger for a while.
    fileprivate var worked: UInt64 { received - filtered }
}

extension Slot {
    /// Whether it is what is tried, for the circuit breaker or a handler that was unavailable.
    fileprivate func isTrial(in ledger: Ledger) -> Bool {
        guard case .leased(let lease) = state else { return false }
        return ledger.breaker.isTrial(lease.number) || ledger.outage.isTrial(lease.number)
    }
}
