import Glibc
import Locking

/// Runs the jobs of a whole tree of tasks on one thread, one at a time, in whatever order its owner chooses.
///
/// Between two jobs the owner may look at everything: nothing runs then. What the tasks of a tree do is decided by the choices alone,
/// so the same choices bring the same run. Everything must stay on the thread that made the executor: a job that comes from another
/// one has escaped to the global executor on its way, and with it the order; that is a trap, not an error to live with.
public final class SimulatedExecutor: TaskExecutor {
    private let runnable = Locked<[UnownedJob]>([])
    private let thread = pthread_self()

    /// Makes an executor for the calling thread.
    public init() {}

    /// How many jobs could run now.
    public var count: Int { runnable.withLock(\.count) }

    /// Takes a job in; the runtime's side.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        precondition(
            pthread_equal(thread, pthread_self()) != 0,
            "\(job) comes from another thread: something it waited for runs outside of the simulation")
        runnable.withLock { $0.append(job) }
    }

    /// Runs one job to its next suspension.
    ///
    /// - Parameter choose: given how many jobs could run, the index of the one that does; they are in the order of their coming.
    /// - Returns: false when there is none.
    public func runOne(choose: (Int) -> Int) -> Bool {
        let job = runnable.withLock { $0.isEmpty ? nil : $0.remove(at: choose($0.count)) }
        guard let job else { return false }
        job.runSynchronously(on: asUnownedTaskExecutor())
        return true
    }
}
