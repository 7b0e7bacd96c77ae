import Locking

/// What happened, in order: a list that grows, and that a test can await.
final class Journal<Entry: Sendable>: Sendable {
    private struct Waiter {
        var missing: Int
        let matches: @Sendable (Entry) -> Bool
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var entries: [Entry] = []
        var waiters: [Waiter] = []
    }

    private let state = Locked(State())

    var entries: [Entry] { state.withLock(\.entries) }

    func append(_ entry: Entry) {
        let satisfied = state.withLock { state in
            state.entries.append(entry)
            for index in state.waiters.indices where state.waiters[index].matches(entry) {
                state.waiters[index].missing -= 1
            }
            let satisfied = state.waiters.filter { $0.missing <= 0 }
            state.waiters.removeAll { $0.missing <= 0 }
            return satisfied
        }
        for waiter in satisfied { waiter.continuation.resume() }
    }

    /// Waits until `count` entries match, those that are there already included.
    func contains(_ count: Int = 1, where matches: @escaping @Sendable (Entry) -> Bool) async {
        await withCheckedContinuation { continuation in
            let isSatisfied = state.withLock { state in
                let missing = count - state.entries.count(where: matches)
                if missing > 0 {
                    state.waiters.append(Waiter(missing: missing, matches: matches, continuation: continuation))
                }
                return missing <= 0
            }
            if isSatisfied { continuation.resume() }
        }
    }
}

extension Journal where Entry: Equatable {
    /// Waits until `entry` has been made `count` times.
    func contains(_ entry: Entry, times count: Int = 1) async {
        await contains(count) { $0 == entry }
    }
}
