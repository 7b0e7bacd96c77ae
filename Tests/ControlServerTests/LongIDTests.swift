import ControlAPI
import ControlServer
import Locking
import Logging
import NIOCore
import Pipeline
import PrometheusMetrics
import Supervision
import TestKit
import Testing

/// An id may be as long as an event. Whoever asks for a status, or reads the log, wants to know which it is, and not all of it.
@Suite("An event id of 100 kB", .timeLimit(.minutes(1)))
struct LongIDTests {
    private static let id = String(repeating: "é9", count: 33_334)

    /// One event whose handling fails, and one that stays with its worker.
    private struct LongIDs: Source {
        let name = "a"
        let location = "test"
        let started: AsyncStream<Void>

        func run(_ intake: StreamIntake) async throws {
            for await _ in started {}
            _ = intake.opened()
            let events = ["fails", "stays"].map {
                Pipeline.Event(id: ByteBuffer(string: $0 + LongIDTests.id), data: ByteBuffer(string: $0))
            }
            try await intake.bring(events, bytes: 200_000)
            try await Task.sleep(for: .seconds(3600))
        }
    }

    private struct Broken: Error {}

    private struct Work: MessageHandler {
        func handle(_ message: Message, in context: HandlerContext) async throws -> Outcome {
            if String(buffer: message.event.data) == "fails" { throw Broken() }
            try await Task.sleep(for: .seconds(3600))
            return .done
        }
    }

    /// Keeps dead letters.
    private final class Letters: StateStore {
        private let letters = Locked<[StoredDeadLetter]>([])

        func checkpoints() async throws -> [Checkpoint] { [] }

        func commit(_ commit: StateCommit) async throws {
            letters.withLock { letters in
                for letter in commit.deadLetters {
                    letters.append(StoredDeadLetter(id: Int64(letters.count + 1), letter: letter))
                }
            }
        }

        func deadLetters(_ filter: DeadLetterFilter, limit: Int, maxBytes: Int) async throws -> [StoredDeadLetter] {
            Array(letters.withLock { $0 }.filter { $0.id > filter.after }.prefix(limit))
        }

        func deadLetter(_ id: Int64) async throws -> StoredDeadLetter? {
            letters.withLock { $0 }.first { $0.id == id }
        }
    }

    /// Keeps what is logged, fields and all.
    private final class Log: Sendable {
        let text = Locked("")

        var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

        private struct Handler: LogHandler {
            let log: Log
            var logLevel = Logger.Level.trace
            var metadata = Logger.Metadata()

            subscript(metadataKey key: String) -> Logger.Metadata.Value? {
                get { metadata[key] }
                set { metadata[key] = newValue }
            }

            func log(event: LogEvent) {
                log.text.withLock { $0 += "\(event.message) \(metadata.merging(event.metadata ?? [:]) { $1 })\n" }
            }
        }
    }

    @Test("is cut in every answer, in every event, in the metrics and in the log")
    func cut() async throws {
        var settings = ApplicationSettings()
        settings.scaling = ScalingPolicy(min: 1, max: 1, workersPerSupervisor: 2, tick: .milliseconds(10))
        settings.maxAttempts = 2
        settings.initialBackoff = .milliseconds(1)
        settings.maximumBackoff = .milliseconds(1)
        settings.storeInterval = .milliseconds(1)
        settings.breaker.isEnabled = false
        let (started, start) = AsyncStream<Void>.makeStream()
        let (log, prometheus) = (Log(), PrometheusMetrics(descriptions: PipelineMetrics.descriptions))
        let application = Application(
            settings: settings, sources: [LongIDs(started: started)], handler: Work(), store: Letters(),
            metrics: prometheus, wallClock: { 0 }, logger: log.logger)
        let control = ApplicationControl(application, allowsCrashes: true) { prometheus.text() }
        let life = Task { await application.run() }
        let taps = [
            try await control.tap(TapSubscription(stage: .received)),
            try await control.tap(TapSubscription(stage: .failed)),
        ]
        start.finish()
        var letters = try await control.deadLetters(DeadLettersRequest())
        while letters.deadLetters.isEmpty || application.status.messages.leased == 0 {
            try await nextTurn()
            letters = try await control.deadLetters(DeadLettersRequest())
        }
        // A crash that meets the message, so that it is told of.
        let holder = try #require(await control.workers().workers.first { $0.holds != nil })
        let crash = try await control.crash(CrashRequest(target: .worker, id: holder.id))
        #expect(crash.message != nil)
        while await control.workers().workers.allSatisfy({ $0.holds == nil }) { try await nextTurn() }

        var answers: [String: any Encodable] = [
            "status": await control.status(), "tree": await control.tree(), "streams": await control.streams(),
            "workers": await control.workers(), "top": await control.top(),
            "events": await control.events(EventsRequest()), "crashes": await control.crashes(CrashesRequest()),
            "crash": crash, "dead letters": letters,
            "dead letter": try await control.deadLetter(DeadLetterRequest(id: 1)),
        ]
        for (number, tap) in taps.enumerated() {
            var items = tap.makeAsyncIterator()
            guard case .record(let record)? = await items.next() else { continue }
            answers["tap \(number)"] = record
        }
        #expect(answers.count == 12)
        // What an id begins with stands in each of them, at most 512 bytes of it, and no half of a character.
        for (name, answer) in answers {
            let text = String(decoding: try ControlJSON.encode(answer), as: UTF8.self)
            #expect(text.contains("é9é9é9"), "\(name)")
            #expect(!text.contains(String(repeating: "é9", count: 172)), "\(name)")
            #expect(!text.contains("\u{FFFD}"), "\(name)")
        }
        let logged = log.text.withLock { $0 }
        #expect(logged.contains("é9é9é9") && !logged.contains(String(repeating: "é9", count: 172)))
        let metrics = await control.metrics()
        #expect(metrics.contains("ptrd_messages_in_flight 1") && !metrics.contains("é9"))
        application.stop()
        _ = await life.value
    }
}
