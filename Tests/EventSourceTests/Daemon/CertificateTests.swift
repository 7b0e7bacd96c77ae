import AsyncHTTPClient
import Foundation
import NIOCore
import NIOSSL
import Testing

@testable import EventSource

/// What is trusted, and what is told of what is not, with real sockets.
@Suite("Certificates of servers")
struct CertificateTests {
    private func reason(
        of server: ByteServer, host: String = "127.0.0.1", _ dialer: EventStreamDialer = .testing
    ) async throws -> String {
        var stream = EventSource.dialing(untimed("https://\(host):\(server.port)/"), dialer).makeAsyncIterator()
        try await stream.connecting()
        let (_, error) = try await stream.waiting()
        #expect(error.code == .tls)
        try await server.stop()
        return error.reason
    }

    private func configuration(_ certificate: [UInt8], _ key: [UInt8]) throws -> TLSConfiguration {
        try .makeServerConfiguration(
            certificateChain: [.certificate(NIOSSLCertificate(bytes: certificate, format: .pem))],
            privateKey: .privateKey(NIOSSLPrivateKey(bytes: key, format: .pem)))
    }

    @Test("a certificate that has expired is told with its day", arguments: ["127.0.0.1", "localhost"])
    func expired(host: String) async throws {
        let tls = try configuration(ExpiredCertificate.certificate, ExpiredCertificate.key)
        let server = try await ByteServer.start(tls: tls) { _ in .silence }
        #expect(
            try await reason(of: server, host: host) == "TLS failed: the server's certificate expired on 2021-01-02")
    }

    @Test("a certificate by an unknown authority is not trusted, with the system's authorities")
    func untrusted() async throws {
        let server = try await ByteServer.start(tls: ByteServer.tls) { _ in .silence }
        #expect(
            try await reason(of: server, EventStreamDialer())
                == "TLS failed: the server's certificate is not trusted")
    }

    @Test("the certificates that the system trusts are parsed once, and again when their file has changed")
    func trustRoots() throws {
        let path = "/tmp/EventSource-\(UInt32.random(in: 0 ... .max)).pem"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let roots = TrustRoots(paths: ["/nowhere.pem", path])
        #expect(roots.certificates() == nil)
        try TestCertificates.authority.write(toFile: path, atomically: true, encoding: .utf8)
        let first = try #require(roots.certificates())
        #expect(first.count == 1)
        let second = try #require(roots.certificates())
        #expect(first == second)
        try (TestCertificates.authority + TestCertificates.authority).write(
            toFile: path, atomically: true, encoding: .utf8)
        #expect(roots.certificates()?.count == 2)
    }
}
