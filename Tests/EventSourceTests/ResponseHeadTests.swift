import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Testing

@testable import EventSource

@Suite("Heads with bare LF and folded headers are read, as browsers do")
struct ResponseHeadTests {
    /// Heads, and what the decoder is to get for them.
    static let heads = [
        ("HTTP/1.1 200 OK\r\nA: b\r\n\r\n", "HTTP/1.1 200 OK\r\nA: b\r\n\r\n"),
        ("HTTP/1.1 200 OK\nA: b\nC: d\n\n", "HTTP/1.1 200 OK\r\nA: b\r\nC: d\r\n\r\n"),
        ("HTTP/1.1 200 OK\nA: b\r\n\n", "HTTP/1.1 200 OK\r\nA: b\r\n\r\n"),
        ("HTTP/1.1 200 OK\r\nA: b\n\r\n", "HTTP/1.1 200 OK\r\nA: b\r\n\r\n"),
        ("HTTP/1.1 200\n\n", "HTTP/1.1 200\r\n\r\n"),
        ("HTTP/1.1 200 OK\r\nA:\r\n b\r\n\tc\r\nD: e\r\n\r\n", "HTTP/1.1 200 OK\r\nA:  b \tc\r\nD: e\r\n\r\n"),
        ("HTTP/1.1 200 OK\nA: b\n \nD: e\n\n", "HTTP/1.1 200 OK\r\nA: b  \r\nD: e\r\n\r\n"),
        ("HTTP/1.1 200 OK\r\n odd: line\r\n\tanother\nA: b\r\n\r\n", "HTTP/1.1 200 OK\r\nA: b\r\n\r\n"),
        ("\r\n\nHTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"),
        // A CR of its own is for the decoder to refuse.
        ("HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n", "HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n"),
        ("HTTP/1.1 200 OK\r\nA: b\r\r\n\r\n", "HTTP/1.1 200 OK\r\nA: b\r\r\n\r\n"),
    ]

    @Test("a head is rewritten the same wherever it is cut, and what follows it stays as it is", arguments: heads)
    func everyCut(head: String, wanted: String) {
        let body = "data: a\n data: b\r\n\r\n\n"
        let bytes = ByteBuffer(string: head + body)
        for cut in 0...head.utf8.count {
            var rewriter = ResponseHeadRewriter()
            var output = ByteBuffer()
            var first = bytes.getSlice(at: 0, length: cut)!
            var rest = bytes.getSlice(at: cut, length: bytes.readableBytes - cut)!
            let early = rewriter.rewrite(&first, into: &output)
            let progress = early == .unfinished ? rewriter.rewrite(&rest, into: &output) : early
            #expect(progress == .finished(status: 200))
            #expect(String(buffer: output) == wanted)
            #expect(String(buffer: rest) == body)
        }
    }

    @Test("a head that never ends leaves nothing behind but what the decoder takes")
    func endless() {
        var rewriter = ResponseHeadRewriter()
        for piece in ["HTTP/1.1 200 OK\nA: b", String(repeating: "\n b", count: 10_000), "\n\r\r\r c: d"] {
            var input = ByteBuffer(string: piece)
            var output = ByteBuffer()
            #expect(rewriter.rewrite(&input, into: &output) == .unfinished)
            #expect(input.readableBytes == 0)
        }
        #expect(!rewriter.hasContentLength)
    }

    private static let stream = "Content-Type: text/event-stream"
    static let responses = [
        "HTTP/1.1 200 OK\n\(stream)\n\ndata: a\n data: b\n\n",
        "HTTP/1.1 200 OK\r\nContent-Type:\r\n text/event-stream;\r\n\tcharset=utf-8\r\n\r\ndata: a\n data: b\n\n",
        "HTTP/1.1 103 Early Hints\nLink: <x>\n\nHTTP/1.1 100 Continue\n\nHTTP/1.1 200 OK\n\(stream)\n\ndata: a\n\n",
        "HTTP/1.1 200 OK\n\(stream)\nTransfer-Encoding:\n chunked\n\n9\r\ndata: a\n\n\r\n",
        "HTTP/1.1 200 OK\r\n\(stream)\nTransfer-Encoding: chunked\r\n\n4\r\ndata\r\n5\r\n: a\n\n\r\n",
    ]

    @Test("such heads open a stream, whatever way they are cut on the wire", arguments: responses, [false, true])
    func cutOnTheWire(response: String, overTLS: Bool) async throws {
        let (reads, seen) = AsyncStream.makeStream(of: Void.self)
        var configuration = HTTPClient.Configuration.eventStreams
        configuration.tlsConfiguration = try TestCertificates.clientTLS
        configuration.httpVersion = .http1Only
        let server = try await FeedServer.start(tls: overTLS ? TestCertificates.serverTLS() : nil)
        let url = "\(overTLS ? "https" : "http")://127.0.0.1:\(server.port)/"
        let bytes = Array(response.utf8)
        try await withClient(
            configuration.watching { channel in
                let pipeline = channel.pipeline.syncOperations
                let heads = try pipeline.handler(type: ResponseHeadHandler.self)
                try pipeline.addHandler(ReadSpy(seen), position: .before(heads))
            }
        ) { client in
            var stream = EventSource.leaping(untimed(url), client: client).makeAsyncIterator()
            for cut in 1..<bytes.count {
                try await stream.connecting()
                let answered = server.answer { exchange in
                    var reads = reads.makeAsyncIterator()
                    try await exchange.sendRaw(String(decoding: bytes[..<cut], as: UTF8.self))
                    // The second piece goes out when the first one has been read.
                    await reads.next()
                    try await exchange.sendRaw(String(decoding: bytes[cut...], as: UTF8.self))
                    await reads.next()
                }
                try await stream.open()
                #expect(try await stream.events(1) == [PlainEvent("a")])
                try await answered.value.channel.close()
                _ = try await stream.waiting()
            }
        }
        try await server.stop()
    }

    @Test("a connection that is used again is read from its next head on")
    func nextHead() async throws {
        let server = try await ScriptedServer.start(replies: [
            "HTTP/1.1 200 OK\nContent-Length: 4\n\none\n", "HTTP/1.1 103 Early Hints\n\nHTTP/1.1 204 No Content\n\n",
            "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\nA:\n b\n\n4\r\ntwo\n\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        ])
        try await withClient(.eventStreams) { client in
            for (status, body) in [(200, "one\n"), (204, ""), (200, "two\n"), (200, "")] {
                let response = try await client.get(url: "http://127.0.0.1:\(server.port)/").get()
                #expect(response.status.code == status)
                #expect(response.body.map { String(buffer: $0) } ?? "" == body)
            }
        }
        try await server.stop()
    }

    @Test("a head over the decoder's limits is an error, also one that is folded", arguments: ["a", "\n a"])
    func tooLarge(piece: String) async throws {
        let server = try await ScriptedServer.start(
            replies: ["HTTP/1.1 200 OK\nX:" + String(repeating: piece, count: 90_000)])
        try await withClient(.eventStreams) { client in
            var stream = EventSource.leaping(untimed("http://127.0.0.1:\(server.port)/"), client: client)
                .makeAsyncIterator()
            try await stream.connecting()
            #expect(
                try await stream.waiting().1.reason
                    == "the server does not speak HTTP as it should: the response's head is too large")
        }
        try await server.stop()
    }
}

/// Tells when something has been read.
private final class ReadSpy: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let seen: AsyncStream<Void>.Continuation

    init(_ seen: AsyncStream<Void>.Continuation) { self.seen = seen }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.fireChannelRead(data)
        seen.yield()
    }
}
