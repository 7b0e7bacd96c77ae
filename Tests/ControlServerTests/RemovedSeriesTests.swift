import ControlAPI
import ControlServer
import Logging
import NIOCore
import Pipeline
import PrometheusMetrics
import Supervision
import TestKit
import Testing

@Suite("The series of a stream", .timeLimit(.minutes(1)))
struct RemovedSeriesTests {
    /// Brings its events and stays open; or ends for good.
    private struct Events: Source {
        let name: String
        let location = "test"
        var count = 0
        var hasFailed = false

        func run(_ intake: StreamIntake) async throws {
            intake.report { $0.broker = BrokerStatus(name: "S/c") }
            _ = intake.opened()
            let events = (0..<count).map { Pipeline.Event(data: ByteBuffer(string: "\($0)")) }
            try await intake.bring(events, bytes: count)
            if hasFailed { intake.failed(because: "204") }
            try await Task.sleep(for: .seconds(3600))
        }
    }

    private struct Done: MessageHandler {
        func handle(_ message: Message, in context: HandlerContext) async throws -> Outcome { .done }
    }

    private struct NoStore: StateStore {
        func checkpoints() async throws -> [Checkpoint] { [] }
        func commit(_ commit: StateCommit) async throws {}
    }

    private func lines(_ control: ApplicationControl, of stream: String) async -> Set<String> {
        Set(await control.metrics().split(separator: "\n").map(String.init).filter { $0.contains("\"\(stream)\"") })
    }

    @Test("go with it when it is removed, its failed state as well, and its counters count on when it is back")
    func removed() async throws {
        let prometheus = PrometheusMetrics(descriptions: PipelineMetrics.descriptions)
        let application = Application(
            sources: [Events(name: "a", count: 50, hasFailed: true), Events(name: "b")], handler: Done(),
            store: NoStore(), metrics: prometheus, wallClock: { 0 },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let control = ApplicationControl(application, allowsCrashes: false) { prometheus.text() }
        let life = Task { await application.run() }
        while application.status.streams.contains(where: { $0.name == "a" && $0.state != .failed }) {
            try await nextTurn()
        }
        while application.status.messages.processed < 50 { try await nextTurn() }
        let before = await lines(control, of: "a")
        #expect(before.contains(#"ptrd_stream_state{state="failed",stream="a"} 1"#))
        #expect(before.contains(#"ptrd_stream_events_total{stream="a"} 50"#))
        #expect(before.contains { $0.hasPrefix("ptrd_stream_down_seconds{") })
        #expect(await lines(control, of: "b").contains(#"ptrd_stream_down_seconds{stream="b"} 0"#))

        try await application.reload(ApplicationSettings(), sources: [Events(name: "b")])
        #expect(await lines(control, of: "a").isEmpty)
        #expect(await lines(control, of: "b").count == before.count)

        try await application.reload(
            ApplicationSettings(), sources: [Events(name: "a", count: 100), Events(name: "b")])
        while application.status.messages.processed < 150 { try await nextTurn() }
        let after = await lines(control, of: "a")
        #expect(after.count == before.count)
        #expect(after.contains(#"ptrd_stream_events_total{stream="a"} 150"#))
        #expect(after.contains(#"ptrd_stream_received_bytes_total{stream="a"} 150"#))
        #expect(after.contains(#"ptrd_stream_state{state="failed",stream="a"} 0"#))
        #expect(after.contains(#"ptrd_stream_down_seconds{stream="a"} 0"#))
        application.stop()
        _ = await life.value
    }

    @Test("tell for how long it has been down, and so does the status, with since when")
    func down() async throws {
        let prometheus = PrometheusMetrics(descriptions: PipelineMetrics.descriptions)
        let application = Application(
            sources: [Events(name: "a", hasFailed: true)], handler: Done(), store: NoStore(), metrics: prometheus,
            wallClock: { 1_769_851_800_123_456 }, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let control = ApplicationControl(application, allowsCrashes: false) { prometheus.text() }
        let life = Task { await application.run() }
        var stream = await control.status().streams[0]
        while stream.state != .failed || stream.downForSeconds ?? 0 < 0.01 {
            try await nextTurn()
            stream = await control.status().streams[0]
        }
        #expect(
            stream.since?.hasPrefix("2026-01-31T09:30:00.") == true
                || stream.since?.hasPrefix("2026-01-31T09:29:5") == true)
        #expect(await control.streams().streams[0].since == stream.since)
        #expect(stream.nextAttemptInSeconds == nil && stream.error == "204")
        let line = try #require(await lines(control, of: "a").first { $0.hasPrefix("ptrd_stream_down_seconds{") })
        // The status has it in whole milliseconds.
        #expect(try #require(Double(line.split(separator: " ")[1])) >= 0.0095)
        application.stop()
        _ = await life.value
    }
}
