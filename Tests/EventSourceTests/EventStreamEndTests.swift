import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import Testing

@testable import EventSource

@Suite("The event that ends a stream")
struct EventStreamEndTests {
    /// Streams that are answered by these bodies, one after the other, as one connection each.
    private func source(
        _ bodies: [String], _ end: EventStreamEnd, comments: Bool = false, method: String = "GET", random: Double = 0
    ) -> EventSource {
        var configuration = untimed("http://127.0.0.1/")
        configuration.end = end
        configuration.method = method
        configuration.reportsComments = comments
        let rest = NIOLockedValueBox(bodies[...])
        let transport = ScriptedTransport {
            guard let body = rest.withLockedValue({ $0.popFirst() }) else {
                return ScriptedConnection(
                    head: .success(HTTPResponseHead(version: .http1_1, status: .noContent)))
            }
            return ScriptedConnection(body: [body])
        }
        return EventSource(configuration, transport: transport, clock: LeapingClock(), random: { random }, logger: nil)
    }

    private struct Seen: Equatable {
        var data: [String] = []
        var commits: [EventStreamCommit] = []
        var ends: [EventSourceError.Code] = []
    }

    private func read(_ source: EventSource) async -> Seen {
        var seen = Seen()
        for await update in source {
            switch update {
            case .batch(let batch):
                seen.data += batch.events.map(\.dataString)
                seen.commits += batch.commits
            case .waiting(_, let error), .failed(let error): seen.ends.append(error.code)
            case .connecting, .open: break
            }
        }
        return seen
    }

    @Test(
        "is known by its data, exactly, or by its type; it is no event, and nothing behind it is one",
        arguments: [
            (EventStreamEnd(data: "[DONE]"), "data: [DONE]\n\n"),
            (EventStreamEnd(type: "message_stop"), "event: message_stop\ndata: {}\n\n"),
            (EventStreamEnd(data: "[DONE]", type: "stop"), "event: stop\ndata: x\n\n"),
            (EventStreamEnd(data: "[DONE]", type: "stop"), "event: other\ndata: [DONE]\n\n"),
            (EventStreamEnd(data: "one\ntwo"), "data: one\ndata: two\n\n"),
        ])
    func known(end: EventStreamEnd, event: String) async {
        let near = "data: [DONE] \n\ndata: x[DONE]\n\nevent: message_stops\ndata: a\n\nevent: Stop\ndata: b\n\n"
        let seen = await read(source([near + event + "data: behind\n\nid: 9\n\n", "data: again\n\n"], end))
        #expect(seen.data == ["[DONE] ", "x[DONE]", "a", "b"])
        #expect(seen.ends == [.endedByEvent])
        #expect(seen.commits == [EventStreamCommit(eventsBefore: 4, lastEventID: ByteBuffer(), isSkippedEvent: true)])
    }

    @Test("an event without a type has the type message")
    func unnamed() async {
        let seen = await read(
            source(["event: a\ndata: 1\n\ndata: 2\n\ndata: 3\n\n"], EventStreamEnd(type: "message")))
        #expect(seen.data == ["1"])
    }

    @Test("the id of the end counts, and none of what stands behind it; comments behind it are not told")
    func position() async throws {
        let body = ": a\nid: 1\ndata: 1\n\n: b\nid: 2\ndata: [DONE]\n\n: c\nid: 3\ndata: 3\n\n"
        var stream = source([body], EventStreamEnd(data: "[DONE]"), comments: true).makeAsyncIterator()
        try await stream.connecting()
        try await stream.open()
        guard case .batch(let batch) = await stream.next() else { return _ = Issue.record("no batch") }
        #expect(batch.lastEventID == ByteBuffer(string: "2"))
        #expect(batch.items.count == 3 && batch.commentTexts.map { String(buffer: $0) } == [" a", " b"])
        #expect(
            batch.commits == [
                EventStreamCommit(eventsBefore: 1, lastEventID: ByteBuffer(string: "2"), isSkippedEvent: true)
            ])
        let error = try await stream.failed()
        #expect(error.code == .endedByEvent && !error.isTemporary)
    }

    @Test(
        "reconnect: the next connection follows the wait of a regular end; where the server sends the end again, it goes on behind it"
    )
    func reconnect() async throws {
        let end = EventStreamEnd(data: "[DONE]", then: .reconnect)
        let seen = await read(
            source(
                [
                    "id: 1\ndata: 1\n\nid: 2\ndata: [DONE]\n\ndata: x\n\n",
                    "id: 2\ndata: [DONE]\n\nid: 3\ndata: 3\n\nid: 4\ndata: [DONE]\n\n",
                    "id: 5\ndata: 5\n\n",
                ], end))
        #expect(seen.data == ["1", "3", "5"])
        #expect(seen.ends == [.endedByEvent, .endedByEvent, .endedByServer, .stoppedByServer])
        #expect(seen.commits.map { String(buffer: $0.lastEventID) } == ["2", "2", "4"])
        // One that always has the same ID is an end each time, wherever else it stands.
        let same = await read(
            source(["data: 1\n\nid: z\ndata: [DONE]\n\n", "id: 2\ndata: 2\n\nid: z\ndata: [DONE]\n\ndata: x\n\n"], end))
        #expect(same.data == ["1", "2"])
        #expect(same.ends == [.endedByEvent, .endedByEvent, .stoppedByServer])
        var stream = source(["data: [DONE]\n\n"], end).makeAsyncIterator()
        try await stream.connecting()
        try await stream.open()
        let (delay, error) = try await stream.waiting()
        #expect(delay == ReconnectSchedule().initialDelay && error.code == .endedByEvent)
    }

    @Test("a question whose answer breaks off is asked again after waits that grow, whatever came of it")
    func brokenAnswers() async throws {
        for (method, grows) in [("GET", false), ("POST", true)] {
            var stream = source(
                Array(repeating: "data: 1\n\n", count: 4), EventStreamEnd(data: "[DONE]"), method: method, random: 0.9
            ).makeAsyncIterator()
            var delays: [Duration] = []
            while delays.count < 4, let update = await stream.next() {
                if case .waiting(let delay, _) = update { delays.append(delay) }
            }
            #expect((delays[3] > delays[0] * 2) == grows, "\(delays)")
        }
    }

    @Test("for who reads single events, they end there")
    func events() async throws {
        var seen: [String] = []
        for try await event in source(["data: 1\n\ndata: [DONE]\n\n"], EventStreamEnd(data: "[DONE]")).events {
            seen.append(event.dataString)
        }
        #expect(seen == ["1"])
    }
}
