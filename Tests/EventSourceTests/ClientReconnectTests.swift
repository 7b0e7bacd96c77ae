import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Testing

@testable import EventSource

@Suite("Connecting again")
struct ClientReconnectTests {
    @Test("C5 the end of the body is followed by the reconnection time and another connection")
    func endOfBody() async throws {
        try await withFeed { server, client in
            var stream = EventSource.leaping(untimed(server.url), client: client).makeAsyncIterator()
            for _ in 0..<3 {
                try await stream.connecting()
                let ended = server.answer {
                    try await $0.stream("data: a\n\ndata: pending\n")
                    try await $0.end()
                }
                try await stream.open()
                #expect(try await stream.events(1) == [PlainEvent("a")])
                _ = try await ended.value
                let (delay, error) = try await stream.waiting()
                #expect(delay == .seconds(3))
                #expect(error.code == .endedByServer)
            }
        }
    }

    @Test("C2 C7 a body that breaks off, and a refused connection, are reasons to connect again, with the same ID")
    func brokenBody() async throws {
        try await withFeed { server, client in
            var stream = EventSource.leaping(untimed(server.url), client: client).makeAsyncIterator()
            try await stream.connecting()
            async let first = server.nextStream("retry: 10\nid: 7\ndata: a\n\nid: 8\n")
            try await stream.open()
            #expect(try await stream.events(1) == [PlainEvent("a", id: "7")])
            try await first.hangUp()
            var (delay, error) = try await stream.waiting()
            #expect(error.code == .connection)
            // The floor holds although the server asked for 10 ms.
            #expect(delay == .milliseconds(100))

            for attempt in 1...2 {
                try await stream.connecting(attempt)
                let hungUp = server.answer { try await $0.hangUp() }
                (delay, error) = try await stream.waiting()
                #expect(error.code == .connection)
                #expect(try await hungUp.value.request.headers["Last-Event-ID"] == ["7"])
            }

            try await server.stop()
            try await stream.connecting(3)
            (delay, error) = try await stream.waiting()
            #expect(error.code == .connect)
            #expect(error.reason.contains("refused"))
        }
    }

    @Test("C2 a reset is a reason to connect again")
    func reset() async throws {
        try await withFeed { server, client in
            var stream = EventSource.leaping(untimed(server.url), client: client).makeAsyncIterator()
            try await stream.connecting()
            async let first = server.nextStream("data: a\n\n")
            try await stream.open()
            _ = try await stream.events(1)
            try await first.reset()
            #expect(try await stream.waiting().1.code == .connection)
            try await stream.connecting(1)
        }
    }

    @Test(
        "C2 events that came before the body broke off are delivered, however late they are read",
        arguments: [1, 1000, 100_000])
    func eventsBeforeBreak(count: Int) async throws {
        try await withFeed { server, client in
            var stream = EventSource.leaping(untimed(server.url), client: client).makeAsyncIterator()
            try await stream.connecting()
            let hungUp = server.answer {
                try await $0.stream(String(repeating: "data: 0123456789\n\n", count: count) + "data: pending")
                try await $0.hangUp()
            }
            try await stream.open()
            // What fits into the sockets' buffers is sent, and the end behind it, before anything is read.
            if count <= 1000 { _ = try await hungUp.value }
            #expect(try await stream.events(count).count == count)
            #expect(try await stream.waiting().1.code == .connection)
            _ = try await hungUp.value
        }
    }

    @Test("C2 a name that does not resolve is a reason to connect again")
    func unknownName() async throws {
        try await withFeed { _, client in
            var stream = EventSource.leaping(untimed("http://does-not-exist.invalid/"), client: client)
                .makeAsyncIterator()
            try await stream.connecting()
            let (_, error) = try await stream.waiting()
            #expect(error.code == .dns)
            #expect(error.isTemporary)
        }
    }

    @Test("C2 a failure of TLS is a reason to connect again")
    func tls() async throws {
        try await withFeed { server, client in
            var stream = EventSource.leaping(untimed("https://127.0.0.1:\(server.port)/"), client: client)
                .makeAsyncIterator()
            try await stream.connecting()
            // The server does not speak TLS.
            #expect(try await stream.waiting().1.code == .tls)
        }
    }

    @Test("C2 an answer that is not HTTP is a reason to connect again")
    func notHTTP() async throws {
        try await withFeed { server, client in
            var stream = EventSource.leaping(untimed(server.url), client: client).makeAsyncIterator()
            try await stream.connecting()
            let answered = server.answer { try await $0.sendRaw("hello?\r\n\r\n") }
            #expect(try await stream.waiting().1.code == .connection)
            _ = try await answered.value
        }
    }

    @Test("C7 the waits grow while nothing comes, and are the reconnection time again after an event")
    func growth() async throws {
        try await withFeed { server, client in
            let source = EventSource(
                untimed(server.url), client: client, clock: LeapingClock(), random: { 0.5 })
            var stream = source.makeAsyncIterator()
            var delays: [Duration] = []
            for attempt in 1...4 {
                try await stream.connecting(attempt)
                let ended = server.answer {
                    try await $0.stream(": no event\n\n")
                    try await $0.end()
                }
                try await stream.open()
                delays.append(try await stream.waiting().0)
                _ = try await ended.value
            }
            #expect(delays == [.seconds(3), .milliseconds(4500), .milliseconds(7500), .milliseconds(13500)])
            try await stream.connecting(5)
            let ended = server.answer {
                try await $0.stream("data\n\n")
                try await $0.end()
            }
            try await stream.open()
            #expect(try await stream.waiting().0 == .seconds(3))
            _ = try await ended.value
            try await stream.connecting(1)
        }
    }

    @Test("C7 retry: sets the reconnection time, for later connections too")
    func retry() async throws {
        try await withFeed { server, client in
            var stream = EventSource.leaping(untimed(server.url), client: client).makeAsyncIterator()
            for text in ["retry: 7000\ndata\n\n", "data\n\n"] {
                try await stream.connecting()
                let ended = server.answer {
                    try await $0.stream(text)
                    try await $0.end()
                }
                try await stream.open()
                #expect(try await stream.waiting().0 == .seconds(7))
                _ = try await ended.value
            }
        }
    }

    @Test("an ID that cannot stand in a header is not sent, and no other in its place")
    func controlCharacters() async throws {
        try await withFeed { server, client in
            var stream = EventSource.leaping(untimed(server.url), client: client).makeAsyncIterator()
            try await stream.connecting()
            let ended = server.answer {
                try await $0.stream("id: a\u{1}b\ndata\n\n")
                try await $0.end()
            }
            try await stream.open()
            _ = try await stream.waiting()
            _ = try await ended.value
            try await stream.connecting()
            async let second = server.nextStream()
            try await stream.open()
            #expect(try await !second.request.headers.contains(name: "Last-Event-ID"))
        }
    }

    @Test("C9 an event over the limit ends the stream, after the events before it")
    func tooLarge() async throws {
        try await withFeed { server, client in
            var configuration = untimed(server.url)
            configuration.limits = EventStreamLimits(maximumEventBytes: 10)
            var stream = EventSource.leaping(configuration, client: client).makeAsyncIterator()
            try await stream.connecting()
            async let exchange = server.nextStream("data: a\n\ndata: 0123456789A\n\ndata: b\n\n")
            try await stream.open()
            #expect(try await stream.events(1) == [PlainEvent("a")])
            #expect(try await stream.failed().code == .tooLarge)
            try await exchange.closed()
        }
    }

    @Test("a batch counts bytes, comments, and what was skipped, and tells the committed ID")
    func batch() async throws {
        try await withFeed { server, client in
            var configuration = untimed(server.url)
            configuration.limits = EventStreamLimits(maximumEventBytes: 10, policy: .skip)
            var stream = EventSource.leaping(configuration, client: client).makeAsyncIterator()
            try await stream.connecting()
            let text = ":ok\n\ndata: a\n\ndata: 0123456789A\n\nid: 5\n\n"
            async let exchange = server.nextStream(text)
            try await stream.open()
            guard case .batch(let batch) = await stream.next() else { return #expect(Bool(false)) }
            #expect(batch.events.map(\.dataString) == ["a"])
            #expect(batch.bytes == text.utf8.count)
            #expect(batch.comments == 1)
            #expect(batch.skippedEvents == 1)
            #expect(batch.truncatedEvents == 0)
            #expect(batch.lastEventID == ByteBuffer(string: "5"))
            _ = try await exchange
        }
    }
}
