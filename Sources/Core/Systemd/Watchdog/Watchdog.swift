import Locking
public import Logging

/// Tells systemd that the service lives, as long as every part of it shows that it does (`WatchdogSec=`, sd_notify(3)).
///
/// A thread of its own, which needs nothing of what it watches, comes round three times in the watchdog's interval. It pings
/// only if every ``Beat`` has come since the last round. If one is late it says which, in the log and in the status line,
/// and does not ping; after the interval systemd ends the service and starts it again.
public final class Watchdog: Sendable {
    private let beats: [Beat]
    private let interval: Duration
    private let tell: @Sendable (ServiceNotification) throws -> Void
    private let now: @Sendable () -> Duration
    private let logger: Logger
    private let lastComplaint = Locked<String?>(nil)
    /// The thread waits on it between two rounds: by poll(2), which no change of the wall clock lengthens (a semaphore's wait
    /// on Linux can).
    private let ending = Interruption()

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

    /// The time from one round to the next: a third of the interval, so that two pings may be lost.
    private var period: Duration { interval / 3 }

    /// Starts the thread. The first round, which pings, is at once.
    ///
    /// - Throws: ``WriterError/threadUnavailable(errno:)``.
    public func start() throws(WriterError) {
        try OSThread.start(name: "watchdog") { [self] in run() }
    }

    /// Ends the thread, without waiting for it. To be called when the parts end, which they then need not deny.
    public func stop() { ending.request() }

    private func run() {
        var rounds = Rounds(beats, period: period)
        let milliseconds = Int32(clamping: max(1, period.microseconds / 1000))
        repeat {
            perform(rounds.next(at: now()))
        } while ending.wait(toWrite: nil, milliseconds: milliseconds) == .timedOut
    }

    /// Acts on what a round has concluded.
    func perform(_ conclusion: WatchdogRound.Conclusion) {
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
                the watchdog itself came round only after \(pause.formatted), so the rest is excused this once: \
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

/// The questions that are on their way, asked anew in each round.
struct Rounds {
    private let beats: [Beat]
    private var echoes: [(echo: Echo, asked: Duration)?]
    private var round: WatchdogRound

    init(_ beats: [Beat], period: Duration) {
        self.beats = beats
        echoes = beats.map { _ in nil }
        round = WatchdogRound(period: period)
    }

    /// Looks who has answered, asks again whoever has, and concludes.
    mutating func next(at now: Duration) -> WatchdogRound.Conclusion {
        let conclusion = round.conclude(
            at: now,
            beats.indices.map { index in
                let name = beats[index].name
                switch beats[index].kind {
                case .stall(let stalledFor): return (name, nil, stalledFor())
                case .echo:
                    guard let (echo, asked) = echoes[index], !echo.isAnswered else { return (name, nil, nil) }
                    return (name, echo.station, now - asked)
                }
            })
        for index in beats.indices {
            guard case .echo(let ask) = beats[index].kind, echoes[index]?.echo.isAnswered ?? true else { continue }
            let echo = Echo()
            echoes[index] = (echo, now)
            ask(echo)
        }
        return conclusion
    }
}
