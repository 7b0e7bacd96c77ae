import Glibc
import Locking
import Logging
import Systemd
import Writing

/// The waits on the way out: each has a limit of its own, and all of them together have the last resort.
struct ExitWaits: Sendable {
    let lastResort: LastResort
    let logger: Logger

    /// Waits for `body`, but not longer than `limit`. What takes longer is left to itself, and the log says so.
    func wait(for name: String, within limit: Duration, _ body: @escaping @Sendable () async -> Void) async {
        let wait = lastResort.begin(name)
        defer { lastResort.finish(wait) }
        let ended = OneShot<Bool>()
        Task {
            await body()
            ended.resolve(true)
        }
        if await !ended.value(within: limit, otherwise: false) {
            logger.warning("\(name) did not come to an end within \(limit), and is left to itself")
        }
    }

    /// Ends the process when the way out has taken too long: the journal gets a moment to take what is said of it.
    ///
    /// - Parameters:
    ///   - verdict: the exit status, and in words what is lost by it.
    static func end(
        _ waitsFor: [String], log: LogWriter, logger: Logger, verdict: () -> (status: Int32, lost: String?)
    ) -> Never {
        let (status, lost) = verdict()
        let what = waitsFor.isEmpty ? "the process itself" : waitsFor.joined(separator: ", ")
        logger.error(
            "the time for the way out is over, still waiting for \(what): ended at once\(lost.map { "; \($0)" } ?? "")",
            metadata: MessageID.exitForced.metadata())
        for _ in 0..<50 where log.counters.waiting > 0 { usleep(10_000) }
        _exit(status)
    }
}
