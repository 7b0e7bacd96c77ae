import HeapModule

/// The place of one message in the ledger.
struct Slot {
    enum State {
        case free
        case queued
        case leased(Lease)
        case finished(Outcome, by: String, at: Duration)
        case delayed
    }

    var message: Message?
    var attempts = 0
    /// When it was last handed to a worker.
    var leasedAt: Duration = .zero
    /// The next slot of the list that this one is in; -1 at its end.
    var next = -1
    /// Who held it last.
    private(set) var lastHolder: Holder?
    var state: State {
        didSet { if case .leased(let lease) = state { lastHolder = lease.holder } }
    }

    var isQueued: Bool { if case .queued = state { true } else { false } }

    init(message: Message? = nil, state: State = .free) {
        self.message = message
        self.state = state
    }
}

/// A first-in-first-out list through the slots.
struct SlotList {
    private(set) var count = 0
    private(set) var first = -1
    private var last = -1

    var isEmpty: Bool { first < 0 }

    mutating func append(_ place: Int, in slots: inout [Slot]) {
        count += 1
        slots[place].next = -1
        if last < 0 { first = place } else { slots[last].next = place }
        last = place
    }

    mutating func popFirst(in slots: inout [Slot]) -> Int? {
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
    private(set) var count = 0
    private var returned = Heap<ReturnedSlot>()
    private var untried = SlotList()

    /// Queues what was never with a worker.
    mutating func append(_ place: Int, in slots: inout [Slot]) {
        count += 1
        untried.append(place, in: &slots)
    }

    /// Queues what has been with a worker.
    mutating func giveBack(_ place: Int, sequence: UInt64) {
        count += 1
        returned.insert(ReturnedSlot(sequence: sequence, slot: place))
    }

    /// The message at the head, and whether it has been with a worker.
    func first(in slots: [Slot]) -> (hasReturned: Bool, sequence: UInt64)? {
        if let next = returned.min { return (true, next.sequence) }
        return untried.isEmpty ? nil : (false, slots[untried.first].message?.sequence ?? 0)
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

    /// - Parameter prefersUntried: whether what was never with a worker goes first.
    mutating func popFirst(in slots: inout [Slot], prefersUntried: Bool = false) -> Int? {
        guard count > 0 else { return nil }
        count -= 1
        if prefersUntried, let place = untried.popFirst(in: &slots) { return place }
        return returned.popMin()?.slot ?? untried.popFirst(in: &slots)
    }
}

/// A message that is to be dealt again.
struct ReturnedSlot: Comparable {
    let sequence: UInt64
    let slot: Int

    static func < (left: Self, right: Self) -> Bool { left.sequence < right.sequence }
}

/// A message that waits out its backoff.
struct DelayedSlot: Comparable {
    let until: Duration
    let sequence: UInt64
    let slot: Int

    static func < (left: Self, right: Self) -> Bool { (left.until, left.sequence) < (right.until, right.sequence) }
}
