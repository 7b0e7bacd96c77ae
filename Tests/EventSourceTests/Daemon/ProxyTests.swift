import AsyncHTTPClient
import Foundation
import NIOCore
import RouteKit
import Testing

@testable import EventSource

@Suite("Streams by way of a proxy")
struct ProxyTests {
    private func error(
        _ manner: TestProxy.Manner, _ url: String = "http://feed.invalid/", socks: Bool = false,
        _ change: (inout EventStreamRoute) -> Void = { _ in }
    ) async throws -> (reason: String, port: Int) {
        let proxy = try await TestProxy.start { _ in manner }
        var route = EventStreamRoute()
        route.proxy = .url("\(socks ? "socks5" : "http")://127.0.0.1:\(proxy.port)")
        change(&route)
        var stream = stream(url, by: route)
        try await stream.connecting()
        let (_, error) = try await stream.waiting()
        #expect(error.isTemporary && [.connect, .connectTimeout].contains(error.code))
        try await proxy.stop()
        return (error.reason, proxy.port)
    }

    @Test("over TLS with certificates on both sides, the proxy gets the name as it is; so it does with server_name")
    func connect() async throws {
        let folder = try RouteFolder()
        let server = try await TLSFeed.start(
            certificate: RouteCertificates.internalServer, clientsOf: RouteCertificates.authorityOne)
        let proxy = try await TestProxy.start { _ in .connect }
        var (visits, asked) = (server.visits.makeAsyncIterator(), proxy.asked.makeAsyncIterator())
        var route = try folder.route()
        route.proxy = .url("http://localhost:\(proxy.port)")
        for (host, name) in [("feed.internal", nil), ("far.invalid", "feed.internal"), ("127.0.0.1", "feed.internal")] {
            route.serverName = name
            var stream = stream("https://\(host):\(server.port)/", by: route)
            try await stream.connecting()
            try await stream.open()
            #expect(await asked.next()?.hasPrefix("CONNECT \(host):\(server.port) HTTP/1.1\r\n") == true)
            let visit = try #require(await visits.next())
            #expect(visit.client == (try certificate(RouteCertificates.client)))
            #expect(visit.request.lowercased().contains("\r\nhost: \(host):\(server.port)\r\n"))
        }
        try await server.stop()
        try await proxy.stop()
    }

    @Test("a proxy that wants a user and password gets those of the file, each time as they are; the server does not")
    func credential() async throws {
        let folder = try RouteFolder()
        let server = try await TLSFeed.start()
        let word = Data("reader:pass:word".utf8).base64EncodedString()
        let proxy = try await TestProxy.start { _ in .authorized(word) }
        var visits = server.visits.makeAsyncIterator()
        var route = try folder.route(nil, nil)
        route.proxy = .url("http://127.0.0.1:\(proxy.port)")
        let url = "https://localhost:\(server.port)/"
        let name = "the proxy 127.0.0.1:\(proxy.port)"
        var unknown = stream(url, by: route)
        try await unknown.connecting()
        #expect(try await unknown.waiting().1.reason == "\(name) refused: 407, it wants a user and password")
        route.proxyCredentialFile = try folder.write("reader:wrong\n", to: "proxy")
        var stream = stream(url, by: route)
        try await stream.connecting()
        #expect(try await stream.waiting().1.reason == "\(name) refused: 407, it does not take the user and password")
        try folder.write("reader:pass:word\r\n", to: "proxy")
        try await stream.connecting(2)
        try await stream.open()
        #expect(await visits.next()?.request.lowercased().contains("proxy-authorization") == false)
        try await server.stop()
        try await proxy.stop()
    }

    @Test("a SOCKS proxy gets the name as it is, over TLS and without")
    func socks() async throws {
        let folder = try RouteFolder()
        let (secure, plain) = (
            try await TLSFeed.start(certificate: RouteCertificates.internalServer),
            try await ByteServer.start { _ in .reply([ByteServer.head, "data: plain\n\n"]) }
        )
        let proxy = try await TestProxy.start { _ in .socks5 }
        var asked = proxy.asked.makeAsyncIterator()
        var route = try folder.route(nil, nil)
        route.proxy = .url("socks5://127.0.0.1:\(proxy.port)")
        for (url, name) in [
            ("https://feed.internal:\(secure.port)/", "feed.internal:\(secure.port)"),
            ("http://feed.invalid:\(plain.port)/", "feed.invalid:\(plain.port)"),
            ("http://127.0.0.1:\(plain.port)/", "127.0.0.1:\(plain.port)"),
        ] {
            var stream = stream(url, by: route)
            try await stream.connecting()
            try await stream.open()
            _ = try await stream.events(1)
            #expect(await asked.next() == name)
        }
        try await secure.stop()
        try await plain.stop()
        try await proxy.stop()
    }

    @Test("what a proxy refuses is told with its name and its answer, without what it was told")
    func refusals() async throws {
        let folder = try RouteFolder()
        let credential = try folder.write("reader:s3cr3t", to: "proxy")
        let encoded = Data("reader:s3cr3t".utf8).base64EncodedString()
        for (answer, words) in [
            ("HTTP/1.1 403 Forbidden\r\n\r\n", "refused: 403 Forbidden"),
            ("HTTP/1.0 503 Too many\u{1B}[31m tunnels\r\n\r\n", "refused: 503 Too many [31m tunnels"),
            ("HTTP/1.1 502 no \(encoded) s3cr3t\r\n\r\n", "refused: 502 no … …"),
        ] {
            let (reason, port) = try await error(.refusal(answer)) { $0.proxyCredentialFile = credential }
            #expect(reason == "the proxy 127.0.0.1:\(port) \(words)")
        }
        for (manner, words) in [
            (.socksRefusal(2), "refused: its rules do not allow feed.invalid:80"),
            (.socksRefusal(5), "refused: feed.invalid:80 refused the connection"),
            (.socksRefusal(9), "refused: feed.invalid:80 cannot be reached (SOCKS error 9)"),
            (.socksMethod(2), "refused: it wants a user and password, which SOCKS proxies are not given"),
            (.close, "closed the connection"),
        ] as [(TestProxy.Manner, String)] {
            let (reason, port) = try await error(manner, socks: true)
            #expect(reason == "the proxy 127.0.0.1:\(port) \(words)")
        }
        let (reason, port) = try await error(.close)
        #expect(reason == "the proxy 127.0.0.1:\(port) closed the connection")
    }

    @Test("a proxy that is not there, or has no address, is told by its name")
    func unreachable() async throws {
        let gone = try await TestProxy.start { _ in .close }
        try await gone.stop()
        for (proxy, code, words) in [
            (
                "http://localhost:\(gone.port)", EventSourceError.Code.connect,
                "cannot connect to the proxy localhost:\(gone.port): connection refused (errno 111)"
            ),
            ("socks5://proxy.invalid:1080", .dns, "cannot resolve the proxy proxy.invalid: "),
        ] {
            var route = EventStreamRoute()
            route.proxy = .url(proxy)
            var stream = stream("http://feed.invalid/", by: route)
            try await stream.connecting()
            let (_, error) = try await stream.waiting()
            #expect(error.code == code && error.reason.hasPrefix(words), "\(error)")
        }
    }

    @Test("a proxy that hangs is given up with the connect timeout, and the next try is a new connection to it")
    func silence() async throws {
        let proxy = try await TestProxy.start { $0 == 0 ? .silence : .connect }
        let server = try await ByteServer.start { _ in .reply([ByteServer.head]) }
        var route = EventStreamRoute()
        route.proxy = .url("http://127.0.0.1:\(proxy.port)")
        var configuration = EventSourceConfiguration(url: "http://feed.invalid:\(server.port)/")
        configuration.connectTimeout = .seconds(600)
        let clock = TestClock()
        var stream = EventSource(
            configuration, dialer: EventStreamDialer().taking(route), clock: clock, random: { 0 }
        ).makeAsyncIterator()
        try await stream.connecting()
        async let hung = hang(proxy, clock, for: .seconds(600))
        let (_, error) = try await stream.waiting()
        #expect(await hung?.hasPrefix("CONNECT feed.invalid:\(server.port) ") == true)
        #expect(error.code == .connectTimeout)
        #expect(
            error.reason == "no response came within \(Duration.seconds(600)), by the proxy 127.0.0.1:\(proxy.port)")
        stream.skipWait()
        try await stream.connecting(2)
        try await stream.open()
        try await server.stop()
        try await proxy.stop()
    }

    /// What no proxy should say.
    private static let oddities: [[[UInt8]]] =
        [
            "garbage\r\n\r\n", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nnoHTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\nHTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 Go\r\n\r\nHTTP/1.1 103 Go\r\n\r\nHTTP/1.1 500 x\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
            "HTTP/1.1 999999999999 x\r\n\r\n", "HTTP/2.0 200 OK\r\n\r\n", "HTTP/1.1 204 OK\r\nUpgrade: x\r\n\r\n\u{0}",
        ].map { [Array($0.utf8)] } + [
            [[4, 0]], [[5, 0xFF]], [[5, 0, 5, 0, 0, 1]], [[5, 0], [5]], [[5, 0], [5, 0, 1, 1, 0, 0, 0, 0, 0, 0]],
            [[5, 0], [5, 0, 0, 9, 0, 0, 0, 0, 0, 0]], [[5, 0], [5, 0, 0, 3, 255, 0]],
            [[5, 0], [5, 0, 0, 3, 0, 0, 0, 1]], [[5, 0], [5, 200, 0, 3, 1, 0xFF, 0, 0]],
            [[5, 0], [5, 0, 0, 4, 0]], [[5, 0], [4, 0, 0, 1, 0, 0, 0, 0, 0, 0]], [[5], [0], [5, 1], [0, 1]],
        ]

    @Test("whatever a proxy says, the stream goes on, over TLS and without")
    func odd() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for answers in Self.oddities {
                for (socks, scheme) in [(true, "http"), (true, "https"), (false, "http"), (false, "https")] {
                    group.addTask {
                        let proxy = try await TestProxy.start { _ in .script(answers) }
                        var route = EventStreamRoute()
                        route.proxy = .url("\(socks ? "socks5" : "http")://127.0.0.1:\(proxy.port)")
                        var configuration = EventSourceConfiguration(url: "\(scheme)://feed.invalid/")
                        configuration.connectTimeout = .milliseconds(300)
                        var stream = EventSource(configuration, dialer: EventStreamDialer().taking(route))
                            .makeAsyncIterator()
                        try await stream.connecting()
                        let (_, error) = try await stream.waiting()
                        #expect(error.isTemporary)
                        try await proxy.stop()
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Moves the time when the proxy has been asked. Returns for what.
    private func hang(_ proxy: TestProxy, _ clock: TestClock, for time: Duration) async -> String? {
        let question = await proxy.asked.first { _ in true }
        await clock.sleepers(1)
        clock.advance(by: time)
        return question
    }

    @Test("what cannot go by a proxy is told before anything is sent to it")
    func impossible() async throws {
        let long = "https://\(Array(repeating: String(repeating: "a", count: 60), count: 5).joined(separator: "."))/"
        for (proxy, url, credential, words) in [
            (
                "http://p:1", "https://[::1]/", nil,
                "the certificate of an address (::1) cannot be verified behind a proxy"
            ),
            ("socks5://p:1", "http://h/", "/x", "the SOCKS proxy p:1 is asked without user and password"),
            ("socks5://p:1", long, nil, "the server's name is too long for a SOCKS proxy"),
            ("ftp://u:s3cr3t@p:1", "http://h/", nil, "cannot use the proxy ftp://p:1"),
        ] as [(String, String, String?, String)] {
            var route = EventStreamRoute()
            route.proxy = .url(proxy)
            route.proxyCredentialFile = credential
            #expect(route.problems(to: url).last?.message == words)
            var stream = stream(url, by: route)
            try await stream.connecting()
            let (_, error) = try await stream.waiting()
            #expect(error.reason.hasPrefix("\(words); ") && error.isTemporary)
        }
    }
}
