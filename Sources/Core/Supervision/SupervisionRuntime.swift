/// The time and the executor that a supervision tree lives by.
///
/// Both are injected, so that a test can run a tree in virtual time, and a simulation can run it on one thread.
public struct SupervisionRuntime: Sendable {
    private let nowOfClock: @Sendable () -> Duration
    private let sleepOnClock: @Sendable (Duration) async throws -> Void
    /// Where the tasks of the tree run; nil is the global executor. Unstructured tasks do not inherit a preference, so
    /// it is passed on by hand.
    public let executor: (any TaskExecutor)?

    /// Makes a runtime whose time is zero now.
    ///
    /// - Parameters:
    ///   - clock: what the time is read from, and slept by.
    ///   - executor: where the tasks run; nil is the global executor.
    public init(clock: some Clock<Duration> = ContinuousClock(), executor: (any TaskExecutor)? = nil) {
        let start = clock.now
        nowOfClock = { start.duration(to: clock.now) }
        sleepOnClock = { deadline in
            try await clock.sleep(until: start.advanced(by: deadline), tolerance: nil)
        }
        self.executor = executor
    }

    /// The time since this value was made.
    public var now: Duration { nowOfClock() }

    /// Sleeps until `deadline`, counted as ``now`` counts. Throws `CancellationError` when the task is cancelled.
    public func sleep(until deadline: Duration) async throws {
        try await sleepOnClock(deadline)
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
}
