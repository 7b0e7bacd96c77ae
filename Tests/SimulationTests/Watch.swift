import NIOCore

@testable import Pipeline

/// Watches one life of the daemon: keeps books of its own, from what the handler saw, and holds the ledger against them after every
/// step.
struct Watch {
    /// What is known of a message.
    private struct Seen {
        let stream: Int
        let number: Int
        let ordinal: Int
        let isKillMessage: Bool
        /// Attempts that ended by the message's own fault.
        var guilt = 0
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

    private enum Place {
        case queued
        case leased
        case finished
        case delayed
    }

    private let world: World
    private let ledger: LedgerStore
    private let limits: LedgerLimits
    /// How many messages of one stream may be in flight.
    private let mostOfStream: Int
    private(set) var runs: HandlerRuns

    /// By sequence, from 1.
    private var seen: [Seen] = []
    private var unsettled: [Int] = []
    private var look = 0
    private var lastBreaker = CircuitBreaker.State.closed
    private var lastTotals = LedgerTotals()
    private var lastCounts: (queued: Int, leased: Int, delayed: Int) = (0, 0, 0)
    /// What was settled, by this watch's own account.
    private var bins: (processed: UInt64, killed: UInt64, deadLettered: UInt64) = (0, 0, 0)
    /// Per stream: where the life resumed, the event of each ordinal, and how many ordinals are settled without a gap.
    private var resumed: [Int]
    private let positions: [Int]
    private var numbers: [[Int]]
    private var prefix: [Int]

    init(world: World, ledger: LedgerStore) {
        self.world = world
        self.ledger = ledger
        limits = world.plan.settings.ledgerLimits
        let count = world.plan.streams.count
        mostOfStream = limits.inFlight - limits.reserve(streams: count).messages * (count - 1)
        runs = HandlerRuns(ledger: ledger)
        positions = world.disk.checkpoints.map { $0 ?? 0 }
        // What is stored of the open run is its one event.
        resumed = zip(positions, world.disk.openRuns).map { $0 + ($1 == nil ? 0 : 1) }
        numbers = Array(repeating: [], count: count)
        prefix = Array(repeating: 0, count: count)
    }

    static func number(of message: Message) -> Int { message.event.type.map(SimulatedServer.number) ?? 0 }

    /// The event up to which all of a stream is settled.
    func settledPrefix(of stream: Int) -> Int {
        prefix[stream] == 0 ? resumed[stream] : numbers[stream][prefix[stream] - 1]
    }

    /// The last event of a stream that was admitted, in this life or before.
    func lastAdmitted(of stream: Int) -> Int { numbers[stream].last ?? resumed[stream] }

    /// How many dead letters there were.
    var deadLetters: UInt64 { bins.deadLettered }

    // MARK: - The handler

    /// A run of the handler begins; it must have the right to.
    mutating func begins(_ message: Message, _ context: HandlerContext, at now: Duration) -> Int {
        let (sequence, attempt) = (Int(message.sequence), context.attempt)
        world.say("\(context.worker) begins message \(sequence), attempt \(attempt)")
        world.note(message.sequence, UInt64(attempt))
        guard let holder = context.holder, sequence <= seen.count else {
            world.fail("\(context.worker) is handed message \(sequence) from nowhere")
            return 0
        }
        let run = HandlerRuns.Run(sequence: sequence, attempt: attempt, holder: holder, begun: now)
        world.expect(!runs.contains(holder), "\(context.worker) handles two messages at once")
        world.expect(
            runs.isCurrent(run) || Task.isCancelled, "\(context.worker) begins message \(sequence) without a lease")
        world.expect(!seen[sequence - 1].isDone, "message \(sequence) is handled although it was done")
        world.expect(!seen[sequence - 1].isKillMessage, "kill message \(sequence) is handled")
        return runs.begin(run)
    }

    /// A run of the handler ends. What it says counts when it still has the lease, and a failure only when nobody asked it to stop.
    mutating func ends(_ number: Int, _ end: HandlerRuns.End, isCancelled: Bool) {
        guard let run = runs.end(number) else { return }
        let counts = runs.isCurrent(run)
        world.say("message \(run.sequence), attempt \(run.attempt): \(end)\(counts ? "" : ", too late")")
        world.note(UInt64(run.sequence), counts ? 1 : 0)
        guard counts else { return }
        switch end {
        case .done:
            world.expect(!seen[run.sequence - 1].isDone, "message \(run.sequence) is done twice")
            seen[run.sequence - 1].isDone = true
        case .failed, .threw: if !isCancelled { seen[run.sequence - 1].guilt += 1 }
        }
    }

    // MARK: - The ledger

    /// Looks at the ledger after a step.
    mutating func check(_ application: Application, at now: Duration, brought: Int) {
        // A copy shares its storage with the ledger, and is gone before the ledger changes again.
        let ledger = ledger.withLock { $0 }
        let totals = ledger.totals
        world.expect(
            totals.received == UInt64(ledger.inFlight) + totals.settled,
            "received \(totals.received) is not \(ledger.inFlight) in flight and \(totals.settled) settled")
        let counts = (queued: ledger.queuedCount, leased: ledger.leasedCount, delayed: ledger.delayedCount)
        checkBreaker(ledger.breaker.state, received: totals.received, leased: counts.leased)
        guard totals != lastTotals || counts != lastCounts else { return }
        world.note(totals.received, totals.settled, totals.retried, UInt64(counts.queued), UInt64(counts.leased))
        (lastTotals, lastCounts) = (totals, counts)
        if totals.received > seen.count { learn(ledger) }
        checkSlots(of: ledger, at: now)
        checkStreams(of: ledger)
        let waiting = application.waiting
        let repeated = ledger.streams.reduce(0) { $0 + Int($1.repeated) }
        world.expect(
            Int(totals.received) + repeated + waiting == brought,
            """
            \(brought) messages were brought, but \(totals.received) admitted, \(repeated) recognised and \(waiting) are \
            waiting
            """)
        // What nobody holds stays so, and is found at the next look as well.
        if look.isMultiple(of: 2) { checkHolders(of: ledger, in: application.pool) }
    }

    /// While the circuit breaker is open, nothing comes in and nothing is dealt.
    private mutating func checkBreaker(_ state: CircuitBreaker.State, received: UInt64, leased: Int) {
        defer { lastBreaker = state }
        guard case .open = state, state == lastBreaker else { return }
        world.sights.insert(.openBreaker)
        world.expect(received == lastTotals.received, "a message is admitted while the circuit breaker is open")
        world.expect(leased <= lastCounts.leased, "a message is dealt while the circuit breaker is open")
    }

    /// What is leased is in the hands of a worker that lives and is not given up.
    private func checkHolders(of ledger: Ledger, in pool: Pool) {
        guard ledger.leasedCount > 0 else { return }
        var living: Set<Holder> = []
        for roster in pool.members.compactMap(\.roster) {
            for worker in roster.workers {
                living.insert(Holder(worker: worker.incarnation, supervisor: roster.incarnation))
            }
        }
        for slot in ledger.slots {
            guard case .leased(let lease) = slot.state, !living.contains(lease.holder) else { continue }
            world.fail("message \(slot.message?.sequence ?? 0) is leased to a worker that has gone")
        }
    }

    /// Takes in what was admitted since the last look.
    private mutating func learn(_ ledger: Ledger) {
        let known = seen.count
        let new = ledger.slots.compactMap(\.message).filter { $0.sequence > known }.sorted { $0.sequence < $1.sequence }
        world.expect(
            new.count == Int(ledger.totals.received) - known, "admitted messages are not to be found in the ledger")
        for message in new {
            let (stream, number) = (message.stream.index, Self.number(of: message))
            let server = world.servers[stream]
            let last = lastAdmitted(of: stream)
            world.say("message \(message.sequence) is event \(number) of stream \(stream)")
            world.expect(
                server.stream.hasIDs ? number == last + 1 : number > last,
                "event \(number) of stream \(stream) is admitted after \(last)")
            numbers[stream].append(number)
            world.expect(
                Int(message.ordinal) == numbers[stream].count, "message \(message.sequence) has a false ordinal")
            seen.append(
                Seen(
                    stream: stream, number: number, ordinal: numbers[stream].count,
                    isKillMessage: server.isKillMessage(number)))
            unsettled.append(seen.count)
        }
    }

    private mutating func checkSlots(of ledger: Ledger, at now: Duration) {
        look += 1
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
            let place = checkState(of: slot, sequence, at: now)
            seen[sequence - 1].place = place
            seen[sequence - 1].isUntouched = seen[sequence - 1].lastHolder == slot.lastHolder
            seen[sequence - 1].lastHolder = slot.lastHolder
            switch place {
            case .queued:
                queued += 1
                if seen[sequence - 1].placeBefore == .leased { world.sights.insert(.innocentReturn) }
            case .leased:
                leased += 1
                // The circuit breaker's trial may pass over what has failed before.
                if seen[sequence - 1].placeBefore != .leased, !slot.isTrial(of: ledger.breaker) {
                    youngestDealt = max(youngestDealt, sequence)
                }
            case .finished: break
            case .delayed: delayed += 1
            }
        }
        bytes += blocks.reduce(0) { $0 + ledger.held.bytes(at: $1) }
        settleWhatHasGone()
        checkTurns(youngestDealt)
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
            bins == (totals.processed, totals.killed, totals.deadLettered),
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
        case .finished(.failed, _, _), .finished(.crashed, _, _):
            // Answered for while its handler still runs: it takes too long.
            if let run = runs.giveUp(sequence, slot.attempts, slot.lastHolder) {
                seen[sequence - 1].guilt += 1
                world.sights.insert(.timeout)
                world.expect(
                    now - run.begun > world.plan.settings.workerTimeout,
                    "message \(sequence) is given up after \(now - run.begun)")
            }
            (place, attempts) = (.finished, seen[sequence - 1].guilt)
        }
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
                    message.guilt == world.plan.settings.maxAttempts,
                    "message \(sequence) is given up after \(message.guilt) attempts")
            }
            world.say("message \(sequence) is settled: \(bin)")
            world.servers[message.stream].settled[message.number].insert(bin)
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

    /// The last event before which all is settled and after which another one has come.
    private func expectedPosition(of stream: Int) -> Int {
        guard world.plan.streams[stream].hasIDs else { return 0 }
        guard let last = numbers[stream].last else { return positions[stream] }
        return min(settledPrefix(of: stream), last - 1)
    }

    private mutating func checkStreams(of ledger: Ledger) {
        var held = Array(repeating: 0, count: numbers.count)
        for stream in numbers.indices { prefix[stream] = numbers[stream].count }
        for sequence in unsettled {
            let message = seen[sequence - 1]
            // The settled prefix ends before the first that is not.
            if held[message.stream] == 0 { prefix[message.stream] = message.ordinal - 1 }
            held[message.stream] += 1
        }
        for (index, stream) in ledger.streams.enumerated() {
            let span = numbers[index].count - prefix[index]
            world.expect(
                stream.span == span && span <= limits.span,
                "stream \(index) spans \(stream.span); it is \(span), and \(limits.span) at most")
            if span == limits.span { world.sights.insert(.fullSpan) }
            world.expect(held[index] <= mostOfStream, "stream \(index) holds \(held[index]) messages of the window")
            let (position, expected) = (SimulatedServer.number(of: stream.runs.position), expectedPosition(of: index))
            world.expect(position == expected, "the position of stream \(index) is \(position), not \(expected)")
        }
    }
}

extension Slot {
    /// Whether it is what the circuit breaker tries.
    fileprivate func isTrial(of breaker: CircuitBreaker) -> Bool {
        if case .leased(let lease) = state { breaker.state == .trying(lease.number) } else { false }
    }
}
