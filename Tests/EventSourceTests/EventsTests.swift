import NIOConcurrencyHelpers
import NIOCore
import Testing

@testable import EventSource

@Suite("Single events")
struct EventsTests {
    @Test("events come one by one, over the end of a connection, until the stream fails for good")
    func untilFailure() async throws {
        try await withFeed { server, client in
            let answered = server.answer {
                try await $0.stream("id: 1\ndata: a\n\ndata: b\n\n: comment\n\ndata: c\n\n")
                try await $0.end()
                try await server.nextStream("data: d\n\n").end()
                try await server.next().respond(.noContent)
            }
            var seen: [String] = []
            let error = await #expect(throws: EventSourceError.self) {
                for try await event in EventSource.leaping(untimed(server.url), client: client).events {
                    seen.append(event.dataString)
                }
            }
            #expect(seen == ["a", "b", "c", "d"])
            #expect(error?.code == .stoppedByServer)
            _ = try await answered.value
        }
    }

    @Test("the state of the stream is told on the side, in order, before the events that follow")
    func states() async throws {
        try await withFeed { server, client in
            let answered = server.answer {
                try await $0.stream("data: a\n\n")
                try await $0.end()
                try await server.next().respond(.notFound)
            }
            let told = NIOLockedValueBox<[String]>([])
            let events = EventSource.leaping(untimed(server.url), client: client).events { update in
                let name =
                    switch update {
                    case .connecting(let attempt): "connecting \(attempt)"
                    case .open: "open"
                    case .batch: "batch"
                    case .waiting(let delay, let error): "waiting \(delay / .seconds(1)) \(error.code)"
                    case .failed(let error): "failed \(error.code)"
                    }
                told.withLockedValue { $0.append(name) }
            }
            var iterator = events.makeAsyncIterator()
            #expect(try await iterator.next()?.dataString == "a")
            #expect(told.withLockedValue { $0 } == ["connecting 1", "open"])
            await #expect(throws: EventSourceError.self) { try await iterator.next() }
            #expect(
                told.withLockedValue { $0.dropFirst(2) } == [
                    "waiting 3.0 ended_by_server", "connecting 1", "failed refused",
                ])
            #expect(try await iterator.next() == nil)
            _ = try await answered.value
        }
    }

    @Test("C6 after cancelling nothing comes, not even what has been read already")
    func cancelled() async throws {
        try await withFeed { server, client in
            let source = EventSource.leaping(untimed(server.url), client: client)
            let reader = Task {
                var iterator = source.events.makeAsyncIterator()
                let first = try await iterator.next()
                withUnsafeCurrentTask { $0?.cancel() }
                return (first?.dataString, try await iterator.next())
            }
            let exchange = try await server.nextStream("data: a\n\ndata: b\n\n")
            let (first, second) = try await reader.value
            #expect(first == "a")
            #expect(second == nil)
            try await exchange.closed()
        }
    }
}
