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

    init(message: Message? = nil, state: State = .free) {
        self.message = message
        self.state = state
    }
}

/// A first-in-first-out list through the slots.
struct SlotList {
    private var first = -1
    private var last = -1

    var isEmpty: Bool { first < 0 }

    mutating func append(_ place: Int, in slots: inout [Slot]) {
        slots[place].next = -1
        if last < 0 { first = place } else { slots[last].next = place }
        last = place
    }

    mutating func popFirst(in slots: inout [Slot]) -> Int? {
        guard first >= 0 else { return nil }
        let place = first
        first = slots[place].next
        if first < 0 { last = -1 }
        return place
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
