import Logging
import NIOPosix
import Pipeline
import Systemd
import Writing

/// What has to live for systemd to be told that ptrd does. That an upstream is down, or that nobody reads what is printed, is
/// none of it.
enum ProofOfLife {
    static func beats(of application: Application, log: LogWriter, output: PrintedOutput?) -> [Beat] {
        var beats = MultiThreadedEventLoopGroup.singleton.makeIterator().enumerated().map { number, loop in
            Beat.echo("event loop \(number + 1)") { echo in loop.execute { echo.answer() } }
        }
        beats.append(.echo("the executor") { echo in Task { echo.answer() } })
        beats.append(
            .echo("the tree") { echo in
                Task {
                    await application.roundTrip { echo.waits(for: $0) }
                    echo.answer()
                }
            })
        beats.append(.stall("dealing") { application.dealingStalledFor })
        if log.destination == .journal {
            beats.append(.stall("the log's journal writer") { log.counters.stalledFor })
        }
        if let output, let journal = output.journal {
            // One that waits for a journald that is not there lives.
            beats.append(.stall("journal_writer") { output.trouble() == nil ? journal.counters.stalledFor : nil })
        }
        return beats
    }
}

extension WriterCounters {
    /// For how long its sink has had the batch that it holds.
    fileprivate var stalledFor: Duration? { busySince.map { $0.duration(to: .now) } }
}
