import Foundation
import JetStream
import Locking
import NATSKit
import NIOCore
import Pipeline
import Templates
import Testing

@testable import NATSHandler

@Suite("The handler that publishes", .timeLimit(.minutes(2)))
struct NATSHandlerTests {
    private func message(_ data: String, id: String = "", type: String? = nil, sequence: UInt64) -> Message {
        let event = Event(
            id: ByteBuffer(string: id), type: type.map { ByteBuffer(string: $0) }, data: ByteBuffer(string: data))
        return Message(event, stream: "feed", sequence: sequence)
    }

    private func handler(
        _ node: NATSNode, stream: String = "EVENTS", publishTimeout: Duration = .seconds(20),
        reconnectPatience: Duration = .seconds(5), stored: @escaping @Sendable (Duration) -> Void = { _ in }
    ) throws -> NATSHandler {
        var settings = NATSSettings(servers: [node.url])
        settings.reconnectPatience = reconnectPatience
        return NATSHandler(
            NATSHandler.Options(
                stream: stream, subject: try SubjectTemplate("ev.{@stream}.{user}"), publishTimeout: publishTimeout),
            over: NATSConnection(settings), stored: stored)
    }

    private func handle(_ handler: NATSHandler, _ messages: [Message]) async throws -> [Outcome] {
        let answers = Collected<Answer>()
        let body = handler.makeBody(of: WorkerHandle(name: "worker.1.1"))
        _ = try await body.start()
        try await body.handle(Hand(messages, worker: "worker.1.1") { answers.add([$0]) })
        let all = try await answers.waitFor(messages.count)
        await body.stop(within: .seconds(1))
        return all.sorted { $0.index < $1.index }.map(\.outcome)
    }

    private func makeStream(_ handler: NATSHandler, _ name: String = "EVENTS", subjects: String = "ev.>") async throws {
        try await eventually("there is the stream \(name)") {
            try? await handler.connection.makeStream(StreamRequirements(name: name, subjects: [subjects]))
        }
    }

    @Test("each message is stored once by its identity, with its subject, its type and its id")
    func stored() async throws {
        let node = try NATSNode()
        try node.start()
        let times = Collected<Duration>()
        let handler = try handler(node) { times.add([$0]) }
        try await makeStream(handler)
        #expect(await handler.problem() == nil)
        let messages = (1...300).map {
            message(#"{"user":"u.\#($0 % 3)"}"#, id: "id\($0)", type: $0 == 1 ? "update" : nil, sequence: UInt64($0))
        }
        #expect(try await handle(handler, messages) == Array(repeating: .done, count: 300))
        // Dealt again, as after a crash.
        #expect(try await handle(handler, messages) == Array(repeating: .done, count: 300))
        // Each hand says once how long it took.
        #expect(try await times.waitFor(2).allSatisfy { $0 > .zero } && times.all.count == 2)
        #expect(try await handler.connection.stream("EVENTS")?.messages == 300)

        try await handler.connection.makeConsumer(
            ConsumerRequirements(name: "work", stream: "EVENTS", ackWait: .seconds(30), ackPending: 1000))
        let got = Collected<PulledMessage>()
        let consumer = PullConsumer(
            over: handler.connection, stream: "EVENTS", consumer: "work",
            headers: ["Ptr-Stream", "Ptr-Event", "Ptr-Id"]
        ) { got.add($0) }
        consumer.start()
        consumer.grant(300, bytes: 1 << 20)
        let all = try await got.waitFor(300)
        let ids = all.map { $0.header(HeaderName("Nats-Msg-Id")).map { String(buffer: $0) } }
        let first = all[try #require(ids.firstIndex(of: messages[0].deduplicationID))]
        #expect(first.subject == "ev.feed.u_1" && String(buffer: first.payload) == #"{"user":"u.1"}"#)
        let headers = first.headers((HeaderName("Ptr-Stream"), HeaderName("Ptr-Event"), HeaderName("Ptr-Id")))
        #expect([headers.0, headers.1, headers.2] == ["feed", "update", "id1"].map { ByteBuffer(string: $0) })
        #expect(Set(ids.compactMap(\.self)) == Set(messages.map(\.deduplicationID)))
        consumer.stop()
        await handler.close()
    }

    @Test("what is too large pays itself; what is the broker's is unavailable and says what is the matter")
    func outcomes() async throws {
        let node = try NATSNode()
        try node.start()
        let handler = try handler(node, publishTimeout: .milliseconds(700))
        let small = message("{}", sequence: 1)
        try await eventually("the missing stream is named") { () -> Bool? in
            guard case .unavailable(let reason, _)? = try await handle(handler, [small]).first else { return nil }
            return reason.contains("there is no stream EVENTS; make it") ? true : nil
        }
        await handler.close()

        let other = try self.handler(node, stream: "OTHER")
        let large = message(String(repeating: "x", count: 70_000), sequence: 2)
        try await makeStream(other, "OTHER")
        let outcomes = try await handle(other, [small, large])
        #expect(outcomes.first == .done)
        guard case .rejected(let reason)? = outcomes.last else { return #expect(Bool(false), "\(outcomes)") }
        #expect(reason.contains("max_payload is 65536"))
        await other.close()
        guard case .unavailable? = try await handle(other, [small]).first else { return #expect(Bool(false)) }
    }

    @Test("a broker that is down costs no attempt: unavailable, and done once it is back")
    func down() async throws {
        let node = try NATSNode()
        let handler = try handler(node, reconnectPatience: .milliseconds(500))
        let one = message("{}", sequence: 1)
        guard case .unavailable(let reason, _)? = try await handle(handler, [one]).first else {
            return #expect(Bool(false))
        }
        #expect(reason.contains("no connection to the broker"))
        try node.start()
        try await makeStream(handler)
        #expect(try await handle(handler, [one]) == [.done])
        await handler.close()
    }

    @Test("what another daemon publishes is answered for if it has an id, and else given up; in doubt it waits")
    func permits() async throws {
        let node = try NATSNode()
        try node.start()
        let permit = Locked(NATSHandler.Permit.granted)
        let handler = NATSHandler(
            NATSHandler.Options(
                stream: "EVENTS", subject: try SubjectTemplate("ev.x"), publishTimeout: .seconds(20)),
            over: NATSConnection(NATSSettings(servers: [node.url]))
        ) { _ in permit.withLock(\.self) }
        try await makeStream(handler)
        let messages = [message("1", id: "a", sequence: 1), message("2", sequence: 2)]
        #expect(try await handle(handler, messages) == [.done, .done])
        permit.withLock { $0 = .elsewhere }
        let outcomes = try await handle(handler, [message("3", id: "b", sequence: 3), message("4", sequence: 4)])
        #expect(outcomes.first == .done)
        guard case .rejected(let reason)? = outcomes.last else { return #expect(Bool(false), "\(outcomes)") }
        #expect(reason.contains("another daemon took stream feed"))
        permit.withLock { $0 = .nowhere }
        guard case .rejected(let why)? = try await handle(handler, [message("6", id: "d", sequence: 6)]).first else {
            return #expect(Bool(false), "it is lost")
        }
        #expect(why.contains("nobody is known to go on from here"))
        permit.withLock { $0 = .notNow("nobody knows") }
        #expect(
            try await handle(handler, [message("5", id: "c", sequence: 5)]) == [
                .unavailable("nobody knows", after: nil)
            ])
        #expect(try await handler.connection.stream("EVENTS")?.messages == 2)
        await handler.close()
    }

    @Test("what waits to be sent again is not sent when another daemon has it meanwhile")
    func permitsOfTries() async throws {
        let node = try NATSNode()
        try node.start()
        let tries = Locked(0)
        let handler = NATSHandler(
            NATSHandler.Options(
                stream: "EVENTS", subject: try SubjectTemplate("ev.x"), publishTimeout: .seconds(20)),
            over: NATSConnection(NATSSettings(servers: [node.url]))
        ) { _ in
            // The body's look and that before the first try; nobody takes the message, so there would be a second one.
            tries.withLock { tries in
                tries += 1
                return tries <= 2 ? .granted : .elsewhere
            }
        }
        try await makeStream(handler, "OTHER", subjects: "other")
        #expect(try await handle(handler, [message("1", id: "a", sequence: 1)]) == [.done])
        try await makeStream(handler)
        #expect(try await handler.connection.stream("EVENTS")?.messages == 0)
        await handler.close()
    }

    @Test("a body that was killed answers for nothing more and sends nothing again")
    func killed() async throws {
        let node = try NATSNode()
        try node.start()
        let handler = try handler(node)
        try await makeStream(handler, "OTHER", subjects: "other")
        let answers = Collected<Answer>()
        let body = handler.makeBody(of: WorkerHandle(name: "worker.1.1"))
        try await body.handle(Hand([message("{}", sequence: 1)], worker: "worker.1.1") { answers.add([$0]) })
        await body.kill()
        // Its subject is nobody's so far; now it is.
        try await makeStream(handler)
        #expect(try await handle(handler, [message("{}", sequence: 2)]) == [.done])
        #expect(try await handler.connection.stream("EVENTS")?.messages == 1)
        #expect(answers.all.isEmpty)
        await handler.close()
    }
}
