import NIOCore

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// The ledger as one would write it if nothing had to be fast: a list of all messages that ever were, searched from the start.
struct NaiveLedger {
    enum Place: Equatable {
        case queued, leased
        case finished(End)
        case delayed(until: Duration)
        case settled(Bin)
    }

    /// How a worker ended with a message.
    enum End: Equatable {
        case done, killed, rejected
        case fault(after: Duration?)
    }

    enum Bin {
        case processed, killed, deadLettered
    }

    struct Entry {
        let sequence: UInt64
        let stream: Int
        let bytes: Int
        let id: String
        var place = Place.queued
        var attempts = 0
        /// Whether it is dealt alone for what it is.
        var isKill = false
        /// Whether it is for what has befallen it.
        var isSuspect = false
        var wasDealt = false
        /// The number of the hand that it was in last.
        var hand: UInt64 = 0
        var outsideEnds = 0
        /// The supervisor of a worker that is being ended over it, and until when that is waited for.
        var ending: (supervisor: UInt64, until: Duration)?
        /// How many hands there were when it was last unavailable.
        var unavailableAt: UInt64 = 0
        var isAlone: Bool { isKill || isSuspect }
        var isInFlight: Bool { if case .settled = place { false } else { true } }
    }

    let limits: LedgerLimits
    let streams: Int
    var entries: [Entry] = []
    var retried = 0
    var late = 0
    /// How many hands were dealt, and the last of which something was done.
    private var (hands, lastDone): (UInt64, UInt64) = (0, 0)
    private var outage: Outage?
    /// How often the handler was unavailable, with nothing done in between.
    private var unavailableInRow = 0
    /// Of hands up to this one it is not heard that the handler is unavailable.
    private var heard: UInt64 = 0
    private var bins: [Bin: Int] = [:]
    /// Entries before this one are settled and of no more interest to anything but the totals.
    private var firstOpen = 0

    init(limits: LedgerLimits, streams: Int) {
        self.limits = limits
        self.streams = streams
    }

    var open: ArraySlice<Entry> { entries[firstOpen...] }
    var inFlight: [Entry] { open.filter(\.isInFlight) }

    func count(_ matches: (Place) -> Bool) -> Int { open.count { matches($0.place) } }

    func count(in bin: Bin) -> Int { bins[bin] ?? 0 }

    subscript(sequence: UInt64) -> Entry {
        get { entries[Int(sequence) - 1] }
        set { entries[Int(sequence) - 1] = newValue }
    }

    /// The messages that wait to be dealt: at first what has been with a worker, each part in the order of admission.
    var queue: [Entry] {
        let queued = open.filter { $0.place == .queued }
        return queued.filter(\.wasDealt) + queued.filter { !$0.wasDealt }
    }

    func hasRoom(for bytes: Int, of stream: Int) -> Bool {
        let flying = inFlight
        let mine = entries.filter { $0.stream == stream }
        if let first = mine.firstIndex(where: \.isInFlight), mine.count - first >= limits.span { return false }
        if flying.isEmpty { return true }
        let reserve = limits.reserve(streams: streams)
        func held(_ stream: Int) -> (messages: Int, bytes: Int) {
            let held = flying.filter { $0.stream == stream }
            return (held.count, held.reduce(0) { $0 + $1.bytes })
        }
        guard flying.count < limits.inFlight, flying.reduce(bytes, { $0 + $1.bytes }) <= limits.inFlightBytes else {
            return false
        }
        let (messages, before) = held(stream)
        let shared = (0..<streams).map(held)
        guard
            messages < reserve.messages
                || shared.reduce(0, { $0 + max(0, $1.messages - reserve.messages) }) < limits.inFlight - streams
                    * reserve.messages
        else { return false }
        guard messages > 0, before + bytes > reserve.bytes else { return true }
        let beyond = (0..<streams).reduce(0) { sum, other in
            sum + max(0, held(other).bytes + (other == stream ? bytes : 0) - reserve.bytes)
        }
        return beyond <= limits.inFlightBytes - streams * reserve.bytes
    }

    mutating func admit(bytes: Int, id: String, isKill: Bool = false, of stream: Int) {
        var entry = Entry(sequence: UInt64(entries.count) + 1, stream: stream, bytes: bytes, id: id)
        entry.isKill = isKill
        entries.append(entry)
    }

    mutating func settle(_ policy: RetryPolicy, at now: Duration) {
        for index in entries.indices[firstOpen...] {
            guard case .finished(let end) = entries[index].place else { continue }
            switch end {
            case .done: settle(index, in: .processed)
            case .killed: settle(index, in: .killed)
            case .rejected: settle(index, in: .deadLettered)
            case .fault(let after):
                let attempts = entries[index].attempts
                if attempts < policy.maxAttempts {
                    let wait = after.map { min($0, policy.longestAsked) } ?? policy.delay(after: attempts)
                    entries[index].place = .delayed(until: now + wait)
                } else {
                    settle(index, in: .deadLettered)
                }
            }
        }
        while firstOpen < entries.count, !entries[firstOpen].isInFlight { firstOpen += 1 }
    }

    private mutating func settle(_ index: Int, in bin: Bin) {
        entries[index].place = .settled(bin)
        bins[bin, default: 0] += 1
    }

    mutating func release(at now: Duration) -> Int {
        var count = 0
        for index in entries.indices[firstOpen...] {
            guard case .delayed(let until) = entries[index].place, until <= now else { continue }
            if let ending = entries[index].ending, ending.until > now {
                entries[index].place = .delayed(until: now + .milliseconds(50))
                continue
            }
            entries[index].ending = nil
            entries[index].place = .queued
            count += 1
        }
        retried += count
        return count
    }

    /// The id of the last run of one id that another one has closed and that is settled, with all before it; empty when there is
    /// none, or the one that closed it is empty.
    func position(of stream: Int) -> String {
        var (position, last) = ("", Optional<Entry>.none)
        for entry in entries where entry.stream == stream {
            if let last {
                guard !last.isInFlight else { return position }
                if last.id != entry.id { position = entry.id.isEmpty ? "" : last.id }
            }
            last = entry
        }
        return position
    }
}

// MARK: - Hands

extension NaiveLedger {
    /// What the handler needs is down.
    private struct Outage {
        var until: Duration
        var wait: Duration
        /// The hand that is tried; nil: none is.
        var trial: UInt64?
    }

    /// What a worker is handed at once.
    mutating func deal(_ demand: Demand, at now: Duration) -> [UInt64] {
        let hand = nextHand(demand, at: now)
        guard !hand.isEmpty else { return [] }
        hands += 1
        if outage != nil { outage?.trial = hands }
        for sequence in hand {
            self[sequence].place = .leased
            self[sequence].attempts += 1
            self[sequence].wasDealt = true
            self[sequence].hand = hands
        }
        return hand
    }

    private func nextHand(_ demand: Demand, at now: Duration) -> [UInt64] {
        let queue = queue
        guard let first = queue.first else { return [] }
        if let outage {
            guard outage.trial == nil, outage.until <= now else { return [] }
            // Rather one that was never tried; else the one that was found unavailable longest ago.
            if let new = queue.first(where: { !$0.wasDealt }) { return [new.sequence] }
            return queue.min { ($0.unavailableAt, $0.sequence) < ($1.unavailableAt, $1.sequence) }.map { [$0.sequence] }
                ?? []
        }
        if first.isAlone { return [first.sequence] }
        var (hand, bytes) = ([first.sequence], first.bytes)
        for entry in queue.dropFirst() {
            bytes += entry.bytes
            if hand.count == demand.batch || entry.isAlone || bytes > demand.batchBytes { break }
            hand.append(entry.sequence)
        }
        return hand
    }

    /// Somebody says what became of a message. Returns whether that is heard.
    mutating func answer(_ sequence: UInt64, _ outcome: Outcome, at now: Duration) -> Bool {
        guard self[sequence].place == .leased else {
            late += 1
            return false
        }
        switch outcome {
        case .done:
            lastDone = max(lastDone, self[sequence].hand)
            unavailableInRow = 0
            end(sequence, .done, at: now)
        case .failed(_, let after): end(sequence, .fault(after: after), at: now)
        case .rejected: end(sequence, .rejected, at: now)
        case .unavailable(_, let after):
            unavailableInRow += 1
            if isOvertaken(sequence), unavailableInRow < 3 {
                self[sequence].isSuspect = true
                end(sequence, .fault(after: after), at: now)
            } else {
                noteUnavailable(self[sequence].hand, after, at: now)
                giveBack(sequence)
            }
        }
        return true
    }

    private mutating func isOvertaken(_ sequence: UInt64) -> Bool {
        let before = self[sequence].unavailableAt
        self[sequence].unavailableAt = hands
        return before > 0 && lastDone > before
    }

    /// What the handler needs is down for all that is left of a hand, several.
    mutating func unavailable(_ sequences: [UInt64], _ after: Duration?, at now: Duration) {
        unavailableInRow += 1
        noteUnavailable(self[sequences[0]].hand, after, at: now)
        for sequence in sequences {
            if isOvertaken(sequence) { self[sequence].isSuspect = true }
            giveBack(sequence)
        }
    }

    /// Their worker had answered for nothing yet.
    mutating func failStart(_ sequences: [UInt64], at now: Duration) {
        for sequence in sequences {
            if isOvertaken(sequence) {
                endFromOutside(sequence, isAlone: sequences.count == 1, at: now)
            } else {
                // Unless others work.
                if lastDone <= self[sequence].hand { noteUnavailable(self[sequence].hand, nil, at: now) }
                giveBack(sequence)
            }
        }
    }

    private mutating func noteUnavailable(_ hand: UInt64, _ after: Duration?, at now: Duration) {
        guard let current = outage else {
            guard hand > heard else { return }
            return hold(Duration.milliseconds(250), after, at: now)
        }
        if current.trial == hand { return hold(current.wait, after, at: now) }
        if current.trial == nil, let after { outage?.until = max(current.until, now + after) }
    }

    private mutating func hold(_ wait: Duration, _ after: Duration?, at now: Duration) {
        outage = Outage(until: now + max(wait, after ?? .zero), wait: min(wait * 2, .seconds(30)))
        heard = hands
    }

    /// A message is at the end of its attempt.
    ///
    /// - Parameter isCrash: whether its worker ended over it, so that the handler may not have been reached.
    mutating func end(_ sequence: UInt64, _ end: End, isCrash: Bool = false, at now: Duration) {
        self[sequence].place = .finished(end)
        guard let current = outage, current.trial == self[sequence].hand else { return }
        if isCrash { return hold(current.wait, nil, at: now) }
        if end == .killed { return outage!.trial = nil }
        outage = nil
        heard = hands
    }

    mutating func giveBack(_ sequence: UInt64) {
        self[sequence].place = .queued
        self[sequence].attempts -= 1
        if outage?.trial == self[sequence].hand { outage?.trial = nil }
    }

    /// Of these one is to blame, or the one.
    mutating func crash(_ sequences: [UInt64], at now: Duration) {
        if sequences.count == 1 { return end(sequences[0], .fault(after: nil), isCrash: true, at: now) }
        lose(sequences)
    }

    /// One of several is to blame.
    mutating func lose(_ sequences: [UInt64]) {
        for sequence in sequences {
            self[sequence].isSuspect = true
            giveBack(sequence)
        }
    }

    /// Nobody is to blame; from the fifth time on it costs an attempt, and from the second on it is dealt alone.
    mutating func endFromOutside(_ sequences: [UInt64], at now: Duration) {
        for sequence in sequences {
            if let trial = outage?.trial, trial == self[sequence].hand { noteUnavailable(trial, nil, at: now) }
            endFromOutside(sequence, isAlone: sequences.count == 1, at: now)
        }
    }

    private mutating func endFromOutside(_ sequence: UInt64, isAlone: Bool, at now: Duration) {
        self[sequence].outsideEnds += 1
        if self[sequence].outsideEnds > 4 {
            return end(sequence, .fault(after: nil), isCrash: true, at: now)
        }
        if self[sequence].outsideEnds > 1, !isAlone { self[sequence].isSuspect = true }
        giveBack(sequence)
    }
}
