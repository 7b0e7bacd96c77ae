import Locking
public import Logging
import Synchronization
import Writing

/// Tells systemd that the service lives, as long as every part of it shows that it does (`WatchdogSec=`, sd_notify(3)).
///
/// A thread of its own, which needs nothing of what it watches, makes three rounds in the watchdog's interval: it asks every
/// ``Beat``, and as soon as all have answered it pings. So a ping says that all lived at that moment, and what hangs after it
/// is found within the interval. When the round's time is up and one has not answered, it says which, in the log and in the
/// status line, and does not ping; after the interval systemd ends the service and starts it again.
public final class Watchdog: Sendable {
    private let beats: [Beat]
    private let interval: Duration
    private let tell: @Sendable (ServiceNotification) throws -> Void
    private let now: @Sendable () -> Duration
    private let logger: Logger
    private let lastComplaint = Locked<String?>(nil)
    private let statuses = Atomic(0)
    private let parker = ThreadParker()

    /// Creates a watchdog that has not begun.
    ///
    /// - Parameters:
    ///   - interval: `WatchdogSec=` (``SystemdNotifier/watchdogInterval``).
    ///   - beats: what has to live.
    public convenience init(interval: Duration, beats: [Beat], notifier: SystemdNotifier, logger: Logger) {
        let start = ContinuousClock.now
        self.init(
            interval: interval, beats: beats, logger: logger,
            // It counts the time that the machine sleeps, too.
            now: { start.duration(to: .now) }, tell: { _ = try notifier.sendBlocking($0) })
    }

    init(
        interval: Duration, beats: [Beat], logger: Logger, now: @escaping @Sendable () -> Duration,
        tell: @escaping @Sendable (ServiceNotification) throws -> Void
    ) {
        self.interval = interval
        self.beats = beats
        self.logger = logger
        self.now = now
        self.tell = tell
    }

    /// What is late at present, for a status line: `watchdog: the tree (flow_manager) has not answered for 10.0 s`; nil when
    /// nothing is.
    public var complaint: String? { lastComplaint.withLock { $0 } }

    /// How often it has set the status line itself. Whoever keeps the line has to set it anew then.
    public var statusesSet: Int { statuses.load(ordering: .relaxed) }

    /// The time from one round to the next: a third of the interval, so that two pings may be lost.
    private var period: Duration { interval / 3 }

    /// Starts the thread. The first round is at once.
    ///
    /// - Throws: ``WriterError/threadUnavailable(errno:)``.
    public func start() throws(WriterError) {
        try OSThread.start(name: "watchdog") { [self] in run() }
    }

    /// Ends the thread, without waiting for it. To be called when the parts end, which they then need not deny.
    public func stop() { parker.end() }

    private func run() {
        var rounds = WatchdogRounds(beats, period: period) { [parker] in parker.unpark() }
        var overslept = Duration.zero
        while true {
            let begin = now()
            rounds.ask(at: begin)
            let end = begin + period
            while !rounds.areAllAnswered, now() < end {
                guard parker.park(for: end - now()) else { return }
            }
            overslept = max(overslept, now() - end)
            var conclusion = rounds.conclude(at: now(), overslept: overslept)
            perform(conclusion)
            // Wakes of the round that is over may still be there. What was late is looked at again and again, so that it
            // need not wait for the next round with its sign of life.
            while now() < end {
                guard parker.park(for: min(end - now(), conclusion.isLate ? period / 10 : period)) else { return }
                guard conclusion.isLate else { continue }
                conclusion = rounds.conclude(at: now())
                if !conclusion.isLate { perform(conclusion) }
            }
            overslept = now() - end
        }
    }

    /// Acts on what a round has concluded.
    func perform(_ conclusion: WatchdogRounds.Conclusion) {
        switch conclusion {
        case .alive(let again):
            lastComplaint.withLock { $0 = nil }
            if !again.isEmpty {
                logger.notice("\(again.joined(separator: ", ")): in time again; systemd is told that ptrd lives")
            }
            send(.watchdog)
        case .forgiven(let late, let pause):
            logger.warning(
                """
                the watchdog itself woke \(pause.formatted) too late, so the rest is excused this once: \
                \(Self.sentence(late))
                """)
            send(.watchdog)
        case .late(let late, let isNews):
            let sentence = Self.sentence(late)
            lastComplaint.withLock { $0 = "watchdog: \(sentence)" }
            if isNews {
                logger.error(
                    """
                    \(sentence); systemd is not told that ptrd lives, and restarts it \(interval.formatted) after the \
                    last sign of life
                    """,
                    metadata: MessageID.watchdogLate.metadata(["reason": "\(late.map(\.part).joined(separator: ", "))"])
                )
            }
            send(.status("watchdog: \(sentence)"))
            statuses.add(1, ordering: .relaxed)
        }
    }

    private static func sentence(_ late: [LateBeat]) -> String {
        late.map(\.description).joined(separator: ", ")
    }

    private func send(_ notification: ServiceNotification) {
        do {
            try tell(notification)
        } catch {
            logger.warning("\(error)")
        }
    }
}
