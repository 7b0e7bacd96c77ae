import Locking
import Logging
import Systemd

extension Heartbeat {
    /// Shows a clock that the process runs, and says so when it did not.
    convenience init(of clock: RunningClock, _ logger: Logger) {
        let told = Locked(Duration.zero)
        self.init(every: RunningClock.beatInterval) {
            clock.beat()
            let missed = clock.missed
            let news = told.withLock { told in
                defer { told = missed }
                return missed - told
            }
            guard news > .zero else { return }
            let seconds = (news / .milliseconds(100)).rounded() / 10
            logger.notice(
                """
                ptrd did not run for \(seconds) s: the machine slept, or the process was stopped; no timeout counts that \
                time
                """)
        }
    }
}
