import Locking

/// The time, the executor and the chance that a supervision tree lives by, and its count of abandoned children.
///
/// They are injected, so that a test can run a tree in virtual time, and a simulation can run it on one thread. All
/// supervisors of a tree should be given the same value, or a copy of it: then they count their abandoned children
/// together.
public struct SupervisionRuntime: Sendable {
    /// How many abandoned children may run at once unless another limit is given.
    public static let defaultAbandonmentLimit = 64

    /// What the time is read from, and slept by.
    public let clock: any Clock<Duration>
    private let nowOfClock: @Sendable () -> Duration
    private let missedByClock: @Sendable () -> Duration
    private let sleepOnClock: @Sendable (Duration) async throws -> Void
    private let callOnClock: @Sendable (Duration, @escaping @Sendable () -> Void) -> SharedAlarm.Call?
    private let random: @Sendable () -> Double
    let abandoned: AbandonedChildren
    /// Where the tasks of the tree run; nil is the global executor. Unstructured tasks do not inherit a preference, so
    /// it is passed on by hand.
    public let executor: (any TaskExecutor)?

    /// Makes a runtime whose time is zero now.
    ///
    /// - Parameters:
    ///   - clock: what the time is read from, and slept by. By one that stands still while the process does, nothing in
    ///     the tree pays for such a time.
    ///   - executor: where the tasks run; nil is the global executor.
    ///   - abandonmentLimit: how many abandoned children of the whole tree may run at once before a supervisor gives up
    ///     rather than replace one more (``Supervisor/Ending/tooManyAbandoned(_:count:)``); nil: any number. A negative
    ///     one is 0. Stopping is not held up by it.
    ///   - random: gives the jitter of ``RestartBackoff`` its chance, from 0 up to 1.
    public init(
        clock: some Clock<Duration> = ContinuousClock(), executor: (any TaskExecutor)? = nil,
        abandonmentLimit: Int? = Self.defaultAbandonmentLimit,
        random: @escaping @Sendable () -> Double = { .random(in: 0..<1) }
    ) {
        let start = clock.now
        self.clock = clock
        let runningClock = clock as? RunningClock
        let missedBefore = runningClock?.missed ?? .zero
        missedByClock = { runningClock.map { $0.missed - missedBefore } ?? .zero }
        nowOfClock = { start.duration(to: clock.now) }
        sleepOnClock = { deadline in
            try await clock.sleep(until: start.advanced(by: deadline), tolerance: nil)
        }
        callOnClock = { deadline, action in
            guard let runningClock, let start = start as? RunningClock.Instant else { return nil }
            return runningClock.call(at: start.advanced(by: deadline), action)
        }
        self.executor = executor
        self.random = random
        abandoned = AbandonedChildren(limit: abandonmentLimit)
    }

    /// The time since this value was made.
    public var now: Duration { nowOfClock() }

    /// How much of the time since this value was made the clock did not count, because the process did not run.
    public var missed: Duration { missedByClock() }

    /// The time since this value was made, as the world counts it: for what people set an end to.
    public var elapsed: Duration { now + missed }

    /// How many children of the tree were left to themselves and still run, also those of supervisors that have gone.
    public var abandonedChildren: Int { abandoned.count }

    /// How many of them may run at once before a supervisor gives up rather than replace one more; nil: any number.
    public var abandonmentLimit: Int? { abandoned.limit }

    /// A number from 0 up to 1.
    var chance: Double { random() }

    /// The next time that is a multiple of `period`: who does something again and again then does it when others do, which costs
    /// fewer wake-ups.
    package func nextMultiple(of period: Duration) -> Duration {
        let period = max(period.nanoseconds, 1)
        return .nanoseconds((now.nanoseconds / period + 1) * period)
    }

    /// Sleeps until `deadline`, counted as ``now`` counts. Throws `CancellationError` when the task is cancelled.
    public func sleep(until deadline: Duration) async throws {
        try await sleepOnClock(deadline)
    }

    /// Calls `action` at `deadline`, or somewhat earlier, without a task that waits for it: it must do no more than to wake somebody.
    /// Nil: the clock does not do that.
    package func call(at deadline: Duration, _ action: @escaping @Sendable () -> Void) -> SharedAlarm.Call? {
        callOnClock(deadline, action)
    }

    /// Starts an unstructured task on the tree's executor.
    ///
    /// The type of its operation is exactly that of `Task.init`: what had to be converted would go through a thunk or two,
    /// each with a frame and a closure in every task that waits.
    @discardableResult
    public func spawn<Success: Sendable>(
        _ operation: @escaping @Sendable @isolated(any) () async -> Success
    ) -> Task<Success, Never> {
        // A preference for nothing in particular would cost the task its record.
        if let executor { Task(executorPreference: executor, operation: operation) } else { Task(operation: operation) }
    }

    /// Calls `action` at `deadline`, unless the task is cancelled before.
    func alarm(at deadline: Duration, _ action: @escaping @Sendable () -> Void) -> Task<Void, Never> {
        spawn {
            try? await sleep(until: deadline)
            if !Task.isCancelled { action() }
        }
    }
}

extension Duration {
    fileprivate var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
