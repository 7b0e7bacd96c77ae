import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Testing

@testable import EventSource

@Suite("TLS, proxies, and the words of network errors")
struct ClientNetworkTests {
    @Test("a server with a certificate of one's own authority is trusted once the authority is")
    func customAuthority() async throws {
        let server = try await FeedServer.start(
            tls: .makeServerConfiguration(
                certificateChain: [.certificate(NIOSSLCertificate(bytes: TestCertificates.server, format: .pem))],
                privateKey: .privateKey(NIOSSLPrivateKey(bytes: TestCertificates.serverKey, format: .pem))))
        let url = "https://127.0.0.1:\(server.port)/events"
        try await withClient(.eventStreams) { client in
            var stream = EventSource.leaping(untimed(url), client: client).makeAsyncIterator()
            try await stream.connecting()
            let (_, error) = try await stream.waiting()
            #expect(error.code == .tls)
            #expect(error.reason == "TLS failed: the server's certificate is not trusted")
        }
        try await withTemporaryFile(TestCertificates.authority) { path in
            try await withClient(.eventStreams(certificateAuthorityFile: path)) { client in
                var stream = EventSource.leaping(untimed(url), client: client).makeAsyncIterator()
                try await stream.connecting()
                async let exchange = server.nextStream("data: a\n\n")
                try await stream.open()
                #expect(try await stream.events(1) == [PlainEvent("a")])
                _ = try await exchange
            }
        }
        try await server.stop()
    }

    @Test("a file of certificates that cannot be used, and a proxy that is none, are told as such")
    func invalidConfiguration() async throws {
        #expect {
            try HTTPClient.Configuration.eventStreams(certificateAuthorityFile: "/nowhere/ca.pem")
        } throws: {
            "\($0)"
                == "cannot use the certificate authorities in /nowhere/ca.pem: no such file or directory (errno 2)"
        }
        for text in ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            try await withTemporaryFile(text) { path in
                #expect(
                    throws: EventStreamClientError.certificateAuthority(
                        path: path, reason: "it holds no certificates in PEM form")
                ) {
                    try HTTPClient.Configuration.eventStreams(certificateAuthorityFile: path)
                }
            }
        }
        for (proxy, shown) in [
            ("", ""), ("proxy:3128", "proxy:3128"), ("http://u:secret@proxy", "http://proxy"),
            ("https://proxy:1", "https://proxy:1"), ("http://proxy:0", "http://proxy:0"),
            ("http://proxy:1/x", "http://proxy:1/x"), ("socks5://u@proxy:1080", "socks5://proxy:1080"),
        ] {
            #expect(throws: EventStreamClientError.proxy(shown)) {
                try HTTPClient.Configuration.eventStreams(proxy: proxy)
            }
        }
        let proxy = try HTTPClient.Configuration.eventStreams(proxy: "http://u:p@[::1]:3128").proxy
        #expect(proxy?.host == "::1")
        #expect(proxy?.port == 3128)
        #expect(proxy?.authorization == .basic(username: "u", password: "p"))
        #expect(try HTTPClient.Configuration.eventStreams(proxy: "socks5://127.0.0.1:1080").proxy?.port == 1080)
    }

    @Test("the stream goes through the proxy, which gets the server's name unresolved, and its own credentials")
    func proxy() async throws {
        let proxy = try await ScriptedServer.start(replies: [
            "HTTP/1.1 200 Connection established\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: tunnelled\n\n",
        ])
        let configuration = try HTTPClient.Configuration.eventStreams(proxy: "http://user:pass@127.0.0.1:\(proxy.port)")
        try await withClient(configuration) { client in
            var stream = EventSource.leaping(untimed("http://does-not-exist.invalid/events"), client: client)
                .makeAsyncIterator()
            try await stream.connecting()
            try await stream.open()
            #expect(try await stream.events(1) == [PlainEvent("tunnelled")])
        }
        var requests = proxy.requests.makeAsyncIterator()
        let connect = try #require(await requests.next())
        #expect(connect.hasPrefix("CONNECT does-not-exist.invalid:80 HTTP/1.1\r\n"))
        #expect(connect.lowercased().contains("proxy-authorization: basic dxnlcjpwyxnz\r\n"))
        let request = try #require(await requests.next())
        #expect(request.hasPrefix("GET /events HTTP/1.1\r\n"))
        #expect(!request.lowercased().contains("proxy-authorization"))
        try await proxy.stop()
    }

    @Test("C2 a proxy that refuses is a reason to connect again")
    func refusingProxy() async throws {
        for (reply, words) in [
            ("HTTP/1.1 403 Forbidden\r\n\r\n", "the proxy refused"),
            ("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "the proxy wants authentication"),
        ] {
            let proxy = try await ScriptedServer.start(replies: [reply])
            try await withClient(.eventStreams(proxy: "http://127.0.0.1:\(proxy.port)")) { client in
                var stream = EventSource.leaping(untimed("http://example.invalid/"), client: client)
                    .makeAsyncIterator()
                try await stream.connecting()
                let (_, error) = try await stream.waiting()
                #expect(error.code == .connect)
                #expect(error.reason == "cannot connect to example.invalid:80: \(words)")
            }
            try await proxy.stop()
        }
    }

    @Test(
        "C2 a refused connection is told with host and port, by name and by address",
        arguments: ["127.0.0.1", "localhost"])
    func refused(host: String) async throws {
        let server = try await FeedServer.start()
        let port = server.port
        try await server.stop()
        try await withClient(.eventStreams) { client in
            var stream = EventSource.leaping(untimed("http://\(host):\(port)/"), client: client).makeAsyncIterator()
            try await stream.connecting()
            let (_, error) = try await stream.waiting()
            #expect(error.code == .connect)
            #expect(
                error.description == "event stream http://\(host):\(port)/: cannot connect to \(host):\(port): "
                    + "connection refused (errno \(ECONNREFUSED)); will connect again")
        }
    }

    @Test("C2 a reset is told with its error number, before and after the response's head")
    func reset() async throws {
        let words = "the connection broke: connection reset by peer (errno \(ECONNRESET))"
        try await withFeed { server, client in
            var stream = EventSource.leaping(untimed(server.url), client: client).makeAsyncIterator()
            try await stream.connecting()
            let early = server.answer { try await $0.reset() }
            #expect(try await stream.waiting().1.reason == words)
            _ = try await early.value

            try await stream.connecting(2)
            async let late = server.nextStream("data: a\n\n")
            try await stream.open()
            #expect(try await stream.events(1) == [PlainEvent("a")])
            try await late.reset()
            #expect(try await stream.waiting().1.reason == words)
        }
    }

    @Test("C2 a body that breaks off without an error of the system is told as such")
    func truncated() async throws {
        try await withFeed { server, client in
            var stream = EventSource.leaping(untimed(server.url), client: client).makeAsyncIterator()
            try await stream.connecting()
            async let exchange = server.nextStream("data: a\n\n")
            try await stream.open()
            #expect(try await stream.events(1) == [PlainEvent("a")])
            try await exchange.hangUp()
            #expect(
                try await stream.waiting().1.reason
                    == "the connection broke: it ended in the middle of the response")
        }
    }

    @Test("the server is named with its port, in brackets where it is an IPv6 address, a socket by its path")
    func serverNames() throws {
        for (url, name) in [
            ("http://example.org/a", "example.org:80"), ("https://example.org", "example.org:443"),
            ("http://[::1]:4000/", "[::1]:4000"), ("http+unix://%2Frun%2Ffeed.sock/tweets", "/run/feed.sock"),
        ] {
            #expect(try EventStreamRequest(EventSourceConfiguration(url: url), lastEventID: "").server == name)
        }
    }
}
