import Launching
import Locking
import Logging

/// Names in the log the processes that a worker has left behind with a session of their own, where no cgroup takes them along.
///
/// To find them all of `/proc` is read, so that is done on a queue of its own, and once a second at most.
final class Leftovers: Sendable {
    private let queue = SerialQueue("ptrd-leftovers")
    private let lastLook = Locked<ContinuousClock.Instant?>(nil)
    private let logger: Logger

    init(_ logger: Logger) {
        self.logger = logger
    }

    /// Looks for those of a process that has ended.
    func look(for process: LaunchedProcess, of worker: String) {
        let isDue = lastLook.withLock { last in
            let now = ContinuousClock.now
            if let last, last.duration(to: now) < .seconds(1) { return false }
            last = now
            return true
        }
        guard isDue else { return }
        queue.post { [logger] in
            let left = process.survivors()
            guard !left.isEmpty else { return }
            logger.warning(
                """
                \(worker) has left behind \(left.count == 1 ? "process" : "processes") \
                \(left.prefix(8).map { "\($0)" }.joined(separator: ", ")), which it gave a session of their own; with \
                Delegate= in the unit each worker has a cgroup, and they end with it
                """, metadata: ["worker": "\(worker)"])
        }
    }
}
