import DequeModule
import Locking

/// The last events of each kind, numbered, and those who follow them.
///
/// A ring for each kind: a storm of crashes must not push out the audit trail.
package final class EventHistory: Sendable {
    /// How many of a kind are kept.
    static let kept = 500
    /// How many events may wait for a reader before the reader is sent away, to come back with a number.
    static let backlog = 2048
    /// How many may follow at a time.
    static let followers = 256
    /// Of how many that are no longer kept the numbers are, of each kind.
    private static let numbersKept = 4096

    private struct Ring {
        var events: Deque<TreeEvent> = []
        /// The numbers of the last that had to go, and how many went before those.
        var gone: Deque<UInt64> = []
        var goneBefore: UInt64 = 0

        mutating func append(_ event: TreeEvent) {
            events.append(event)
            guard events.count > EventHistory.kept else { return }
            gone.append(events.removeFirst().id)
            guard gone.count > EventHistory.numbersKept else { return }
            gone.removeFirst()
            goneBefore += 1
        }

        /// How many have gone with a number above `id`. Exact as long as their numbers are kept; of those before, all.
        func gone(after id: UInt64) -> UInt64 {
            guard let first = gone.first, id < first else { return UInt64(gone.count - Self.index(of: id, in: gone)) }
            return UInt64(gone.count) + (id + 1 < first ? min(goneBefore, first - id - 1) : 0)
        }

        /// The index of the first number above `id`.
        private static func index(of id: UInt64, in numbers: Deque<UInt64>) -> Int {
            var (low, high) = (0, numbers.count)
            while low < high {
                let middle = (low + high) / 2
                if numbers[middle] <= id { low = middle + 1 } else { high = middle }
            }
            return low
        }
    }

    private struct Follower {
        let kinds: Set<TreeEvent.Kind>
        let queue: ReaderQueue<TreeEvent>
    }

    private struct State {
        var last: UInt64 = 0
        var rings: [TreeEvent.Kind: Ring] = [:]
        var followers: [UInt64: Follower] = [:]
        var nextFollower: UInt64 = 0
        var hasEnded = false

        /// The kept events of these kinds with a number above `id`, the oldest first.
        func events(of kinds: Set<TreeEvent.Kind>, after id: UInt64) -> [TreeEvent] {
            kinds.flatMap { kind in rings[kind]?.events.reversed().prefix { $0.id > id } ?? [] }.sorted {
                $0.id < $1.id
            }
        }
    }

    private let state = Locked(State())
    private let wallClock: @Sendable () -> Int64

    /// - Parameter wallClock: microseconds since 1970.
    package init(wallClock: @escaping @Sendable () -> Int64) {
        self.wallClock = wallClock
    }

    /// Gives an event its number, keeps it, and hands it to those who follow.
    func append(_ content: TreeEvent.Content) {
        let time = wallClock()
        state.withLock { state in
            state.last += 1
            let event = TreeEvent(id: state.last, time: time, content: content)
            state.rings[content.kind, default: Ring()].append(event)
            guard !state.followers.isEmpty else { return }
            for (number, follower) in state.followers where follower.kinds.contains(content.kind) {
                guard !follower.queue.offer(event) else { continue }
                // Too slow: it reads what waits for it, and comes back with the number of the last.
                follower.queue.end()
                state.followers[number] = nil
            }
        }
    }

    /// The last `limit` events of these kinds above a number, the oldest first; the number of the next event; and how many
    /// that were asked for are no longer kept.
    package func read(
        _ kinds: Set<TreeEvent.Kind>, after: UInt64?, limit: Int
    ) -> (events: [TreeEvent], next: UInt64, missed: UInt64) {
        state.withLock { state in
            let all = state.events(of: kinds, after: after ?? 0)
            let events = Array(all.suffix(limit))
            // With more than are asked for, those before the first one were not asked for.
            let from = events.count < all.count ? (events.first?.id ?? state.last + 1) - 1 : after ?? 0
            var missed = kinds.reduce(UInt64(0)) { $0 + (state.rings[$1]?.gone(after: from) ?? 0) }
            if after == nil { missed = min(missed, UInt64(limit - events.count)) }
            return (events, state.last + 1, missed)
        }
    }

    /// What is kept above a number, if one is given, and everything from now on. Nil: too many follow already.
    package func follow(_ kinds: Set<TreeEvent.Kind>, after: UInt64?) -> Subscription<TreeEvent>? {
        state.withLock { state in
            guard state.followers.count < Self.followers else { return nil }
            let past = after.map { state.events(of: kinds, after: $0) } ?? []
            let queue = ReaderQueue<TreeEvent>(capacity: past.count + Self.backlog)
            for event in past { _ = queue.offer(event) }
            let number = state.nextFollower
            state.nextFollower += 1
            if state.hasEnded {
                queue.end()
            } else {
                state.followers[number] = Follower(kinds: kinds, queue: queue)
            }
            return Subscription(queue) { [weak self] in self?.leave(number) }
        }
    }

    private func leave(_ number: UInt64) {
        // What goes is freed outside of the lock.
        _ = state.withLock { $0.followers.removeValue(forKey: number) }
    }

    /// How many follow.
    var followerCount: Int { state.withLock { $0.followers.count } }

    /// Nothing more happens: sends everybody away.
    func end() {
        state.withLock { state in
            state.hasEnded = true
            for follower in state.followers.values { follower.queue.end() }
            state.followers = [:]
        }
    }
}
