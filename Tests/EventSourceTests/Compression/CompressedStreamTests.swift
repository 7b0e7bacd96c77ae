import Foundation
import NIOCore
import NIOHTTP1
import TestKit
import Testing

@testable import EventSource

@Suite("C10 compressed streams", .timeLimit(.minutes(10)))
struct CompressedStreamTests {
    private func configuration(_ server: FeedServer, _ compression: EventStreamCompression) -> EventSourceConfiguration
    {
        var configuration = untimed(server.url)
        configuration.compression = compression
        return configuration
    }

    @Test(
        "what is asked for, and what is taken",
        arguments: [
            (EventStreamCompression.refused, "identity", nil), (.accepted, "identity", ContentCoding.gzip),
            (.requested, "gzip, deflate", .gzip),
        ])
    func asked(compression: EventStreamCompression, header: String, coding: ContentCoding?) throws {
        var configuration = EventSourceConfiguration(url: "http://127.0.0.1/")
        configuration.compression = compression
        configuration.headers = [("Accept-Encoding", "br")]
        #expect(try EventStreamRequest(configuration, lastEventID: "").headers["Accept-Encoding"] == [header])
        for name in ["gzip", "x-gzip", "GZIP"] {
            let head = HTTPResponseHead(
                version: .http1_1, status: .ok,
                headers: ["Content-Type": "text/event-stream", "Content-Encoding": name])
            switch EventStreamResponse(head, url: "", retryOnServerError: false, compression: compression) {
            case .open(let found): #expect(found == coding && coding != nil)
            case .refused(let error): #expect(coding == nil && error.code == .unsupportedContentEncoding)
            case .redirect: Issue.record("a redirect")
            }
        }
    }

    @Test(
        "what cannot be undone is refused, with its name",
        arguments: [
            ("Content-Encoding", "br"), ("Content-Encoding", "gzip, gzip"), ("Transfer-Encoding", "gzip, chunked"),
        ])
    func refused(header: String, value: String) {
        let head = HTTPResponseHead(
            version: .http1_1, status: .ok, headers: ["Content-Type": "text/event-stream", header: value])
        let answer = EventStreamResponse(
            head, url: "", retryOnServerError: false, policy: .persistent, compression: .requested)
        guard case .refused(let error) = answer else { return _ = Issue.record("\(answer)") }
        let name = value.replacing(", chunked", with: "")
        #expect(error.reason == "the server compressed the stream in a way that is not understood (\(name))")
        #expect(error.isTemporary && error.needsMending)
    }

    @Test("each event that is flushed is there before the next is sent", arguments: Deflater.Format.allCases)
    func flushed(format: Deflater.Format) async throws {
        try await withFeed { server, client in
            var stream = EventSource.leaping(configuration(server, .requested), client: client).makeAsyncIterator()
            try await stream.connecting()
            let answered = server.answer {
                try await $0.respond(headers: [
                    "Content-Type": "text/event-stream", "Content-Encoding": format == .gzip ? "gzip" : "deflate",
                ])
            }
            try await stream.open()
            let exchange = try await answered.value
            let deflater = Deflater(format)
            for number in 1...20 {
                try await exchange.send(ByteBuffer(bytes: deflater.add("data: \(number)\n\n", flush: true)))
                #expect(try await stream.events(1) == [PlainEvent("\(number)")])
            }
            try await exchange.send(ByteBuffer(bytes: deflater.add("data: last\n\n") + deflater.finish()))
            #expect(try await stream.events(1) == [PlainEvent("last")])
            try await exchange.end()
            #expect(try await stream.waiting().1.code == .endedByServer)
        }
    }

    @Test(
        "a stream that is corrupted again and again is lost and resumed: each event comes once, and none from behind a fault"
    )
    func corrupted() async throws {
        try await withFeed { server, client in
            let answered = server.answer { first in
                var exchange = first
                var asked: [[String]] = []
                for connection in 0..<6 {
                    asked.append(exchange.request.headers["Last-Event-ID"])
                    try await exchange.respond(headers: [
                        "Content-Type": "text/event-stream", "Content-Encoding": "gzip",
                    ])
                    let deflater = Deflater()
                    var bytes: [UInt8] = []
                    for number in connection * 10 + 1...connection * 10 + 10 {
                        bytes += deflater.add("id: \(number)\ndata: \(number)\n\n", flush: true)
                    }
                    switch connection {
                    // No block, and then something sound behind it.
                    case 0: bytes += [0xFF, 0xFF] + deflater.add("id: 99\ndata: 99\n\n", flush: true)
                    case 1: bytes += Array(deflater.finish().dropLast(6)) + [1, 2, 3, 4, 5, 6]
                    case 2: bytes += deflater.finish() + Deflater.whole("") + Array("id: 98\ndata: 98\n\n".utf8)
                    // In the middle of an event.
                    case 3: bytes += deflater.add("data: not all of it\n\n") + deflater.finish().dropLast(12)
                    // Without a checksum, padded.
                    case 4: bytes += deflater.finish().dropLast(8)
                    default: bytes += deflater.finish()
                    }
                    try await exchange.send(ByteBuffer(bytes: bytes))
                    if connection > 2 { try await exchange.end() }
                    exchange = try await server.next()
                }
                try await exchange.respond(.noContent)
                #expect(asked == [[]] + (1...5).map { ["\($0 * 10)"] })
            }
            var (seen, reasons): ([String], [String]) = ([], [])
            for await update in EventSource.leaping(configuration(server, .accepted), client: client) {
                switch update {
                case .batch(let batch): seen += batch.events.map(\.dataString)
                case .waiting(_, let error): reasons.append(error.reason)
                default: break
                }
            }
            #expect(seen == (1...60).map(String.init))
            let corrupted = "the compressed stream is corrupted: "
            #expect(
                reasons == [
                    corrupted + "invalid block type", corrupted + "its checksum is wrong",
                    corrupted + "it does not begin as it should", corrupted + "it ends too early",
                    "the server ended the stream", "the server ended the stream",
                ])
            _ = try await answered.value
        }
    }

    /// How many events; a million with PTR_COMPRESSED_EVENTS=1000000.
    private static let many =
        ProcessInfo.processInfo.environment["PTR_COMPRESSED_EVENTS"].flatMap { Int($0) } ?? 20_000

    @Test(
        "thousands of events over a socket come once each and in order, flushed for each or not at all",
        arguments: [true, false])
    func many(flushes: Bool) async throws {
        /// Of many lengths, no two alike.
        @Sendable func event(_ number: Int) -> String {
            "{\"number\": \(number), \"text\": \"\(String(repeating: "gezwitscher \(number) ", count: number % 23))\"}"
        }
        try await withFeed { server, client in
            let answered = server.answer { exchange in
                try await exchange.respond(headers: ["Content-Type": "text/event-stream", "Content-Encoding": "gzip"])
                let deflater = Deflater()
                var bytes = ByteBuffer()
                for number in 1...Self.many {
                    bytes.writeBytes(deflater.add("id: \(number)\ndata: \(event(number))\n\n", flush: flushes))
                    guard bytes.readableBytes >= 30_000 else { continue }
                    try await exchange.send(bytes)
                    bytes.clear()
                }
                bytes.writeBytes(deflater.finish())
                try await exchange.send(bytes)
                try await exchange.end()
            }
            var stream = EventSource.leaping(configuration(server, .requested), client: client).makeAsyncIterator()
            try await stream.connecting()
            try await stream.open()
            var (count, wrong) = (0, 0)
            while case .batch(let batch)? = await stream.next() {
                for found in batch.events {
                    count += 1
                    if found.dataString != event(count) { wrong += 1 }
                }
                if count == Self.many { break }
            }
            #expect(count == Self.many && wrong == 0)
            #expect(try await stream.waiting().1.code == .endedByServer)
            _ = try await answered.value
        }
    }

    @Test("a bomb is lost with its name, and tried again slowly")
    func bomb() async throws {
        try await withFeed { server, client in
            let answered = server.answer { exchange in
                try await exchange.respond(headers: ["Content-Type": "text/event-stream", "Content-Encoding": "gzip"])
                let deflater = Deflater(level: 9)
                let lines = [UInt8](repeating: 0x0A, count: 1 << 20)
                let bytes =
                    deflater.add("data: a\n\n") + (0..<20).flatMap { _ in deflater.add(lines) } + deflater.finish()
                try await exchange.send(ByteBuffer(bytes: bytes))
            }
            var configuration = configuration(server, .accepted)
            configuration.policy = .persistent
            var stream = EventSource.leaping(configuration, client: client).makeAsyncIterator()
            try await stream.connecting()
            try await stream.open()
            #expect(try await stream.events(1) == [PlainEvent("a")])
            let error = try await stream.waiting().1
            #expect(error.code == .decompressionBomb && error.isTemporary && error.needsMending)
            #expect(error.reason.contains("decompression bomb"))
            _ = try await answered.value
        }
    }

    @Test("back-pressure: of one read no more is decoded than is asked for, and no more is read before")
    func slowReader() async throws {
        let deflater = Deflater()
        let event = "data: \(String(repeating: "x", count: 1000))\n\n"
        let bytes = (0..<2000).flatMap { _ in deflater.add(event) } + deflater.finish()
        let connection = ScriptedConnection(
            head: .success(
                HTTPResponseHead(
                    version: .http1_1, status: .ok,
                    headers: ["Content-Type": "text/event-stream", "Content-Encoding": "gzip"])),
            bytes: [ByteBuffer(bytes: bytes)])
        var configuration = untimed("http://127.0.0.1/")
        configuration.compression = .accepted
        var stream = EventSource(
            configuration, transport: ScriptedTransport { connection }, clock: LeapingClock(), random: { 0 },
            logger: nil
        ).makeAsyncIterator()
        try await stream.connecting()
        try await stream.open()
        var (decoded, received, batches) = (0, 0, 0)
        while decoded < 2000 * event.utf8.count {
            guard case .batch(let batch) = await stream.next() else { return _ = Issue.record("no batch") }
            #expect(1...ContentDecoder.longestPiece ~= batch.bytes)
            #expect(connection.reads == 1)
            decoded += batch.bytes
            received += batch.compressedBytes
            batches += 1
        }
        #expect(batches >= 2000 * event.utf8.count / ContentDecoder.longestPiece)
        #expect(received == bytes.count)
        #expect(try await stream.waiting().1.code == .endedByServer)
    }

    @Test("a page that refuses is quoted, also when it is compressed")
    func quoted() async throws {
        try await withFeed { server, client in
            let answered = server.answer { exchange in
                try await exchange.respond(.notFound, headers: ["Content-Encoding": "gzip"])
                try await exchange.send(ByteBuffer(bytes: Deflater.whole("no such feed")))
                try await exchange.end()
            }
            var configuration = configuration(server, .requested)
            configuration.policy = .persistent
            // For the quotation a time of its own is waited, which a clock that leaps does not.
            var stream = EventSource(configuration, client: client).makeAsyncIterator()
            try await stream.connecting()
            #expect(try await stream.waiting().1.reason.hasSuffix(": \"no such feed\""))
            _ = try await answered.value
        }
    }
}
