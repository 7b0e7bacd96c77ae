import AsyncHTTPClient
import Foundation
import NIOSSL
import RouteKit
import Testing

@testable import EventSource

/// A folder with the files of a route.
final class RouteFolder {
    let path = FileManager.default.temporaryDirectory.appending(path: "route-\(UUID().uuidString)").path

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Exchanges a file as one does: by a rename.
    @discardableResult
    func write(_ text: String, to name: String) throws -> String {
        try text.write(toFile: "\(path)/\(name)", atomically: true, encoding: .utf8)
        return "\(path)/\(name)"
    }

    /// The way of a client that trusts the first authority, and has a certificate by it.
    func route(
        ca: String? = RouteCertificates.authorityOne, _ certificate: String? = RouteCertificates.client,
        _ key: String? = RouteCertificates.clientKey
    ) throws -> EventStreamRoute {
        var route = EventStreamRoute()
        route.authorityFile = try ca.map { try write($0, to: "ca.pem") }
        route.certificateFile = try certificate.map { try write($0, to: "certificate") }
        route.keyFile = try key.map { try write($0, to: "key") }
        return route
    }
}

/// A stream that takes a way, with a client for each connection.
func stream(_ url: String, by route: EventStreamRoute) -> EventSource.AsyncIterator {
    EventSource.dialing(untimed(url), EventStreamDialer().taking(route)).makeAsyncIterator()
}

func certificate(_ pem: String) throws -> NIOSSLCertificate {
    try NIOSSLCertificate(bytes: Array(pem.utf8), format: .pem)
}

@Suite("TLS by files: the authority, the client's certificate, the server's name")
struct ClientCertificateTests {
    @Test("a server that wants a certificate gets it; the next connection shows the one that was put there meanwhile")
    func rotation() async throws {
        let folder = try RouteFolder()
        let server = try await TLSFeed.start(clientsOf: RouteCertificates.authorityOne)
        var visits = server.visits.makeAsyncIterator()
        var stream = stream("https://localhost:\(server.port)/", by: try folder.route())
        try await stream.connecting()
        try await stream.open()
        #expect(try await stream.events(1) == [PlainEvent("1")])
        #expect(await visits.next()?.client == (try certificate(RouteCertificates.client)))
        // Between the two writes they do not fit each other; no connection is made then.
        try folder.write(RouteCertificates.nextClient, to: "certificate")
        try folder.write(RouteCertificates.nextClientKey, to: "key")
        server.disconnect()
        _ = try await stream.waiting()
        try await stream.connecting()
        try await stream.open()
        #expect(try await stream.events(1) == [PlainEvent("2")])
        #expect(await visits.next()?.client == (try certificate(RouteCertificates.nextClient)))
        try await server.stop()
    }

    @Test("an authority that is put in the place of another holds from the next connection on")
    func otherAuthority() async throws {
        let folder = try RouteFolder()
        let server = try await TLSFeed.start(certificate: RouteCertificates.serverOfTwo)
        var stream = stream("https://localhost:\(server.port)/", by: try folder.route(nil, nil))
        try await stream.connecting()
        let (_, error) = try await stream.waiting()
        #expect(error.code == .tls)
        #expect(error.reason == "TLS failed: the server's certificate is not trusted")
        try folder.write(RouteCertificates.authorityOne + RouteCertificates.authorityTwo, to: "ca.pem")
        try await stream.connecting(2)
        try await stream.open()
        #expect(try await stream.events(1) == [PlainEvent("1")])
        try folder.write(RouteCertificates.authorityOne, to: "ca.pem")
        server.disconnect()
        _ = try await stream.waiting()
        try await stream.connecting()
        #expect(try await stream.waiting().1.reason == "TLS failed: the server's certificate is not trusted")
        try await server.stop()
    }

    @Test(
        "who has no certificate, or one that the server's authority has not signed, is told so, and tries again",
        arguments: [
            (nil, "the server wants a certificate of the client"),
            (RouteCertificates.clientOfTwo, "the server does not trust the client's certificate"),
        ])
    func unwelcome(certificate: String?, words: String) async throws {
        let folder = try RouteFolder()
        let server = try await TLSFeed.start(clientsOf: RouteCertificates.authorityOne)
        let route = try folder.route(certificate, certificate.map { _ in RouteCertificates.clientKey })
        var stream = stream("https://localhost:\(server.port)/", by: route)
        for attempt in 1...2 {
            try await stream.connecting(attempt)
            let (_, error) = try await stream.waiting()
            #expect(error.reason == "TLS failed: \(words)")
            #expect(error.code == .tls && error.isTemporary)
        }
        try await server.stop()
    }

    @Test(
        "the server is asked for server_name, and its certificate is to be for that; Host stays",
        arguments: [true, false])
    func serverName(byAddress: Bool) async throws {
        let folder = try RouteFolder()
        let server = try await TLSFeed.start(certificate: RouteCertificates.internalServer)
        var visits = server.visits.makeAsyncIterator()
        let host = byAddress ? "127.0.0.1" : "localhost"
        var route = try folder.route(nil, nil)
        var unnamed = stream("https://\(host):\(server.port)/", by: route)
        try await unnamed.connecting()
        #expect(try await unnamed.waiting().1.reason == "TLS failed: the server's certificate is for another name")
        route.serverName = "feed.internal"
        var named = stream("https://\(host):\(server.port)/path?a=b", by: route)
        try await named.connecting()
        try await named.open()
        let visit = try #require(await visits.next())
        #expect(visit.hello.contains("feed.internal") && !visit.hello.contains("localhost"))
        #expect(visit.request.hasPrefix("GET /path?a=b HTTP/1.1\r\n"))
        #expect(visit.request.contains("\r\nHost: \(host):\(server.port)\r\n"))
        try await server.stop()
    }

    @Test("another origin that a redirect leads to is shown no certificate, and not asked for server_name")
    func redirect() async throws {
        let folder = try RouteFolder()
        let target = try await TLSFeed.start(clientsOf: RouteCertificates.authorityOne)
        let context = try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: [.certificate(try certificate(RouteCertificates.server))],
                privateKey: .privateKey(NIOSSLPrivateKey(bytes: Array(RouteCertificates.serverKey.utf8), format: .pem)))
        )
        let first = try await ScriptedServer.start(
            replies: ["HTTP/1.1 302 Found\r\nLocation: https://localhost:\(target.port)/\r\nContent-Length: 0\r\n\r\n"],
            tls: context)
        var stream = stream("https://localhost:\(first.port)/", by: try folder.route())
        try await stream.connecting()
        #expect(try await stream.waiting().1.reason == "TLS failed: the server wants a certificate of the client")
        try await target.stop()
        try await first.stop()
    }

    @Test("nothing is parsed again while nothing has changed")
    func parsedOnce() throws {
        let folder = try RouteFolder()
        let files = RouteFiles(try folder.route())
        let first = (try #require(try files.identity()), try #require(try files.authorities()))
        let second = (try #require(try files.identity()), try #require(try files.authorities()))
        #expect(first.0.certificates[0] === second.0.certificates[0] && first.0.key === second.0.key)
        #expect(first.1[0] === second.1[0])
        // As long, and maybe of the same moment.
        try folder.write(RouteCertificates.authorityOne, to: "ca.pem")
        #expect(try files.authorities()?[0] !== second.1[0])
        #expect(try files.identity()?.key === second.0.key)
    }
}
