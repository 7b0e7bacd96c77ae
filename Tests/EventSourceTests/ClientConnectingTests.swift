import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Testing

@testable import EventSource

@Suite("Connecting")
struct ClientConnectingTests {
    @Test("C1 C10 the request is a GET with the headers of the standard, and no Last-Event-ID without an ID")
    func request() async throws {
        try await withFeed { server, client in
            var stream = EventSource.leaping(untimed(server.url), client: client).makeAsyncIterator()
            try await stream.connecting()
            async let exchange = server.nextStream("data: a\n\n")
            try await stream.open()
            let head = try await exchange.request
            #expect(head.method == .GET)
            #expect(head.uri == "/events")
            #expect(head.headers["Accept"] == ["text/event-stream"])
            #expect(head.headers["Cache-Control"] == ["no-cache"])
            #expect(head.headers["Accept-Encoding"] == ["identity"])
            #expect(!head.headers.contains(name: "Last-Event-ID"))
            #expect(try await stream.events(1) == [PlainEvent("a")])
        }
    }

    @Test("C1 the last event ID goes out as bytes of UTF-8, and configured headers and user information with it")
    func headers() async throws {
        try await withFeed { server, client in
            var configuration = untimed("http://user:p%40ss@127.0.0.1:\(server.port)/events?a=b#part")
            configuration.lastEventID = Array("käse-7".utf8)
            configuration.headers = [
                ("X-Key", "secret"), ("User-Agent", "other"), ("accept", "text/html"), ("accept-encoding", "gzip"),
            ]
            var stream = EventSource.leaping(configuration, client: client).makeAsyncIterator()
            try await stream.connecting()
            async let exchange = server.nextStream()
            try await stream.open()
            let head = try await exchange.request
            #expect(head.uri == "/events?a=b")
            #expect(head.headers["Last-Event-ID"] == ["käse-7"])
            #expect(head.headers["X-Key"] == ["secret"])
            #expect(head.headers["User-Agent"] == ["other"])
            #expect(head.headers["Accept"] == ["text/event-stream"])
            #expect(head.headers["Accept-Encoding"] == ["identity"])
            #expect(head.headers["Authorization"] == ["Basic dXNlcjpwQHNz"])
        }
    }

    @Test("C3 a status other than 200 ends the stream", arguments: [201, 204, 206, 304, 400, 404, 429, 500, 503])
    func refusals(code: Int) async throws {
        try await withFeed { server, client in
            var stream = EventSource.leaping(untimed(server.url), client: client).makeAsyncIterator()
            try await stream.connecting()
            let answered = server.answer {
                try await $0.respond(
                    HTTPResponseStatus(statusCode: code), headers: ["Content-Type": "text/event-stream"])
            }
            let error = try await stream.failed()
            #expect(error.code == (code == 204 ? .stoppedByServer : .refused))
            #expect(error.status == code)
            #expect(!error.isTemporary)
            _ = try await answered.value
        }
    }

    @Test(
        "C3 another media type, or none, ends the stream",
        arguments: [nil, "", "text/plain", "text/event-streams", "x; a=text/event-stream"])
    func wrongMediaTypes(type: String?) async throws {
        try await withFeed { server, client in
            var stream = EventSource.leaping(untimed(server.url), client: client).makeAsyncIterator()
            try await stream.connecting()
            let headers: HTTPHeaders = type.map { ["Content-Type": $0] } ?? [:]
            let answered = server.answer { try await $0.respond(headers: headers) }
            #expect(try await stream.failed().code == .wrongMediaType)
            // A refused response is not read: its connection is closed.
            try await answered.value.closed()
        }
    }

    @Test(
        "C3 parameters and case of the media type do not matter",
        arguments: ["text/event-stream; charset=latin1", "TEXT/Event-Stream ;x"])
    func mediaTypeParameters(type: String) async throws {
        try await withFeed { server, client in
            var stream = EventSource.leaping(untimed(server.url), client: client).makeAsyncIterator()
            try await stream.connecting()
            let answered = server.answer { try await $0.respond(headers: ["Content-Type": type]) }
            try await stream.open()
            _ = try await answered.value
        }
    }

    @Test("C3 on request a 5xx or 429 is waited out, at least as long as Retry-After says")
    func retryOnServerError() async throws {
        try await withFeed { server, client in
            var configuration = untimed(server.url)
            configuration.retryOnServerError = true
            var stream = EventSource.leaping(configuration, client: client).makeAsyncIterator()
            let answers: [(HTTPResponseStatus, HTTPHeaders, Duration)] = [
                (.serviceUnavailable, ["Retry-After": "120"], .seconds(120)),
                (.tooManyRequests, ["Retry-After": "1"], .seconds(3)),
                (.badGateway, [:], .seconds(3)),
                (
                    .serviceUnavailable,
                    ["Retry-After": "Fri, 01 Mar 2024 00:01:30 GMT", "Date": "Thu, 29 Feb 2024 23:59:50 GMT"],
                    .seconds(100)
                ),
                (.serviceUnavailable, ["Retry-After": "99999999999999999999"], .seconds(3600)),
            ]
            for (index, (status, headers, expected)) in answers.enumerated() {
                try await stream.connecting(index + 1)
                let answered = server.answer { try await $0.respond(status, headers: headers) }
                let (delay, error) = try await stream.waiting()
                #expect(delay == expected)
                #expect(error.code == .refused)
                #expect(error.isTemporary)
                _ = try await answered.value
            }
        }
    }

    @Test("C4 redirects are followed, credentials only within the origin", arguments: [301, 302, 303, 307, 308])
    func redirects(code: Int) async throws {
        let other = try await FeedServer.start()
        try await withFeed { server, client in
            var configuration = untimed(server.url)
            configuration.lastEventID = Array("1".utf8)
            configuration.headers = [("Authorization", "Bearer x"), ("Cookie", "a=b"), ("X-Key", "k")]
            var stream = EventSource.leaping(configuration, client: client).makeAsyncIterator()
            try await stream.connecting()
            let status = HTTPResponseStatus(statusCode: code)
            let followed = Task {
                try await server.next().respond(status, headers: ["Location": "../moved?x=y"])
                let second = try await server.next()
                try await second.respond(status, headers: ["Location": other.url])
                return (second.request, try await other.nextStream("data: a\n\n").request)
            }
            try await stream.open()
            let (second, third) = try await followed.value
            #expect(second.uri == "/moved?x=y")
            #expect(second.headers["Authorization"] == ["Bearer x"])
            #expect(third.headers["Last-Event-ID"] == ["1"])
            #expect(!third.headers.contains(name: "X-Key"))
            #expect(!third.headers.contains(name: "Authorization"))
            #expect(!third.headers.contains(name: "Cookie"))
        }
        try await other.stop()
    }

    @Test(
        "C4 a redirect without a usable Location is an error",
        arguments: [nil, "", "ftp://127.0.0.1/", "http+unix://%2Ftmp%2Fx/"])
    func badRedirects(location: String?) async throws {
        try await withFeed { server, client in
            var stream = EventSource.leaping(untimed(server.url), client: client).makeAsyncIterator()
            try await stream.connecting()
            let headers: HTTPHeaders = location.map { ["Location": $0] } ?? [:]
            let answered = server.answer { try await $0.respond(.found, headers: headers) }
            #expect(try await stream.failed().code == .invalidRedirect)
            _ = try await answered.value
        }
    }

    @Test("C4 redirects in a circle end at the limit")
    func redirectLimit() async throws {
        try await withFeed { server, client in
            var configuration = untimed(server.url)
            configuration.maximumRedirects = 3
            var stream = EventSource.leaping(configuration, client: client).makeAsyncIterator()
            try await stream.connecting()
            let redirected = Task {
                for _ in 0...3 { try await server.next().respond(.found, headers: ["Location": "/events"]) }
            }
            #expect(try await stream.failed().code == .tooManyRedirects)
            try await redirected.value
        }
    }

    @Test("C10 a compressed response is refused, and never parsed")
    func compressed() async throws {
        try await withFeed { server, client in
            var stream = EventSource.leaping(untimed(server.url), client: client).makeAsyncIterator()
            try await stream.connecting()
            let answered = server.answer {
                try await $0.respond(
                    headers: ["Content-Type": "text/event-stream", "Content-Encoding": "gzip"])
            }
            #expect(try await stream.failed().code == .unsupportedContentEncoding)
            _ = try await answered.value
        }
    }

    @Test("a URL or header that cannot be used shows before anything is sent")
    func invalid() async throws {
        for url in ["", "example.org", "ftp://example.org/", "http://", "/events"] {
            #expect(throws: EventSourceError.self) { try EventSourceConfiguration(url: url).validate() }
        }
        var configuration = EventSourceConfiguration(url: "http://example.org/")
        try configuration.validate()
        configuration.headers = [("X-Key", "a\r\nb")]
        #expect(throws: EventSourceError.self) { try configuration.validate() }
        try await withFeed { _, client in
            var stream = EventSource.leaping(configuration, client: client).makeAsyncIterator()
            try await stream.connecting()
            #expect(try await stream.failed().code == .invalidHeader)
        }
    }

    @Test("a client that was shut down ends the stream")
    func shutDown() async throws {
        let client = HTTPClient(configuration: .eventStreams)
        try await client.shutdown()
        var stream = EventSource.leaping(untimed("http://127.0.0.1:9/"), client: client).makeAsyncIterator()
        try await stream.connecting()
        #expect(try await stream.failed().code == .clientShutDown)
    }
}
