import NIOCore

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

extension Event {
    /// An event with `bytes` bytes of data and nothing else but an id.
    static func ofBytes(_ bytes: Int, id: String = "") -> Self {
        Self(id: ByteBuffer(string: id), data: ByteBuffer(repeating: 0x78, count: bytes))
    }

    static func named(_ data: String, id: String = "") -> Self {
        Self(id: ByteBuffer(string: id), data: ByteBuffer(string: data))
    }
}

extension Holder {
    static let first = Holder(worker: 1, supervisor: 100)
    static let second = Holder(worker: 2, supervisor: 100)
    static let third = Holder(worker: 3, supervisor: 101)
}

extension LedgerLimits {
    static let wide = LedgerLimits(inFlight: 1000, inFlightBytes: 1 << 20, span: 4000, eventBytes: 1 << 16)
}

extension RetryPolicy {
    /// Three attempts, with 100 ms and 200 ms in between.
    static let thrice = RetryPolicy(
        maxAttempts: 3, initialDelay: .milliseconds(100), maximumDelay: .seconds(10))
    static let never = RetryPolicy(maxAttempts: 1, initialDelay: .zero, maximumDelay: .zero)
}

extension Ledger {
    /// A ledger of streams `a`, `b`, …
    static func ofStreams(_ count: Int = 1, limits: LedgerLimits = .wide) -> Ledger {
        Ledger(limits: limits, streams: (0..<count).map { StreamName(name: ["a", "b", "c", "d"][$0], index: $0) })
    }

    /// Admits as many of the events as there is room for.
    @discardableResult
    mutating func admit(_ events: [Event], of stream: Int = 0, at now: Duration = .zero) -> Int {
        admit(events, from: 0, upTo: events.count, stream: stream, receivedAt: now)
    }

    /// Admits events that are counted by their own bytes.
    mutating func admit(
        _ events: [Event], from start: Int, upTo end: Int, stream: Int, receivedAt: Duration
    ) -> Int {
        admit(PackedEvents(asTheyAre: events), from: start, upTo: end, stream: stream, receivedAt: receivedAt)
    }

    /// Admits messages that have their ids for data; returns how many.
    @discardableResult
    mutating func admit(ids: [String], of stream: Int = 0) -> Int {
        admit(ids.map { .named($0, id: $0) }, of: stream)
    }

    /// Admits events of a batch, from one index to another, until there is no room. Returns how many it took.
    mutating func admit(
        _ batch: PackedEvents, from start: Int, upTo end: Int, stream: Int, receivedAt: Duration
    ) -> Int {
        var arrival = Arrival(batch, from: start)
        return admit(&arrival, limit: end - start, stream: stream, receivedAt: receivedAt)
    }

    struct NothingQueued: Error {}

    /// Leases the next message.
    @discardableResult
    mutating func lease(to holder: Holder = .first, at now: Duration = .zero) throws -> Lease {
        guard let (_, lease) = leaseNext(to: holder, at: now) else { throw NothingQueued() }
        return lease
    }

    /// Leases the next message; nil: there is none.
    mutating func leaseNext(to holder: Holder, at now: Duration) -> (message: Message, lease: Lease)? {
        guard let (hand, leases) = lease(Demand(), to: holder, at: now) else { return nil }
        return (hand.entries[0].message, leases[0])
    }

    /// Leases a hand of several.
    mutating func lease(
        _ demand: Demand, to holder: Holder = .first, at now: Duration = .zero
    ) -> (hand: Hand, leases: [Lease])? {
        let entries = leaseHand(to: holder, demand, at: now)
        guard !entries.isEmpty else { return nil }
        let hand = Hand(
            entries, number: handOuts, holder: holder, worker: "worker.1.1",
            keeper: LooseHand(count: entries.count) { _ in })
        return (hand, Array(hand.leases))
    }

    /// What became of an answer. (`#expect` takes no mutating call that is its whole expression.)
    enum Taking {
        case taken, late
    }

    @discardableResult
    mutating func answer(_ lease: Lease, _ verdict: Verdict, at now: Duration = .zero) -> Taking {
        finish(lease, verdict, by: "worker.1.1", at: now) ? .taken : .late
    }

    mutating func putBack(_ lease: Lease) -> Taking { giveBack(lease) ? .taken : .late }

    /// Leases, finishes and settles the next message.
    mutating func complete(_ verdict: Verdict = .done, policy: RetryPolicy = .thrice, at now: Duration = .zero) {
        guard let lease = try? lease(at: now) else { return }
        answer(lease, verdict, at: now)
        settle(policy, at: now)
    }

    @discardableResult
    mutating func settle(_ policy: RetryPolicy = .thrice, at now: Duration = .zero, wallClock: Int64 = 0) -> Settlement
    {
        var settlement = Settlement()
        settleFinished(policy, at: now, wallClock: wallClock, into: &settlement)
        return settlement
    }

    /// The sequence numbers of all that is queued, in the order in which they are dealt. Leases them all.
    mutating func dealAll() -> [UInt64] {
        var order: [UInt64] = []
        while let lease = try? lease() { order.append(lease.sequence) }
        return order
    }

    /// What is to be stored of the streams: `stream=position`, and `+id` of the open run if something of it is settled.
    var checkpoints: [String] {
        unstored().checkpoints.map { checkpoint in
            let run = checkpoint.openRun.map { "+\(String(buffer: $0.lastEventID))" } ?? ""
            return "\(checkpoint.stream)=\(String(buffer: checkpoint.lastEventID))\(run)"
        }
    }
}
