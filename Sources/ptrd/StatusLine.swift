import ControlAPI
import Locking
import Logging
import Pipeline
import Systemd

/// Tells systemd how the daemon is, and the log from time to time.
struct StatusLine {
    private let application: Application
    private let notifier: SystemdNotifier
    private let watchdog: Watchdog?
    private let logger: Logger

    init(_ application: Application, notifier: SystemdNotifier, watchdog: Watchdog?, logger: Logger) {
        self.application = application
        self.notifier = notifier
        self.watchdog = watchdog
        self.logger = logger
    }

    /// Says that the daemon is ready: its control socket accepts. An upstream that is down does not hold this up.
    func announceReady(streams: Int) async {
        logger.notice(
            "ptrd \(Version.current) is ready: \(count(streams, "stream"))", metadata: MessageID.started.metadata())
        await notifier.tell(.ready + .status(text), logger)
    }

    /// Renews the status line every two seconds, and logs a summary every minute in which something was received.
    func run() async {
        var lastText = ""
        var lastOverwritten = 0
        var lastReceived: UInt64 = 0
        var ticks = 0
        while (try? await SharedAlarm.shared.sleep(for: .seconds(2))) != nil {
            let text = text
            let overwritten = watchdog?.statusesSet ?? 0
            if text != lastText || overwritten != lastOverwritten { await notifier.tell(.status(text), logger) }
            (lastText, lastOverwritten) = (text, overwritten)
            ticks += 1
            guard ticks.isMultiple(of: 30) else { continue }
            let messages = application.status.messages
            if messages.received != lastReceived {
                logger.info(
                    "received \(messages.received), processed \(messages.processed), killed \(messages.killed), dead letters \(messages.deadLettered), in flight \(messages.inFlight)"
                )
            }
            lastReceived = messages.received
        }
    }

    /// Such as `running: 2 streams open, 5 direct supervisors, 40 workers, 37 in flight`; with the reason when it is degraded.
    private var text: String {
        let status = application.status
        let open = status.streams.count { $0.state == .open }
        let all = status.streams.count
        let streams = open == all ? count(all, "stream") + " open" : "\(open) of \(count(all, "stream")) open"
        return "\(status.state.rawValue): \(streams), \(count(status.directSupervisors, "direct supervisor")), "
            + "\(count(status.workers, "worker")), \(status.messages.inFlight) in flight"
            + (status.degradedBecause.map { "; \($0)" } ?? "")
    }

    private func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}

extension SystemdNotifier {
    /// Tells systemd. If that fails, the log says so.
    func tell(_ notification: ServiceNotification, _ logger: Logger) async {
        do throws(NotifyError) {
            try await notify(notification)
        } catch {
            logger.warning("systemd could not be told: \(error)")
        }
    }
}
