import Locking
import Logging
import Testing

@testable import Systemd

@Suite("The watchdog", .timeLimit(.minutes(1)))
struct WatchdogTests {
    /// What systemd was told, in order.
    private struct Manager: Sendable {
        let told: AsyncStream<String>
        private let tell: AsyncStream<String>.Continuation

        init() { (told, tell) = AsyncStream.makeStream() }

        func watchdog(interval: Duration = .seconds(30), _ beats: [Beat], _ log: LineLog = LineLog()) -> Watchdog {
            let start = ContinuousClock.now
            return Watchdog(
                interval: interval, beats: beats, logger: log.logger, now: { start.duration(to: .now) },
                tell: { tell.yield($0.text) })
        }

        /// What is told before `end` is.
        func until(_ end: String) async -> [String] {
            var before: [String] = []
            for await text in told {
                if text == end { break }
                before.append(text)
            }
            return before
        }
    }

    @Test("pings at once and then three times in its interval, on a thread of its own, until it is stopped")
    func pings() async throws {
        let manager = Manager()
        let asked = Locked(0)
        let beat = Beat.echo("part") { echo in
            asked.withLock { $0 += 1 }
            echo.answer()
        }
        let watchdog = manager.watchdog(interval: .milliseconds(3), [beat])
        try watchdog.start()
        var pings = 0
        for await text in manager.told {
            #expect(text == "WATCHDOG=1")
            pings += 1
            if pings == 5 { break }
        }
        watchdog.stop()
        #expect(asked.withLock { $0 } >= 4)
    }

    @Test("pings as soon as the last answer has come, though the round has much time left")
    func answerWakes() async throws {
        let manager = Manager()
        let (questions, asked) = AsyncStream<Echo>.makeStream()
        // Nobody would wait for the end of such a round.
        let watchdog = manager.watchdog(interval: .seconds(30 * 24 * 3600), [.echo("part") { asked.yield($0) }])
        try watchdog.start()
        for await echo in questions {
            echo.answer()
            break
        }
        #expect(await manager.until("WATCHDOG=1") == [])
        watchdog.stop()
    }

    @Test("does not ping for a part that does not answer, until it does")
    func silence() async throws {
        let (manager, log) = (Manager(), LineLog())
        let (questions, asked) = AsyncStream<Echo>.makeStream()
        let watchdog = manager.watchdog(interval: .milliseconds(30), [.echo("part") { asked.yield($0) }], log)
        try watchdog.start()
        var question = questions.makeAsyncIterator()
        let first = await question.next()
        var (statuses, pings) = (0, 0)
        for await text in manager.told {
            if text == "WATCHDOG=1" { pings += 1 } else { statuses += 1 }
            #expect(text == "WATCHDOG=1" || text.hasPrefix("STATUS=watchdog: part has not answered for "))
            if statuses == 3 { break }
        }
        // On a busy machine it may oversleep itself, and then excuses the part.
        #expect(pings == log.lines.count { $0.level == .warning })
        first?.answer()
        await question.next()?.answer()
        #expect(await manager.until("WATCHDOG=1").allSatisfy { $0.hasPrefix("STATUS=watchdog: part ") })
        watchdog.stop()
    }

    @Test("names what is late in the status line and the log, and does not ping")
    func late() async {
        let (manager, log) = (Manager(), LineLog())
        let watchdog = manager.watchdog([], log)
        let beat = LateBeat(name: "the tree", station: "flow_manager", silence: .seconds(10))
        watchdog.perform(.late([beat], isNews: true))
        #expect(watchdog.complaint == "watchdog: the tree (flow_manager) has not answered for 10.0 s")
        watchdog.perform(.late([beat], isNews: false))
        watchdog.perform(.alive(again: ["the tree"]))
        #expect(watchdog.complaint == nil)
        let status = "STATUS=watchdog: the tree (flow_manager) has not answered for 10.0 s"
        #expect(await manager.until("WATCHDOG=1") == [status, status])
        let lines = log.lines
        #expect(lines.count == 2)
        #expect(lines.first?.level == .error)
        #expect(lines.first?.metadata["message_id"] == "watchdog-late")
        #expect(lines.first?.metadata["reason"] == "the tree (flow_manager)")
        #expect(lines.first?.text.contains("restarts it 30.0 s after the last sign of life") == true)
        #expect(lines.last?.text == "the tree: in time again; systemd is told that ptrd lives")
    }

    @Test("pings when it was late itself, and says so")
    func forgiven() async {
        let (manager, log) = (Manager(), LineLog())
        let watchdog = manager.watchdog([], log)
        watchdog.perform(
            .forgiven([LateBeat(name: "the tree", station: nil, silence: .seconds(60))], after: .seconds(60)))
        #expect(await manager.until("WATCHDOG=1") == [])
        #expect(log.lines.map(\.level) == [.warning])
        #expect(watchdog.complaint == nil)
    }
}

/// Keeps what is logged.
private final class LineLog: Sendable {
    struct Line: Sendable {
        var level: Logger.Level
        var text: String
        var metadata: [String: String]
    }

    private let kept = Locked<[Line]>([])

    var lines: [Line] { kept.withLock { $0 } }
    var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

    private struct Handler: LogHandler {
        let log: LineLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let line = Line(
                level: event.level, text: "\(event.message)", metadata: (event.metadata ?? [:]).mapValues { "\($0)" })
            log.kept.withLock { $0.append(line) }
        }
    }
}
