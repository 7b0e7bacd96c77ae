import ControlAPI
import ControlClient
import Glibc
import Locking
import Logging
import NIOCore
import Pipeline
import PrometheusMetrics
import Supervision
import TestKit
import Testing

@testable import ControlServer

@Suite("The questions of the API, to a living tree", .timeLimit(.minutes(1)))
struct QuestionTests {
    @Test("events: what happened, by kind and number, in order; changes by operators among them")
    func events() async throws {
        let life = Life()
        try await life.handled(6)
        await life.control.note(
            AuditRecord(caller: Caller(pid: 7, uid: 1000, gid: 100), request: "scale to 2", refusal: nil))
        await life.control.note(
            AuditRecord(caller: nil, request: "drain", refusal: ControlFailure(.precondition, "not now")))
        _ = try await life.control.scale(.target(2))
        let events = await life.control.events(EventsRequest(kinds: [.control, .scale], after: 0))
        let control = events.events.filter { $0.kind == .control }
        #expect(control.map(\.level) == [.notice, .warning])
        #expect(control.first?.fields["uid"] == "1000" && control.first?.message.contains("scale to 2") == true)
        #expect(control.last?.message.contains("not now") == true)
        #expect(events.events.contains { $0.kind == .scale && $0.fields["pinned"] == "2" })
        #expect(events.events.map(\.id) == events.events.map(\.id).sorted() && events.missed == 0)
        #expect(events.events.allSatisfy { $0.time == "2026-01-31T09:30:00.123456Z" })
        let all = await life.control.events(EventsRequest(limit: 1))
        #expect(all.events.count == 1 && all.events.last?.id == all.next - 1)
        await life.end()
    }

    @Test("following begins after a number, goes on as things happen, and ends with the tree")
    func follow() async throws {
        let life = Life()
        try await life.handled(6)
        let before = await life.control.events(EventsRequest(kinds: [.control])).next - 1
        await life.control.note(AuditRecord(caller: nil, request: "one"))
        var events = try await life.control.follow(EventsSubscription(kinds: [.control], after: before))
            .makeAsyncIterator()
        #expect(await events.next()?.message.hasSuffix("one") == true)
        await life.control.note(AuditRecord(caller: nil, request: "two"))
        #expect(await events.next()?.message.hasSuffix("two") == true)
        await life.end()
        #expect(await events.next() == nil)
    }

    @Test("a crash is explained: what, why, the message, and what was done")
    func crash() async throws {
        let life = Life(broken: "3")
        try await life.settled { $0.deadLettered == 1 && $0.inFlight == 0 }
        var crashes = await life.control.crashes(CrashesRequest()).crashes
        while crashes.count < 3 || crashes.contains(where: { $0.action != .restarted }) {
            try await nextTurn()
            crashes = await life.control.crashes(CrashesRequest()).crashes
        }
        #expect(crashes.map(\.id) == [1, 2, 3] && crashes.allSatisfy { $0.cause == .message && !$0.charged })
        #expect(crashes.map { $0.message?.fate } == [.retried, .retried, .deadLettered])
        #expect(crashes.allSatisfy { $0.replacedInMicroseconds != nil && $0.replacement != nil })
        #expect(try await life.control.crash(CrashDetailRequest(id: 2)) == crashes[1])
        await #expect(throws: ControlFailure.self) { try await life.control.crash(CrashDetailRequest(id: 4)) }
        let kinds = await life.control.events(EventsRequest()).events.map(\.kind)
        #expect(kinds.contains(.message) && kinds.count { $0 == .crash } == 3)
        await life.end()
    }

    @Test("tree, workers and top agree with the status")
    func pool() async throws {
        let life = Life(max: 1)
        try await life.handled(6)
        let tree = await life.control.tree()
        let pool = try #require(tree.root.children.first { $0.id == "main_supervisor" })
        #expect(tree.root.strategy == "one_for_one" && tree.root.budget?.left == 5)
        #expect(pool.children.count == 1 && pool.children.first?.children.count == 2)
        let workers = await life.control.workers().workers
        #expect(workers.map(\.id) == ["worker.1.1", "worker.1.2"])
        #expect(workers.reduce(0) { $0 + $1.handled } == 6)
        let top = await life.control.top()
        #expect(top.supervisors.map(\.id) == ["direct_supervisor.1"] && top.supervisors.first?.handled == 6)
        #expect(top.status.messages.processed == 6 && top.history.intervalSeconds == 1)
        await life.end()
    }

    @Test("decisions: who decides, and while a size is pinned what the autoscaler would do")
    func decisions() async throws {
        let life = Life()
        try await life.handled(6)
        #expect(await life.control.decisions(DecisionsRequest()).automatic == nil)
        _ = try await life.control.scale(.target(2))
        var decisions = await life.control.decisions(DecisionsRequest(limit: 1))
        while decisions.decisions.last?.reason != "pinned" {
            try await nextTurn()
            decisions = await life.control.decisions(DecisionsRequest(limit: 1))
        }
        #expect(decisions.mode == .manual && decisions.target == 2 && decisions.automatic != nil)
        #expect(decisions.decisions.count == 1)
        await life.end()
    }

    @Test("a size that is pinned over the API stands among the decisions with the step and who took it")
    func pinnedBy() async throws {
        let life = Life()
        try await life.handled(6)
        let folder = try TemporaryFolder()
        let decisions = try await withServer(.path(folder.socket), plane: life.control) {
            let client = ControlClient(socket: folder.socket, timeout: .seconds(60))
            let before = try await client.status().scaling.target
            _ = try await client.scale(.target(before == 1 ? 2 : 1))
            return (before, try await client.answer(to: DecisionsRequest()).decisions)
        }
        let step = try #require(decisions.1.last { $0.reason == "pinned" && $0.from != $0.to })
        #expect(step.from == decisions.0 && step.to == (decisions.0 == 1 ? 2 : 1))
        let name = await UserNames().name(of: getuid())
        let who = Caller(pid: getpid(), uid: getuid(), gid: getgid(), name: name).words
        #expect(step.by == who)
        #expect(step.text == "pinned: from \(step.from) to \(step.to), by \(who)")
        await life.end()
    }

    @Test("a tap shows live messages")
    func tap() async throws {
        let life = Life(waits: true)
        let tap = try await life.control.tap(TapSubscription(stage: .done, text: "4"))
        life.begin()
        var items = tap.makeAsyncIterator()
        guard case .record(let record)? = await items.next() else {
            Issue.record("nothing was shown")
            return
        }
        #expect(record.data == "4" && record.stage == .done && record.type == "message" && record.bytes == 1)
        await life.end()
    }

    @Test("metrics are as the status says, in the text format")
    func metrics() async throws {
        let life = Life(broken: "3")
        try await life.settled { $0.deadLettered == 1 && $0.inFlight == 0 }
        let lines = Set(await life.control.metrics().split(separator: "\n").map(String.init))
        #expect(lines.contains(#"ptrd_messages_total{outcome="processed"} 5"#))
        #expect(lines.contains(#"ptrd_messages_total{outcome="dead_lettered"} 1"#))
        #expect(lines.contains("ptrd_messages_received_total 6"))
        #expect(lines.contains("ptrd_messages_in_flight 0"))
        #expect(lines.contains("ptrd_execution_seconds_count 5"))
        #expect(lines.contains(#"ptrd_stream_state{state="open",stream="a"} 1"#))
        #expect(lines.contains(#"ptrd_stream_events_total{stream="a"} 6"#))
        #expect(lines.contains(#"ptrd_source_pending{stream="a"} 7"#))
        #expect(lines.contains(#"ptrd_source_oldest_seconds{stream="a"} 3"#))
        #expect(lines.contains(#"ptrd_source_redelivered_total{stream="a"} 2"#))
        // Asked again, nothing is counted twice.
        #expect(await life.control.metrics().contains("ptrd_messages_received_total 6\n"))
        let names = Set(lines.filter { $0.hasPrefix("# TYPE") }.map { $0.split(separator: " ")[2] })
        #expect(names.allSatisfy { PipelineMetrics.descriptions[String($0)] != nil })
        #expect(names.count == PipelineMetrics.descriptions.count)
        await life.end()
    }
}

/// A small tree on the real clock, with one stream of six messages: `1` to `6`.
private final class Life: Sendable {
    let application: Application
    let control: ApplicationControl
    private let run: Task<Supervisor.Ending, Never>
    private let start: AsyncStream<Void>.Continuation

    init(max: Int = 2, broken: String? = nil, waits: Bool = false) {
        var settings = ApplicationSettings()
        settings.scaling = ScalingPolicy(min: 1, max: max, workersPerSupervisor: 2, tick: .milliseconds(10))
        settings.initialBackoff = .milliseconds(1)
        settings.maximumBackoff = .milliseconds(1)
        settings.breaker.isEnabled = false
        let (started, start) = AsyncStream<Void>.makeStream()
        self.start = start
        let prometheus = PrometheusMetrics(descriptions: PipelineMetrics.descriptions)
        application = Application(
            settings: settings, sources: [SixMessages(started: started)], handler: Picky(broken: broken),
            store: NoStore(), metrics: prometheus, wallClock: { 1_769_851_800_123_456 },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        control = ApplicationControl(application, allowsCrashes: true) { prometheus.text() }
        run = Task { [application] in await application.run() }
        if !waits { begin() }
    }

    /// Lets the stream begin.
    func begin() { start.finish() }

    func settled(_ isSo: (LedgerSnapshot) -> Bool) async throws {
        while !isSo(application.status.messages) { try await nextTurn() }
    }

    func handled(_ count: UInt64) async throws {
        try await settled { $0.processed == count }
    }

    func end() async {
        application.stop()
        _ = await run.value
    }
}

private struct SixMessages: Source {
    let name = "a"
    let location = "test"
    let started: AsyncStream<Void>

    func run(_ intake: StreamIntake) async throws {
        for await _ in started {}
        intake.report { $0.broker = BrokerStatus(name: "S/c", pending: 7, oldest: .seconds(3), redelivered: 2) }
        _ = intake.opened()
        let events = (1...6).map {
            Pipeline.Event(id: ByteBuffer(string: "\($0)"), data: ByteBuffer(string: "\($0)"))
        }
        try await intake.bring(events, bytes: 6)
        try await Task.sleep(for: .seconds(3600))
    }
}

private struct Picky: MessageHandler {
    struct Broken: Error {}
    let broken: String?

    func handle(_ message: Message, in context: HandlerContext) async throws -> Outcome {
        if String(buffer: message.event.data) == broken { throw Broken() }
        return .done
    }
}

private struct NoStore: StateStore {
    func checkpoints() async throws -> [Checkpoint] { [] }
    func commit(_ commit: StateCommit) async throws {}
}
