import Locking

/// A clock that stands still until a test moves it.
public final class ManualClock: Clock, Sendable {
    /// A point in the clock's time.
    public struct Instant: InstantProtocol, Sendable {
        /// How long after the clock's zero it is.
        public var offset: Duration

        /// The instant that much later.
        public func advanced(by duration: Duration) -> Self { Self(offset: offset + duration) }
        /// The time from here to the other; negative when that one is earlier.
        public func duration(to other: Self) -> Duration { other.offset - offset }
        /// Earlier before later.
        public static func < (left: Self, right: Self) -> Bool { left.offset < right.offset }
    }

    private struct Sleeper {
        let number: UInt64
        let deadline: Instant
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now = Instant(offset: .zero)
        /// In the order of their deadlines; of equal ones, in the order in which they fell asleep.
        var sleepers: [Sleeper] = []
        var nextSleeper: UInt64 = 0
        var waiters: [(isEnough: @Sendable ([Duration]) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []

        mutating func satisfiedWaiters() -> [CheckedContinuation<Void, Never>] {
            guard !waiters.isEmpty else { return [] }
            let left = sleepers.map { now.duration(to: $0.deadline) }
            let satisfied = waiters.filter { $0.isEnough(left) }.map(\.continuation)
            waiters.removeAll { $0.isEnough(left) }
            return satisfied
        }

        mutating func insert(_ sleeper: Sleeper) {
            var index = sleepers.count
            while index > 0, sleepers[index - 1].deadline > sleeper.deadline { index -= 1 }
            sleepers.insert(sleeper, at: index)
        }

        mutating func remove(_ number: UInt64) -> Sleeper? {
            sleepers.firstIndex { $0.number == number }.map { sleepers.remove(at: $0) }
        }
    }

    private let state = Locked(State())

    /// Makes a clock that stands at zero.
    public init() {}

    /// Where the test has moved it.
    public var now: Instant { state.withLock(\.now) }
    /// A nanosecond.
    public var minimumResolution: Duration { .nanoseconds(1) }

    /// Sleeps until the test has moved the clock to the deadline; the tolerance is not used. Throws `CancellationError`
    /// when the task is cancelled.
    public func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let number = state.withLock { state in
            state.nextSleeper += 1
            return state.nextSleeper
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let (result, satisfied) = state.withLock {
                    state -> (Result<Void, any Error>?, [CheckedContinuation<Void, Never>]) in
                    if Task.isCancelled { return (.failure(CancellationError()), []) }
                    if deadline <= state.now { return (.success(()), []) }
                    state.insert(Sleeper(number: number, deadline: deadline, continuation: continuation))
                    return (nil, state.satisfiedWaiters())
                }
                for waiter in satisfied { waiter.resume() }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            let (sleeper, satisfied) = state.withLock { state in
                (state.remove(number), state.satisfiedWaiters())
            }
            sleeper?.continuation.resume(throwing: CancellationError())
            for waiter in satisfied { waiter.resume() }
        }
    }

    /// When the next sleeper is to wake; nil when nobody sleeps.
    public var nextDeadline: Instant? { state.withLock { $0.sleepers.first?.deadline } }

    /// Moves the time on, and wakes whoever has slept long enough, in the order of the deadlines.
    public func advance(by duration: Duration) {
        let (due, satisfied) = state.withLock { state -> ([Sleeper], [CheckedContinuation<Void, Never>]) in
            state.now = state.now.advanced(by: duration)
            let count = state.sleepers.firstIndex { $0.deadline > state.now } ?? state.sleepers.count
            let due = Array(state.sleepers.prefix(count))
            state.sleepers.removeFirst(count)
            return (due, state.satisfiedWaiters())
        }
        for sleeper in due { sleeper.continuation.resume() }
        for waiter in satisfied { waiter.resume() }
    }

    /// Waits until the times that are still to be slept, in ascending order, are as `isEnough` wants them.
    public func sleepers(where isEnough: @escaping @Sendable ([Duration]) -> Bool) async {
        await withCheckedContinuation { continuation in
            let satisfied = state.withLock { state in
                state.waiters.append((isEnough, continuation))
                return state.satisfiedWaiters()
            }
            for waiter in satisfied { waiter.resume() }
        }
    }

    /// Waits until at least `count` tasks sleep.
    public func sleepers(atLeast count: Int) async {
        await sleepers { $0.count >= count }
    }
}
