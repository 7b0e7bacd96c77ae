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
        let deadline: Instant
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now = Instant(offset: .zero)
        var sleepers: [UInt64: Sleeper] = [:]
        var nextSleeper: UInt64 = 0
        var waiters: [(isEnough: @Sendable ([Duration]) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []

        mutating func satisfiedWaiters() -> [CheckedContinuation<Void, Never>] {
            let left = sleepers.values.map { now.duration(to: $0.deadline) }.sorted()
            let satisfied = waiters.filter { $0.isEnough(left) }.map(\.continuation)
            waiters.removeAll { $0.isEnough(left) }
            return satisfied
        }
    }

    private let state = Locked(State())

    /// Makes a clock that stands at zero.
    public init() {}

    /// Where the test has moved it.
    public var now: Instant { state.withLock(\.now) }
    /// When the next sleeper is to wake; nil while nobody sleeps.
    public var nextDeadline: Instant? { state.withLock { $0.sleepers.values.map(\.deadline).min() } }
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
                    state.sleepers[number] = Sleeper(deadline: deadline, continuation: continuation)
                    return (nil, state.satisfiedWaiters())
                }
                for waiter in satisfied { waiter.resume() }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            let (sleeper, satisfied) = state.withLock { state in
                (state.sleepers.removeValue(forKey: number), state.satisfiedWaiters())
            }
            sleeper?.continuation.resume(throwing: CancellationError())
            for waiter in satisfied { waiter.resume() }
        }
    }

    /// Moves the time on, and wakes whoever has slept long enough, in the order of the deadlines.
    public func advance(by duration: Duration) {
        let (due, satisfied) = state.withLock { state -> ([Sleeper], [CheckedContinuation<Void, Never>]) in
            state.now = state.now.advanced(by: duration)
            let due = state.sleepers.filter { $0.value.deadline <= state.now }
                .sorted { ($0.value.deadline.offset, $0.key) < ($1.value.deadline.offset, $1.key) }
            for sleeper in due { state.sleepers[sleeper.key] = nil }
            return (due.map(\.value), state.satisfiedWaiters())
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
