import Locking
import Testing

/// Runs tasks on the thread of a test, one step after another, in the order in which they became ready.
final class StepExecutor: TaskExecutor {
    private let jobs = Locked<[UnownedJob]>([])

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
    }

    /// Runs until every task waits for something. More steps than any test takes are a loop that never ends.
    func runUntilIdle() {
        var steps = 0
        while true {
            let ready = jobs.withLock { jobs in
                defer { jobs = [] }
                return jobs
            }
            guard !ready.isEmpty else { return }
            for job in ready { job.runSynchronously(on: asUnownedTaskExecutor()) }
            steps += ready.count
            guard steps < 2_000_000 else {
                Issue.record("the tasks never come to rest")
                return
            }
        }
    }
}
