import Locking

/// The children of a whole tree that were left to themselves and have not ended: what no supervisor can free.
final class AbandonedChildren: Sendable {
    private struct State {
        var running: Set<UInt64> = []
        /// Those that ended between the moment they were given up and the moment it was noted.
        var endedBefore: Set<UInt64> = []
    }

    /// How many may run before a supervisor gives up rather than replace one more; nil: any number.
    let limit: Int?
    private let state = Locked(State())

    init(limit: Int?) { self.limit = limit.map { max(0, $0) } }

    var count: Int { state.withLock { $0.running.count } }

    /// How many there are, when that is more than may be.
    var excess: Int? {
        guard let limit else { return nil }
        let count = count
        return count > limit ? count : nil
    }

    /// Notes that an incarnation was left to itself. Returns how many are, now.
    func insert(_ incarnation: UInt64) -> Int {
        state.withLock { state in
            if state.endedBefore.remove(incarnation) == nil { state.running.insert(incarnation) }
            return state.running.count
        }
    }

    /// Notes that one that was left to itself has ended. Called by the child's task: its supervisor may be gone.
    func remove(_ incarnation: UInt64) {
        state.withLock { state in
            if state.running.remove(incarnation) == nil { state.endedBefore.insert(incarnation) }
        }
    }
}
