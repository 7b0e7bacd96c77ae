import JetStream
import Locking
import Logging
import NATSKit
import NIOCore
import Pipeline
import Supervision
import Templates
import Testing

@testable import NATSHandler

@Suite("What the broker stores, by the identity of events", .timeLimit(.minutes(2)))
struct StoredOnceTests {
    /// Six events of one id of their own, ids that go on, ids that come back, and one each.
    private static let events: [Event] =
        (1...6).map { _ in named("six", "7") }
        + [named("own", "8"), named("own", "8", isOwn: false), named("other", "8", isOwn: false)]
        + [named("back", "7"), named("back", "7")] + (9...60).map { named("x", "\($0)") }

    private static func named(_ data: String, _ id: String, isOwn: Bool = true) -> Event {
        Event(id: ByteBuffer(string: id), hasOwnID: isOwn, data: ByteBuffer(string: data))
    }

    private func broker() async throws -> (NATSNode, NATSConnection) {
        let node = try NATSNode()
        try node.start()
        let connection = NATSConnection(NATSSettings(servers: [node.url]))
        connection.start()
        try await eventually("there is a stream") {
            try? await connection.makeStream(StreamRequirements(name: "EVENTS", subjects: ["ev.>"]))
        }
        return (node, connection)
    }

    /// A life of an edge: it publishes all that its feed brings, and stops.
    private func edge(_ node: NATSNode, _ store: KeptState, _ feed: TestFeed) async throws {
        let handler = NATSHandler(
            NATSHandler.Options(stream: "EVENTS", subject: try SubjectTemplate("ev.{@stream}")),
            over: NATSConnection(NATSSettings(servers: [node.url])))
        let application = Application(
            sources: [feed], handler: handler, store: store, wallClock: { 0 }, logger: Logger(label: "edge"))
        try await application.recover()
        let run = Task { await application.run() }
        let count = UInt64(feed.events.count)
        try await eventually("all is published: \(application.status.messages)") {
            let status = application.status
            let repeated = status.streams.reduce(0) { $0 + $1.repeated }
            return status.messages.processed + repeated == count && status.messages.inFlight == 0 ? true : nil
        }
        #expect(await application.drain(within: .seconds(5)) == 0)
        application.stop()
        _ = await run.value
        await handler.close()
    }

    @Test("two edges on one feed with ids store each event once: six of one id, inherited ids, ids that come back")
    func twoEdges() async throws {
        let (node, connection) = try await broker()
        try await edge(node, KeptState(secret: [1]), TestFeed(Self.events))
        #expect(try await connection.stream("EVENTS")?.messages == UInt64(Self.events.count))
        try await edge(node, KeptState(secret: [2]), TestFeed(Self.events))
        #expect(try await connection.stream("EVENTS")?.messages == UInt64(Self.events.count))
        await connection.close()
    }

    @Test("what is sent again after a restart is stored once; without ids nothing is taken for something else")
    func restart() async throws {
        let (node, connection) = try await broker()
        let state = KeptState(secret: [1])
        try await edge(node, state, TestFeed(Array(Self.events.prefix(4))))
        // As after a crash: nothing of it was stored here.
        try await edge(node, KeptState(secret: [3]), TestFeed(Self.events))
        try await edge(node, state, TestFeed(Self.events))
        #expect(try await connection.stream("EVENTS")?.messages == UInt64(Self.events.count))
        let nameless = (1...10).map { _ in Event(data: ByteBuffer(string: "same")) }
        for _ in 1...2 { try await edge(node, state, TestFeed(nameless, name: "nameless")) }
        #expect(try await connection.stream("EVENTS")?.messages == UInt64(Self.events.count + 20))
        await connection.close()
    }
}

/// A server that sends all it has at each connection.
private struct TestFeed: Source {
    let events: [Event]
    let name: String
    let location = "http://feed/"
    let positions = PositionPolicy()

    init(_ events: [Event], name: String = "feed") {
        self.events = events
        self.name = name
    }

    func run(_ intake: StreamIntake) async throws {
        _ = try await intake.resumptionIDs()
        intake.connected(after: ByteBuffer(), refused: [])
        _ = intake.opened()
        try await intake.bring(events, bytes: 0)
        try await intake.waitUntilStopped()
    }
}

/// What an edge keeps.
private final class KeptState: StateStore {
    private let kept = Locked<[String: Checkpoint]>([:])
    private let key: [UInt8]

    init(secret: [UInt8]) { key = secret }

    func secret() async throws -> [UInt8] { key }

    func checkpoints() async throws -> [Checkpoint] { kept.withLock { Array($0.values) } }

    func commit(_ commit: StateCommit) async throws {
        kept.withLock { kept in for checkpoint in commit.checkpoints { kept[checkpoint.stream] = checkpoint } }
    }
}
