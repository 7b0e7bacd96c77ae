import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Testing

@testable import EventSource

@Suite("Redirects and origins")
struct RedirectOriginTests {
    private static let configured: [(name: String, value: String)] = [
        ("Authorization", "KEY"), ("Cookie", "a=b"), ("X-Api-Key", "k"), ("User-Agent", "mine"),
        ("Cache-Control", "max-age=0"), ("Content-Type", "application/json"),
    ]

    @Test(
        "origins compare scheme, host in any case, and effective port",
        arguments: [
            ("http://h.example/a", "http://H.Example:80/b", true), ("https://h/a", "HTTPS://h:443/b", true),
            ("http://h:80/a", "//h/b", true), ("http://h/a?x", "?y", true),
            ("http://[::1]/a", "http://[::1]:80/", true),
            ("http://h/a", "http://h:81/a", false), ("http://h/a", "https://h/a", false),
            ("http://h:443/a", "https://h/a", false), ("http://h/a", "http://i/a", false),
            ("http://h/a", "http://h.evil/a", false), ("http://h/a", "http://h@i/a", false),
            ("https://h/a", "http://h/a", false), ("https+unix://%2Fa/x", "https+unix://%2FA/x", false),
            ("http+unix://%2Fa/x", "http+unix://%2Fa/y", true), ("http+unix://%2Fa/x", "http://a/x", false),
        ])
    func origins(from: String, to location: String, isSame: Bool) throws {
        var configuration = EventSourceConfiguration(url: from)
        configuration.headers = Self.configured
        configuration.lastEventID = Array("7".utf8)
        let request = try EventStreamRequest(configuration, lastEventID: "7")
        let head = HTTPResponseHead(version: .http1_1, status: .found, headers: ["Location": location])
        let next = try request.redirected(by: head)
        if isSame {
            for (name, value) in Self.configured { #expect(next.headers[name] == [value]) }
        } else {
            for name in ["X-Api-Key", "Cookie", "Content-Type"] { #expect(next.headers[name].isEmpty) }
            #expect(!next.headers["Authorization"].contains("KEY"))
            #expect(next.headers["User-Agent"] == ["ptr"])
            #expect(next.headers["Cache-Control"] == ["no-cache"])
        }
        #expect(next.headers["Accept"] == ["text/event-stream"])
        #expect(next.headers["Accept-Encoding"] == ["identity"])
        #expect(next.headers["Last-Event-ID"] == ["7"])
    }

    @Test(
        "C4 configured headers do not leave the origin, and do not come back on the way home",
        arguments: [301, 302, 303, 307, 308])
    func headersStay(code: Int) async throws {
        let other = try await FeedServer.start()
        try await withFeed { server, client in
            var configuration = untimed("http://user:secret@127.0.0.1:\(server.port)/events")
            configuration.headers = Self.configured.filter { $0.name != "Authorization" }
            var stream = EventSource.leaping(configuration, client: client).makeAsyncIterator()
            try await stream.connecting()
            let status = HTTPResponseStatus(statusCode: code)
            let followed = Task {
                let first = try await server.next()
                // Within the origin, written in another way.
                try await first.respond(status, headers: ["Location": "HTTP://127.0.0.1:\(server.port)/moved"])
                let second = try await server.next()
                try await second.respond(status, headers: ["Location": other.url])
                let third = try await other.next()
                try await third.respond(status, headers: ["Location": server.url])
                return [
                    first.request, second.request, third.request, try await server.nextStream("data: a\n\n").request,
                ]
            }
            try await stream.open()
            let requests = try await followed.value
            for request in requests[..<2] {
                #expect(request.headers["Authorization"] == ["Basic dXNlcjpzZWNyZXQ="])
                #expect(request.headers["X-Api-Key"] == ["k"])
                #expect(request.headers["User-Agent"] == ["mine"])
            }
            for request in requests[2...] {
                for name in ["Authorization", "Cookie", "X-Api-Key", "Content-Type"] {
                    #expect(!request.headers.contains(name: name))
                }
                #expect(request.headers["User-Agent"] == ["ptr"])
            }
        }
        try await other.stop()
    }

    @Test("C4 where a redirect makes it a GET without a body, another origin is asked, with nothing configured")
    func bodyDropped() async throws {
        let other = try await FeedServer.start()
        try await withFeed { server, client in
            var stream = EventSource.leaping(question(server.url), client: client).makeAsyncIterator()
            try await stream.connecting()
            let followed = Task {
                let first = try await server.next()
                _ = try await first.body()
                try await first.respond(.movedPermanently, headers: ["Location": other.url])
                let second = try await other.nextStream("data: a\n\n")
                return (second.request, try await second.body())
            }
            try await stream.open()
            let (request, body) = try await followed.value
            #expect(request.method == .GET && body.isEmpty)
            for name in ["Content-Type", "X-Api-Key", "Authorization"] {
                #expect(!request.headers.contains(name: name))
            }
        }
        try await other.stop()
    }

    @Test("C4 where a redirect keeps the body, another origin is not asked at all", arguments: [307, 308])
    func bodyRefused(code: Int) async throws {
        // What is not listened to would be another error.
        let other = try await FeedServer.start()
        try await withFeed { server, client in
            var configuration = question(server.url)
            configuration.policy = .persistent
            var stream = EventSource.leaping(configuration, client: client).makeAsyncIterator()
            try await stream.connecting()
            let answered = server.answer {
                _ = try await $0.body()
                try await $0.respond(
                    HTTPResponseStatus(statusCode: code), headers: ["Location": "\(other.url)?token=0123456789"])
            }
            let error = try await stream.waiting().1
            _ = try await answered.value
            #expect(error.code == .bodyRedirected && error.isTemporary && error.needsMending)
            #expect(
                error.reason == """
                    the server redirects (\(code)) to another origin, which gets no request with a body; \
                    if that is where it belongs, let the URL be \(other.url)?token=…
                    """)
        }
        try await other.stop()
    }

    private func question(_ url: String) -> EventSourceConfiguration {
        var configuration = untimed(url)
        configuration.method = "POST"
        configuration.body = ByteBuffer(string: "{}")
        configuration.headers = Self.configured
        return configuration
    }

    @Test(
        "a body goes where scheme, host and port are the same, and nowhere else, by whichever method",
        arguments: [
            ("https://h/a", "/b", true), ("http://h/a", "http://h:80/b", true), ("https://h/a", "http://h/a", false),
            ("http://h/a", "https://h/a", false), ("https://h/a", "https://i/a", false),
            ("https://h/a", "https://h:444/a", false), ("http+unix://%2Fa/x", "http://h/x", false),
        ], ["POST", "PUT", "GET"])
    func bodies(way: (from: String, to: String, isSame: Bool), method: String) throws {
        var configuration = EventSourceConfiguration(url: way.from)
        configuration.method = method
        configuration.body = ByteBuffer(string: "{}")
        let request = try EventStreamRequest(configuration, lastEventID: "")
        // A PUT or GET is not changed by 302 either.
        for status in [HTTPResponseStatus.temporaryRedirect, .permanentRedirect] + (method == "POST" ? [] : [.found]) {
            let head = HTTPResponseHead(version: .http1_1, status: status, headers: ["Location": way.to])
            if way.isSame {
                #expect(try request.redirected(by: head).body == configuration.body)
            } else {
                let error = #expect(throws: EventSourceError.self) { try request.redirected(by: head) }
                #expect(error?.code == .bodyRedirected)
            }
        }
    }

    @Test(
        "a port that there is not is no place to go, wherever it is said",
        arguments: [
            "http://127.0.0.1:99999/", "http://h:65536/", "http://h:0/", "https://h:4294967297/", "//h:70000/",
            // What would write lines of its own to a proxy, or be another host to some.
            "http://a%0d%0aX-Evil%3A%20b/", "http://a%20b/", "http://a%2Fb/", "http://a%40b/",
        ])
    func ports(_ location: String) throws {
        let request = try EventStreamRequest(EventSourceConfiguration(url: "http://h/"), lastEventID: "")
        let head = HTTPResponseHead(version: .http1_1, status: .found, headers: ["Location": location])
        #expect(#expect(throws: EventSourceError.self) { try request.redirected(by: head) }?.code == .invalidRedirect)
        guard location.hasPrefix("http") else { return }
        let error = #expect(throws: EventSourceError.self) {
            try EventStreamRequest(EventSourceConfiguration(url: location), lastEventID: "")
        }
        #expect(error?.code == .invalidURL)
    }

    @Test("of a redirect to a long URL the beginning is shown")
    func longLocation() throws {
        let request = try EventStreamRequest(EventSourceConfiguration(url: "http://h/"), lastEventID: "")
        let location = "http://h/" + String(repeating: "x", count: 70_000)
        let head = HTTPResponseHead(version: .http1_1, status: .found, headers: ["Location": location])
        let next = try request.redirected(by: head)
        #expect(next.displayURL.utf8.count == 512 && next.url.absoluteString == location)
    }

    @Test("what an answer repeats of the request's secrets is not quoted")
    func secrets() throws {
        var configuration = EventSourceConfiguration(url: "http://me:hunter2hunter2@h/?token=s3cr%2Fet99&a=b")
        configuration.headers = [("Cookie", "session=0123456789abcdef"), ("X-Key", "KEY-12345678"), ("X-Short", "a")]
        var request = try EventStreamRequest(configuration, lastEventID: "4711471147")
        let basic = try #require(request.headers["Authorization"].first)
        #expect(request.withoutSecrets("sent: \(basic)") == "sent: …")
        request.carry("tok-abcdefgh", as: .bearerToken)
        let echo = """
            no entry, GET /?token=s3cr%2Fet99&a=b (s3cr/et99) Authorization: Bearer tok-abcdefgh Cookie: session=0123456789abcdef \
            X-Key: KEY-12345678 X-Short: a Last-Event-ID: 4711471147
            """
        #expect(
            request.withoutSecrets(echo) == """
                no entry, GET /?token=…&a=b (…) Authorization: Bearer … Cookie: … X-Key: … X-Short: a Last-Event-ID: 4711471147
                """)
    }

    @Test("nor is what it repeats of the request's body")
    func secretsOfBody() throws {
        var configuration = EventSourceConfiguration(url: "http://h/")
        configuration.method = "POST"
        let body = #"{"model":"small","prompt":"tell me of the merger/plan"}"#
        configuration.body = ByteBuffer(string: body)
        let request = try EventStreamRequest(configuration, lastEventID: "")
        #expect(request.withoutSecrets("bad: \(body)") == "bad: …")
        #expect(request.withoutSecrets(#"small: tell me of the merger\/plan"#) == "small: …")
    }

    @Test("C4 a bearer token stays within the origin")
    func bearerToken() async throws {
        let other = try await FeedServer.start()
        try await withFeed { server, client in
            try await withTemporaryFile("t0ken\n") { path in
                var configuration = untimed(server.url)
                configuration.bearerTokenFile = path
                var stream = EventSource.leaping(configuration, client: client).makeAsyncIterator()
                try await stream.connecting()
                let followed = Task {
                    let first = try await server.next()
                    try await first.respond(.temporaryRedirect, headers: ["Location": "/b"])
                    let second = try await server.next()
                    try await second.respond(.temporaryRedirect, headers: ["Location": other.url])
                    return [first.request, second.request, try await other.nextStream("data: a\n\n").request]
                }
                try await stream.open()
                let tokens = try await followed.value.map { $0.headers["Authorization"] }
                #expect(tokens == [["Bearer t0ken"], ["Bearer t0ken"], []])
            }
        }
        try await other.stop()
    }
}
