import Logging
import NIOPosix
import Pipeline
import Systemd

/// What has to live for systemd to be told that ptrd does. That an upstream is down, or that nobody reads what is printed, is
/// none of it.
struct ProofOfLife {
    private let application: Application
    private let log: LogWriter
    private let output: PrintedOutput

    init(_ application: Application, log: LogWriter, output: PrintedOutput) {
        self.application = application
        self.log = log
        self.output = output
    }

    /// The watchdog that asks for it; nil outside systemd, or when the unit has no `WatchdogSec=`.
    func watchdog(_ notifier: SystemdNotifier, _ logger: Logger) -> Watchdog? {
        notifier.watchdogInterval.map { Watchdog(interval: $0, beats: beats, notifier: notifier, logger: logger) }
    }

    private var beats: [Beat] {
        var beats = MultiThreadedEventLoopGroup.singleton.makeIterator().enumerated().map { number, loop in
            Beat.echo("event loop \(number + 1)") { echo in loop.execute { echo.answer() } }
        }
        beats.append(.echo("the executor") { echo in Task { echo.answer() } })
        beats.append(
            .echo("the tree") { [application] echo in
                Task {
                    await application.roundTrip { echo.waits(for: $0) }
                    echo.answer()
                }
            })
        beats.append(.stall("dealing") { [application] in application.dealingStalledFor })
        if log.destination == .journal {
            beats.append(.stall("the log's journal writer") { [log] in log.counters.stalledFor })
        }
        if let journal = output.journal {
            // One that waits for a journald that is not there lives.
            beats.append(
                .stall("journal_writer") { [output] in
                    output.trouble() == nil ? journal.counters.stalledFor : nil
                })
        }
        return beats
    }
}

extension WriterCounters {
    /// For how long its sink has had the batch that it holds.
    fileprivate var stalledFor: Duration? { busySince.map { $0.duration(to: .now) } }
}
