import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Testing

@testable import EventSource

@Suite("SO_KEEPALIVE, always")
struct KeepAliveTests {
    /// What a connection's socket answers, `nil` where it has no such option.
    private struct Options: Sendable, Equatable {
        var isOn: Int
        var idle: Int?
        var interval: Int?
        var probes: Int?

        init(_ channel: any Channel) throws {
            let options = try #require(channel.syncOptions)
            isOn = try options.getOption(.socketOption(.so_keepalive))
            idle = try? options.getOption(.tcpOption(.init(rawValue: KeepAlive.idleOption)))
            interval = try? options.getOption(.tcpOption(.init(rawValue: TCP_KEEPINTVL)))
            probes = try? options.getOption(.tcpOption(.init(rawValue: TCP_KEEPCNT)))
        }
    }

    @Test("a connection is probed after 60 s, every 10 s, 6 times, by TCP and under TLS", arguments: [false, true])
    func probes(overTLS: Bool) async throws {
        let (seen, continuation) = AsyncStream.makeStream(of: Options.self)
        var configuration = HTTPClient.Configuration.eventStreams
        configuration.tlsConfiguration = try TestCertificates.clientTLS
        let server = try await FeedServer.start(tls: overTLS ? TestCertificates.serverTLS() : nil)
        let url = "\(overTLS ? "https" : "http")://127.0.0.1:\(server.port)/"
        try await withClient(configuration.watching { continuation.yield(try Options($0)) }) { client in
            var stream = EventSource.leaping(untimed(url), client: client).makeAsyncIterator()
            try await stream.connecting()
            async let exchange = server.nextStream("data: a\n\n")
            try await stream.open()
            _ = try await exchange
            var options = seen.makeAsyncIterator()
            let found = try #require(await options.next())
            #expect(found.isOn == 1)
            #expect(found.idle == 60)
            #expect(found.interval == 10)
            #expect(found.probes == 6)
        }
        try await server.stop()
    }

    @Test("a Unix socket, which has no such options, is a stream as any other")
    func unixSocket() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "e\(UInt32.random(in: 0 ... .max)).sock").path
        let server = try await ScriptedServer.start(
            replies: ["HTTP/1.1 200 OK\nContent-Type: text/event-stream\n\ndata: a\n\n"], socketPath: path)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let host = path.replacingOccurrences(of: "/", with: "%2F")
        try await withClient(.eventStreams) { client in
            var stream = EventSource.leaping(untimed("http+unix://\(host)/events"), client: client).makeAsyncIterator()
            try await stream.connecting()
            try await stream.open()
            #expect(try await stream.events(1) == [PlainEvent("a")])
        }
        try await server.stop()
    }
}
