import NIOHTTP1
import Testing

@testable import EventSource

@Suite("Cookies of the origin")
struct CookieTests {
    private func jar(
        _ lines: [String], path: String = "/a/events", isSecure: Bool = false, date: String? = nil, at now: Int64 = 1000
    ) -> CookieJar {
        var jar = CookieJar()
        var headers = HTTPHeaders(lines.map { ("Set-Cookie", $0) })
        if let date { headers.add(name: "Date", value: date) }
        jar.take(headers, host: "www.example.org", path: path, isSecure: isSecure, at: now)
        return jar
    }

    private func sent(_ jar: CookieJar, to path: String = "/a/events", at now: Int64 = 1000) -> String {
        var jar = jar
        return jar.cookies(for: path, at: now).map { "\($0.name)=\($0.value)" }.joined(separator: "; ")
    }

    @Test(
        "what an answer sets is sent, or not",
        arguments: [
            ("a=1", "a=1"), (" a = 1 ; HttpOnly; SameSite=Lax", "a=1"), ("a=\"x y\"", "a=\"x y\""), ("a=b=c", "a=b=c"),
            ("a=", "a="), ("=1", ""), ("a", ""), ("", ""), ("a=1\u{1}", ""),
            ("a=1; Path=/", "a=1"), ("a=1; Path=/a/", "a=1"), ("a=1; Path=/a/events", "a=1"), ("a=1; Path=/b", ""),
            ("a=1; Path=/a/eve", ""), ("a=1; Path=a", "a=1"), ("a=1; path", "a=1"),
            ("a=1; Secure", ""), ("a=1; Domain=example.org", "a=1"), ("a=1; domain=.Example.ORG", "a=1"),
            ("a=1; Domain=other.org", ""), ("a=1; Domain=ample.org", ""), ("a=1; Domain=", "a=1"),
            ("a=1; Max-Age=0", ""), ("a=1; Max-Age=-1", ""), ("a=1; Max-Age=1", "a=1"), ("a=1; Max-Age=x", "a=1"),
            ("a=1; Max-Age=99999999999999999999999", "a=1"),
            ("a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", ""), ("a=1; Expires=Thu, 01-Jan-70 00:00:01 GMT", ""),
            ("a=1; Expires=Tue, 31 Dec 2999 23:59:59 GMT", "a=1"), ("a=1; Expires=Wed, 09-Jun-21 10:18:14 GMT", "a=1"),
            ("a=1; Expires=soon", "a=1"), ("a=1; Max-Age=9; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "a=1"),
        ])
    func attributes(line: String, expected: String) {
        #expect(sent(jar([line])) == expected)
    }

    @Test("one that wants TLS is taken over TLS only")
    func secure() {
        #expect(sent(jar(["a=1; Secure"], isSecure: true)) == "a=1")
    }

    @Test("they end in their time, by the server's clock where it says what that is")
    func time() {
        let aged = jar(["a=1; Max-Age=10", "b=2"])
        #expect(sent(aged, at: 1009) == "a=1; b=2")
        #expect(sent(aged, at: 1010) == "b=2")
        let dated = jar(
            ["a=1; Expires=Sun, 06 Nov 1994 08:49:47 GMT"], date: "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(sent(dated, at: 1009) == "a=1")
        #expect(sent(dated, at: 1010) == "")
    }

    @Test("a later one of its name and path takes its place, and one that has ended removes it")
    func replaced() {
        var jar = jar(["a=1; Path=/", "b=2; Path=/", "a=3; Path=/a"])
        #expect(sent(jar) == "a=3; a=1; b=2")
        jar.take(
            ["Set-Cookie": "a=4; Path=/"], host: "www.example.org", path: "/", isSecure: false, at: 1000)
        #expect(sent(jar) == "a=3; b=2; a=4")
        jar.take(
            ["Set-Cookie": "b=; Path=/; Max-Age=0"], host: "www.example.org", path: "/", isSecure: false, at: 1000)
        #expect(sent(jar) == "a=3; a=4")
        #expect(sent(jar, to: "/other") == "a=4")
    }

    @Test("there are 32 at most, and 8 KiB of them; the oldest make way")
    func bounds() {
        let many = jar((0..<40).map { "c\($0)=x" })
        #expect(sent(many).split(separator: "; ").count == 32)
        #expect(!sent(many).contains("c7=") && sent(many).contains("c8="))
        let long = String(repeating: "x", count: 4000)
        #expect(sent(jar(["a=\(long)", "b=\(long)", "c=\(long)"])) == "b=\(long); c=\(long)")
        #expect(sent(jar(["a=\(long)\(long)", "b=1"])) == "b=1")
    }

    @Test("they stay with the origin, through its redirects and further connections; a refusal forgets them")
    func connections() async throws {
        let other = try await FeedServer.start()
        try await withFeed { server, client in
            var configuration = untimed(server.url)
            configuration.keepsCookies = true
            configuration.policy = .persistent
            configuration.headers = [("Cookie", "mine=0; own=1")]
            var stream = EventSource.leaping(configuration, client: client).makeAsyncIterator()
            let script = Task {
                var cookies: [[String]] = []
                func answer(
                    _ server: FeedServer, _ status: HTTPResponseStatus, _ headers: HTTPHeaders
                ) async throws {
                    let exchange = try await server.next()
                    cookies.append(exchange.request.headers["Cookie"])
                    try await exchange.respond(status, headers: headers)
                    try await exchange.end()
                }
                let stream = HTTPHeaders([("Content-Type", "text/event-stream")])
                try await answer(
                    server, .found, ["Location": "/next", "Set-Cookie": "s=1; Path=/", "set-cookie": "own=2"])
                try await answer(server, .ok, stream)
                try await answer(server, .found, ["Location": other.url])
                try await answer(other, .found, ["Location": server.url, "Set-Cookie": "evil=1"])
                try await answer(server, .ok, stream)
                try await answer(server, .forbidden, ["Set-Cookie": "new=1", "Content-Length": "0"])
                try await answer(server, .ok, stream)
                return cookies
            }
            for _ in 0..<2 {
                guard case .connecting = await stream.next() else { throw CancellationError() }
                try await stream.open()
                _ = try await stream.waiting()
            }
            guard case .connecting = await stream.next() else { throw CancellationError() }
            #expect(try await stream.waiting().1.status == 403)
            guard case .connecting = await stream.next() else { throw CancellationError() }
            try await stream.open()
            let own = "mine=0; own=1"
            #expect(
                try await script.value == [
                    [own], ["\(own); s=1"], ["\(own); s=1"], [], [], ["\(own); s=1"], ["\(own); new=1"],
                ])
        }
        try await other.stop()
    }

    @Test("by default none is sent back")
    func off() async throws {
        try await withFeed { server, client in
            var stream = EventSource.leaping(untimed(server.url), client: client).makeAsyncIterator()
            for _ in 0..<2 {
                guard case .connecting = await stream.next() else { throw CancellationError() }
                let answered = server.answer {
                    try await $0.respond(headers: ["Content-Type": "text/event-stream", "Set-Cookie": "a=1"])
                    try await $0.end()
                }
                try await stream.open()
                _ = try await stream.waiting()
                #expect(try await answered.value.request.headers["Cookie"].isEmpty)
            }
        }
    }
}
