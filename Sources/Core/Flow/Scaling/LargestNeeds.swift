import DequeModule

/// The largest of the needs that a window remembers.
///
/// A need that a later one is as large as will never be the largest again, so it is not kept: what is left falls from the
/// front to the back, and there are never more of them than there are sizes of the pool. A need costs the same however long
/// the window is.
struct LargestNeeds: Sendable {
    private(set) var kept: Deque<(time: Duration, supervisors: Int)> = []

    /// The largest need that is remembered.
    var largest: Int? { kept.first?.supervisors }

    /// When the pool was last needed in this size, or a larger one.
    func last(atLeast size: Int) -> Duration? { kept.last { $0.supervisors >= size }?.time }

    /// Notes a need. The times do not fall.
    mutating func append(_ supervisors: Int, at time: Duration) {
        while let last = kept.last, last.supervisors <= supervisors { kept.removeLast() }
        kept.append((time, supervisors))
    }

    /// Forgets the needs up to this time.
    package mutating func forget(through time: Duration) {
        while let first = kept.first, first.time <= time { kept.removeFirst() }
    }
}
