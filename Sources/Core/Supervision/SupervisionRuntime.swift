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
    @discardableResult
    public func spawn(_ operation: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        Task(executorPreference: executor, operation: operation)
    }
}
