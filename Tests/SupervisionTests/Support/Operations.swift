import Dispatch
import Locking
import Synchronization

/// Counts every job that the tasks of a tree are made of: what a supervisor does, in units that do not depend on the
/// machine.
final class CountingExecutor: TaskExecutor {
    private let queue = DispatchQueue(label: "counting executor")
    private let count = Atomic<Int>(0)

    var jobs: Int { count.load(ordering: .relaxed) }

    func enqueue(_ job: consuming ExecutorJob) {
        count.wrappingAdd(1, ordering: .relaxed)
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

/// A clock that stands still and counts how often somebody wants to sleep on it.
final class CountingClock: Clock, Sendable {
    typealias Instant = ContinuousClock.Instant

    private let count = Atomic<Int>(0)
    let now = ContinuousClock.now

    var sleeps: Int { count.load(ordering: .relaxed) }
    var minimumResolution: Duration { .nanoseconds(1) }

    /// Until the task is cancelled.
    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        count.wrappingAdd(1, ordering: .relaxed)
        for await _ in AsyncStream<Never>.makeStream().stream {}
        throw CancellationError()
    }
}

/// Something whose end can be awaited.
final class Token: Sendable {
    private let ends: Journal<Void>

    init(_ ends: Journal<Void>) { self.ends = ends }

    deinit { ends.append(()) }
}
