import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import EventSource

@Suite("Bodies in many chunks of HTTP")
struct BodyPartsTests {
    /// What goes on behind the handler when a connection brings each of `reads` at once.
    private func parts(
        of reads: [String], endingWith end: (EmbeddedChannel) throws -> Void = { _ in }
    ) throws -> [String] {
        let channel = EmbeddedChannel()
        let sync = channel.pipeline.syncOperations
        // The decoder wants to know what was asked.
        try sync.addHTTPClientHandlers(enableOutboundHeaderValidation: false)
        let decoder = try sync.handler(type: ByteToMessageHandler<HTTPResponseDecoder>.self)
        try sync.addHandler(BodyPartsHandler(), position: .after(decoder))
        try channel.connect(to: SocketAddress(unixDomainSocketPath: "/nowhere")).wait()
        try channel.writeOutbound(
            HTTPClientRequestPart.head(HTTPRequestHead(version: .http1_1, method: .GET, uri: "/")))
        try channel.writeOutbound(HTTPClientRequestPart.end(nil))
        for read in reads { try channel.writeInbound(ByteBuffer(string: read)) }
        try end(channel)
        var parts: [String] = []
        while let part = try channel.readInbound(as: HTTPClientResponsePart.self) {
            switch part {
            case .head: parts.append("head")
            case .body(let body): parts.append(String(buffer: body))
            case .end: parts.append("end")
            }
        }
        _ = try? channel.finish(acceptAlreadyClosed: true)
        return parts
    }

    private let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

    private func chunk(_ text: String) -> String { "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n" }

    @Test("what one read brings in many chunks goes on as one part, and what the next one brings is not waited for")
    func together() throws {
        #expect(
            try parts(of: [head + chunk("a"), chunk("b") + chunk("c") + chunk("d"), chunk("e") + "0\r\n\r\n"])
                == ["head", "a", "bcd", "e", "end"])
    }

    @Test("a large chunk goes on by itself, in its place, and no part gets too large")
    func large() throws {
        let large = String(repeating: "x", count: BodyPartsHandler.largestCopied + 1)
        let small = String(repeating: "y", count: 1000)
        #expect(
            try parts(of: [head + chunk("a") + chunk("b") + chunk(large) + chunk("c")]) == ["head", "ab", large, "c"])
        let many = try parts(of: [head + (0..<1000).map { _ in chunk(small) }.joined()]).dropFirst()
        #expect(many.joined() == String(repeating: small, count: 1000))
        #expect(many.allSatisfy { $0.utf8.count <= BodyPartsHandler.largestWhole })
        #expect(many.count < 20)
    }

    @Test("what came before an error, or before the connection's end, goes on before it")
    func before() throws {
        let read = head + chunk("a") + chunk("b")
        #expect(
            try parts(of: [read]) { channel in
                #expect(throws: (any Error).self) {
                    try channel.writeInbound(ByteBuffer(string: self.chunk("c") + "no chunk\r\n"))
                }
            } == ["head", "ab", "c"])
    }

    @Test(
        "a server that sends each event as a chunk is heard in full, at once or one by one", arguments: [false, true])
    func events(atOnce: Bool) async throws {
        let count = 3000
        let server = try await FeedServer.start()
        try await withClient(.eventStreams) { client in
            var stream = EventSource.leaping(untimed(server.url), client: client).makeAsyncIterator()
            try await stream.connecting()
            let exchange = server.answer { exchange in
                try await exchange.stream()
                let chunks = (0..<count).map { chunk("data: \($0)\n\n") }
                if atOnce { try await exchange.sendRaw(chunks.joined()) }
                for chunk in chunks.prefix(atOnce ? 0 : count) { try await exchange.sendRaw(chunk) }
            }
            try await stream.open()
            #expect(try await stream.events(count) == (0..<count).map { PlainEvent("\($0)") })
            _ = try await exchange.value
        }
        try await server.stop()
    }
}
