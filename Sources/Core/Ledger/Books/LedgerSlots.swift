import HeapModule

/// The place of one message in the ledger.
struct Slot {
    package enum State {
        case free
        case queued
        case leased(Lease)
        case finished(Verdict, by: String, at: Duration)
        case delayed
    }

    package var message: Message?
    package var attempts = 0
    /// When it was last handed to a worker.
    var leasedAt: Duration = .zero
    /// How many there were in its hand.
    var handCount = 1
    /// Whether it was with others in a hand that was lost: one of them may be to blame.
    var isSuspect = false
    /// How often its worker was ended from outside, or made no sense.
    var outsideEnds = 0
    /// The worker that is being ended over it: it is not dealt again before that has gone, or this time has come.
    var endsBefore: (holder: Holder, latest: Duration)?
    /// The number of the last hand-out when it last came back because the handler was unavailable; 0: it never did.
    var unavailableAt: UInt64 = 0
    /// The next slot of the list that this one is in; -1 at its end.
    var next = -1
    /// Who held it last.
    private(set) var lastHolder: Holder?
    var state: State {
        didSet { if case .leased(let lease) = state { lastHolder = lease.holder } }
    }

    /// Whether it shares a hand with nothing.
    package var isAlone: Bool { isSuspect || message?.isKill == true }

    // A message is looked at here, where it lies: a copy would retain all that it holds.

    /// The memory that its message takes.
    var bytes: Int { message?.bytes ?? 0 }
    /// The number of its message; 0: it has none.
    var sequence: UInt64 { message?.sequence ?? 0 }
    var isReplay: Bool { message?.replayOf != nil }
    var receivedAt: Duration { message?.receivedAt ?? .zero }
    /// The place of its message's stream.
    var stream: Int { message?.stream.index ?? 0 }

    var isQueued: Bool { if case .queued = state { true } else { false } }

    package init(message: Message? = nil, state: State = .free) {
        self.message = message
        self.state = state
    }

    /// Makes it free, as it was in the beginning. Field by field: it is large.
    mutating func clear() {
        message = nil
        state = .free
        (attempts, leasedAt, handCount) = (0, .zero, 1)
        (isSuspect, outsideEnds, unavailableAt, next) = (false, 0, 0, -1)
        (endsBefore, lastHolder) = (nil, nil)
    }
}

/// A first-in-first-out list through the slots.
struct SlotList {
    package private(set) var count = 0
    private(set) var first = -1
    private var last = -1

    package var isEmpty: Bool { first < 0 }

    package mutating func append(_ place: Int, in slots: inout [Slot]) {
        count += 1
        slots[place].next = -1
        if last < 0 { first = place } else { slots[last].next = place }
        last = place
    }

    package mutating func popFirst(in slots: inout [Slot]) -> Int? {
        guard first >= 0 else { return nil }
        count -= 1
        let place = first
        first = slots[place].next
        if first < 0 { last = -1 }
        return place
    }
}

/// Messages that wait to be dealt: at the head what has been with a worker before, the oldest first, then the rest in the order
/// in which it was admitted.
struct SlotQueue {
    package private(set) var count = 0
    private var returned = Heap<ReturnedSlot>()
    private var untried = SlotList()

    /// Queues what was never with a worker.
    package mutating func append(_ place: Int, in slots: inout [Slot]) {
        count += 1
        untried.append(place, in: &slots)
    }

    /// Queues what has been with a worker.
    package mutating func giveBack(_ place: Int, sequence: UInt64) {
        count += 1
        returned.insert(ReturnedSlot(sequence: sequence, slot: place))
    }

    /// The message at the head, and whether it has been with a worker.
    func first(in slots: [Slot]) -> (hasReturned: Bool, sequence: UInt64)? {
        if let next = returned.min { return (true, next.sequence) }
        return untried.isEmpty ? nil : (false, slots[untried.first].sequence)
    }

    /// Whether it holds what it counts, all of it queued, and what was never with a worker in the order of its admission.
    func isSound(in slots: [Slot]) -> Bool {
        let isRight = returned.unordered.allSatisfy {
            slots[$0.slot].isQueued && slots[$0.slot].message?.sequence == $0.sequence
        }
        guard isRight, count == returned.count + untried.count else { return false }
        var (place, last, seen) = (untried.first, UInt64(0), 0)
        while place >= 0, seen < untried.count {
            guard slots[place].isQueued, let sequence = slots[place].message?.sequence, sequence > last else {
                return false
            }
            (place, last, seen) = (slots[place].next, sequence, seen + 1)
        }
        return seen == untried.count
    }

    /// Where the message at the head is.
    var firstPlace: Int? { returned.min?.slot ?? (untried.isEmpty ? nil : untried.first) }

    package mutating func popFirst(in slots: inout [Slot]) -> Int? {
        guard count > 0 else { return nil }
        count -= 1
        return returned.popMin()?.slot ?? untried.popFirst(in: &slots)
    }

    /// Takes what is to be tried: what was never with a worker, if there is such.
    ///
    /// - Parameter byUnavailability: whether it is otherwise not the oldest, but what has been unavailable least of late.
    mutating func popTrial(in slots: inout [Slot], byUnavailability: Bool) -> Int? {
        guard count > 0 else { return nil }
        count -= 1
        if let place = untried.popFirst(in: &slots) { return place }
        guard byUnavailability else { return returned.popMin()?.slot }
        let chosen = returned.unordered.min { one, other in
            let (first, second) = (slots[one.slot].unavailableAt, slots[other.slot].unavailableAt)
            return first == second ? one.sequence < other.sequence : first < second
        }
        returned = Heap(returned.unordered.filter { $0.slot != chosen?.slot })
        return chosen?.slot
    }

    /// When the first of what was never with a worker was received, and how many there are with how many bytes: up to so many, and up
    /// to the first that is dealt alone. Nil: none, or the queue has something at its head that has been with a worker.
    func untriedHead(in slots: [Slot], atMost limit: Int) -> (first: Duration, count: Int, bytes: Int)? {
        guard returned.isEmpty, !untried.isEmpty else { return nil }
        var (place, count, bytes) = (untried.first, 0, 0)
        while place >= 0, count < limit {
            // What is dealt alone closes the hand before it.
            guard !slots[place].isAlone else { return nil }
            (count, bytes, place) = (count + 1, bytes + slots[place].bytes, slots[place].next)
        }
        return (slots[untried.first].receivedAt, count, bytes)
    }
}

/// A message that is to be dealt again.
struct ReturnedSlot: Comparable {
    package let sequence: UInt64
    package let slot: Int

    package static func < (left: Self, right: Self) -> Bool { left.sequence < right.sequence }
}

/// A message that waits out its backoff.
struct DelayedSlot: Comparable {
    package let until: Duration
    package let sequence: UInt64
    package let slot: Int

    package static func < (left: Self, right: Self) -> Bool {
        (left.until, left.sequence) < (right.until, right.sequence)
    }
}
