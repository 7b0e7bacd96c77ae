import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Testing

@testable import EventSource

@Suite("A connection's end never overtakes what it brought")
struct LastBytesTests {
    enum Ending: CaseIterable {
        /// The last chunk, then FIN.
        case complete
        /// FIN in the middle of the body.
        case cut
        /// The same, without a word of TLS.
        case dropped
        /// A part of a chunk, then FIN.
        case torn
        /// What is no chunk, then FIN.
        case malformed
        /// RST.
        case reset
    }

    private static let count = 1000

    @Test("all events of a burst are delivered to a slow reader", arguments: Ending.allCases, [false, true])
    func burst(ending: Ending, overTLS: Bool) async throws {
        var configuration = HTTPClient.Configuration.eventStreams
        configuration.tlsConfiguration = try TestCertificates.clientTLS
        configuration.httpVersion = .http1Only
        let server = try await FeedServer.start(tls: overTLS ? TestCertificates.serverTLS() : nil)
        let url = "\(overTLS ? "https" : "http")://127.0.0.1:\(server.port)/"
        // More than the client reads ahead, and less than what then fits into the sockets' buffers; on a reset the system
        // drops what did not fit into the receiver's.
        let padding = String(repeating: "x", count: ending == .reset ? 0 : 1100)
        let text = (0..<Self.count).map { "data: \($0) \(padding)\n\n" }.joined()
        try await withClient(configuration) { client in
            var stream = EventSource.leaping(untimed(url), client: client).makeAsyncIterator()
            try await stream.connecting()
            let ended = server.answer { exchange in
                try await exchange.stream(text)
                switch ending {
                case .complete: try await exchange.end()
                case .cut: break
                case .torn: try await exchange.sendRaw("ff\r\ndata: torn")
                case .malformed: try await exchange.sendRaw("no chunk\r\n")
                case .dropped: return try await exchange.drop()
                case .reset: return try await exchange.reset()
                }
                try? await exchange.hangUp()
            }
            try await stream.open()
            // Nothing is read before the connection has ended.
            _ = try await ended.value
            try await ended.value.closed()
            var events: [PlainEvent] = []
            var last: EventSourceError?
            while last == nil {
                switch await stream.next() {
                case .batch(let batch): events += batch.events.map(PlainEvent.init)
                case .waiting(_, let error)?: last = error
                default: throw CancellationError()
                }
            }
            #expect(events == (0..<Self.count).map { PlainEvent("\($0) \(padding)") })
            #expect(last?.code == (ending == .complete ? .endedByServer : .connection))
            if ending == .malformed {
                #expect(
                    last?.reason == "the server does not speak HTTP as it should: the size of a chunk is no number")
            }
        }
        try await server.stop()
    }

    @Test("a stream that is delimited by its end brings all of it, with and without TLS", arguments: [false, true])
    func delimitedByEnd(overTLS: Bool) async throws {
        var configuration = HTTPClient.Configuration.eventStreams
        configuration.tlsConfiguration = try TestCertificates.clientTLS
        configuration.httpVersion = .http1Only
        let server = try await FeedServer.start(tls: overTLS ? TestCertificates.serverTLS() : nil)
        let url = "\(overTLS ? "https" : "http")://127.0.0.1:\(server.port)/"
        let text = (0..<Self.count).map { "data: \($0)\n\n" }.joined()
        try await withClient(configuration) { client in
            var stream = EventSource.leaping(untimed(url), client: client).makeAsyncIterator()
            try await stream.connecting()
            let ended = server.answer { exchange in
                try await exchange.sendRaw("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n\(text)")
                try await exchange.hangUp()
            }
            try await stream.open()
            _ = try await ended.value
            #expect(try await stream.events(Self.count) == (0..<Self.count).map { PlainEvent("\($0)") })
            #expect(try await stream.waiting().1.code == .endedByServer)
        }
        try await server.stop()
    }
}
