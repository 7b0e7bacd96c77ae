import Locking
import Logging
import Pipeline
import Systemd

/// What can go wrong around the tree.
final class HostProblems: Sendable {
    typealias Problem = ApplicationStatus.Problem

    /// The listener of the control API.
    let control: KeptListener
    /// The listener of `[metrics] listen`.
    let metrics: KeptListener
    private let watchdog = Locked<Watchdog?>(nil)
    private let formatTrouble: @Sendable () -> (key: String, text: String)?

    private let holderTrouble: @Sendable () -> Problem?

    /// - Parameters:
    ///   - formatTrouble: which print format finds nothing at present, and what is wrong with it.
    ///   - holderTrouble: that it is not known who holds streams.
    init(
        formatTrouble: @escaping @Sendable () -> (key: String, text: String)?,
        holderTrouble: @escaping @Sendable () -> Problem?, logger: Logger
    ) {
        self.formatTrouble = formatTrouble
        self.holderTrouble = holderTrouble
        control = KeptListener("the control API", MessageID.controlEnded, logger: logger)
        metrics = KeptListener("the metrics listener", MessageID.controlEnded, logger: logger)
    }

    /// Also tells of what the watchdog finds late: it watches the tree, and so comes after it.
    func watch(_ watchdog: Watchdog?) { self.watchdog.withLock { $0 = watchdog } }

    /// What is wrong at the moment.
    var problems: [Problem] {
        [
            watchdog.withLock { $0 }?.complaint.map { Problem(.watchdogLate, of: "watchdog", $0) },
            formatTrouble().map { Problem(.formatFindsNothing, of: $0.key, $0.text) },
            holderTrouble(),
            control.trouble.map { Problem(.listenerBroken, of: "control", $0) },
            metrics.trouble.map { Problem(.listenerBroken, of: "metrics", $0) },
        ].compactMap { $0 }
    }
}
