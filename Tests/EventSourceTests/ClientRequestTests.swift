import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Testing

@testable import EventSource

@Suite("What a request carries, and comments")
struct ClientRequestTests {
    /// The path of a file with that content, which is removed afterwards.
    private func withFile(_ text: String, _ body: (URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "EventSource-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appending(path: "token")
        try text.write(to: file, atomically: true, encoding: .utf8)
        do {
            try await body(file)
        } catch {
            try FileManager.default.removeItem(at: folder)
            throw error
        }
        try FileManager.default.removeItem(at: folder)
    }

    private func question(_ url: String) -> EventSourceConfiguration {
        var configuration = untimed(url)
        configuration.method = "POST"
        configuration.headers = [("Content-Type", "application/json")]
        configuration.body = ByteBuffer(string: #"{"stream": true}"#)
        return configuration
    }

    @Test("method and body are sent, and with each connection anew")
    func post() async throws {
        try await withFeed { server, client in
            var stream = EventSource.leaping(question(server.url), client: client).makeAsyncIterator()
            for _ in 0..<2 {
                try await stream.connecting()
                let answered = server.answer {
                    try await $0.stream("data: [DONE]\n\n")
                    try await $0.end()
                }
                try await stream.open()
                #expect(try await stream.events(1) == [PlainEvent("[DONE]")])
                _ = try await stream.waiting()
                let exchange = try await answered.value
                #expect(exchange.request.method == .POST)
                #expect(exchange.request.headers["Content-Type"] == ["application/json"])
                #expect(exchange.request.headers["Content-Length"] == ["16"])
                #expect(try await exchange.body() == #"{"stream": true}"#)
            }
        }
    }

    @Test(
        "C4 a redirect keeps method and body, or makes it a GET, as browsers do",
        arguments: [(301, false), (302, false), (303, false), (307, true), (308, true)])
    func redirectedPost(code: Int, isKept: Bool) async throws {
        try await withFeed { server, client in
            var stream = EventSource.leaping(question(server.url), client: client).makeAsyncIterator()
            try await stream.connecting()
            let answered = server.answer {
                try await $0.respond(HTTPResponseStatus(statusCode: code), headers: ["Location": "/other"])
                try await $0.end()
            }
            async let opened: Void = stream.open()
            _ = try await answered.value
            let exchange = try await server.next()
            #expect(exchange.request.method == (isKept ? .POST : .GET))
            #expect(exchange.request.headers.contains(name: "Content-Type") == isKept)
            #expect(try await exchange.body() == (isKept ? #"{"stream": true}"# : ""))
            try await exchange.stream()
            try await opened
        }
    }

    @Test("a method that is none shows before anything is sent")
    func invalidMethod() {
        for method in ["", "GET /", "G\r\nT"] {
            var configuration = EventSourceConfiguration(url: "http://example.org/")
            configuration.method = method
            #expect(throws: EventSourceError.self) { try configuration.validate() }
        }
    }

    @Test("the bearer token is read anew for each connection, without the line end, and shown nowhere")
    func bearerToken() async throws {
        try await withFile("first\n") { file in
            try await withFeed { server, client in
                var configuration = untimed(server.url)
                configuration.headers = [("Authorization", "Basic eDp5")]
                configuration.bearerTokenFile = file.path
                var stream = EventSource.leaping(configuration, client: client).makeAsyncIterator()

                func connection(_ expected: String) async throws {
                    let ended = server.answer {
                        try await $0.stream("data\n\n")
                        try await $0.end()
                    }
                    try await stream.open()
                    _ = try await stream.waiting()
                    #expect(try await ended.value.request.headers["Authorization"] == [expected])
                }
                try await stream.connecting()
                try await connection("Bearer first")
                try "second\r\n".write(to: file, atomically: true, encoding: .utf8)
                try await stream.connecting()
                try await connection("Bearer second")

                let unusable = [
                    ("", "it is empty"), ("se cret\n", "it has characters that cannot be in a token"),
                ]
                for (text, words) in unusable {
                    try text.write(to: file, atomically: true, encoding: .utf8)
                    guard case .connecting = await stream.next() else { return #expect(Bool(false)) }
                    let (_, error) = try await stream.waiting()
                    #expect(error.code == .credential)
                    #expect(error.reason == "cannot use the bearer token in \(file.path): \(words)")
                }
                try FileManager.default.removeItem(at: file)
                guard case .connecting = await stream.next() else { return #expect(Bool(false)) }
                let (_, error) = try await stream.waiting()
                #expect(error.code == .credential)
                #expect(error.reason.hasSuffix("no such file or directory (errno 2)"))
                // A file that comes back is used.
                try "third".write(to: file, atomically: true, encoding: .utf8)
                guard case .connecting = await stream.next() else { return #expect(Bool(false)) }
                try await connection("Bearer third")
            }
        }
    }

    @Test("C4 the bearer token is not sent on to another origin")
    func bearerTokenAndRedirect() async throws {
        let other = try await FeedServer.start()
        try await withFile("token") { file in
            try await withFeed { server, client in
                var configuration = untimed(server.url)
                configuration.bearerTokenFile = file.path
                var stream = EventSource.leaping(configuration, client: client).makeAsyncIterator()
                try await stream.connecting()
                let answered = server.answer { try await $0.respond(.found, headers: ["Location": other.url]) }
                async let second = other.nextStream()
                try await stream.open()
                #expect(try await answered.value.request.headers["Authorization"] == ["Bearer token"])
                #expect(try await !second.request.headers.contains(name: "Authorization"))
            }
        }
        try await other.stop()
    }

    @Test("comments are reported with their place among the events to who wants them")
    func comments() async throws {
        try await withFeed { server, client in
            var configuration = untimed(server.url)
            configuration.reportsComments = true
            var stream = EventSource.leaping(configuration, client: client).makeAsyncIterator()
            try await stream.connecting()
            async let exchange = server.nextStream(":hello\ndata: a\n\n:b\n:\ndata: c\n\ndata: d\n\n: e\n")
            try await stream.open()
            guard case .batch(let batch) = await stream.next() else { return #expect(Bool(false)) }
            #expect(batch.comments == 4)
            #expect(batch.commentTexts.map { String(buffer: $0) } == ["hello", "b", "", " e"])
            #expect(batch.commentPositions == [0, 1, 1, 3])
            let items = batch.items.map { item in
                switch item {
                case .event(let event): "event \(event.dataString)"
                case .comment(let text): "comment \(String(buffer: text))"
                }
            }
            #expect(
                items == [
                    "comment hello", "event a", "comment b", "comment ", "event c", "event d", "comment  e",
                ])
            _ = try await exchange
        }
    }

    @Test("comments are only counted where nobody asked for them")
    func uncollectedComments() async throws {
        try await withFeed { server, client in
            var stream = EventSource.leaping(untimed(server.url), client: client).makeAsyncIterator()
            try await stream.connecting()
            async let exchange = server.nextStream(":a\n:b\n")
            try await stream.open()
            guard case .batch(let batch) = await stream.next() else { return #expect(Bool(false)) }
            #expect(batch.comments == 2)
            #expect(batch.commentTexts.isEmpty)
            #expect(batch.items.isEmpty)
            _ = try await exchange
        }
    }

    @Test("C10 a transfer encoding that compresses is refused as well")
    func transferEncoding() async throws {
        try await withFeed { server, client in
            var stream = EventSource.leaping(untimed(server.url), client: client).makeAsyncIterator()
            try await stream.connecting()
            let answered = server.answer {
                try await $0.sendRaw(
                    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: gzip, chunked\r\n\r\n")
            }
            let error = try await stream.failed()
            #expect(error.code == .unsupportedContentEncoding)
            _ = try await answered.value
        }
    }
}
