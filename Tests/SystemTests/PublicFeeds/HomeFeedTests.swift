import Foundation
import NIOCore
import NIOSSL
import Testing

@testable import Feeds

@Suite("The configuration on the page of a server behind an authority of its own", .timeLimit(.minutes(5)))
struct HomeFeedTests {
    private let old = "canary-OLD-5e4f"
    private let new = "canary-NEW-81c2"

    /// TLS that wants the certificate of a client.
    private static func front(trusting client: String) throws -> LikenessServer.Front {
        func certificate(_ text: String) throws -> NIOSSLCertificate {
            try NIOSSLCertificate(bytes: Array(text.utf8), format: .pem)
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [.certificate(try certificate(HomeCertificates.server))],
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(HomeCertificates.serverKey.utf8), format: .pem)))
        configuration.certificateVerification = .noHostnameVerification
        configuration.trustRoots = .certificates([try certificate(client)])
        let context = try NIOSSLContext(configuration: configuration)
        return { try $0.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context)) }
    }

    @Test("is known by its certificate, and comes back with another one, and with another token")
    func homeAssistant() async throws {
        let server = LikenessServer(HomeAssistant(), secret: old)
        server.use(try Self.front(trusting: HomeCertificates.oldClient))
        try await server.start()
        let run = try await FeedRun(
            server, page: "Home Assistant", url: "https://127.0.0.1:\(server.port)",
            credentials: [
                "home-token": old, "home-certificate": HomeCertificates.oldClient,
                "home-key": HomeCertificates.oldClientKey,
            ]
        ) { page, scene in
            let authority = scene.folder.appending(path: "home-ca.pem")
            try HomeCertificates.authority.write(to: authority, atomically: true, encoding: .utf8)
            return page.replacing("/etc/ptrd/home-ca.pem", with: authority.path)
        }
        func lines(_ numbers: Range<Int>) -> [String] {
            server.events(numbers).map(\.data).map { "\(value("entity_id", in: $0)) \(value("state", in: $0))" }
        }
        try await run.start()
        server.beat()
        await run.grow(by: 5, printing: lines(0..<5))
        await run.reconnect(.clean)
        try await run.restartServer()
        await run.grow(by: 3, printing: lines(5..<8))
        try await run.rotate(to: new, handing: "home-token")
        await run.grow(by: 2, printing: lines(8..<10))
        // From now on only the other certificate is known.
        server.use(try Self.front(trusting: HomeCertificates.newClient))
        let before = server.record
        server.drop(.clean)
        await server.wait { $0.connections > before.connections + 1 }
        #expect(server.record.opened == before.opened)
        try run.hand(HomeCertificates.newClientKey, as: "home-key")
        try run.hand(HomeCertificates.newClient, as: "home-certificate")
        await server.wait { $0.opened > before.opened }
        await run.grow(by: 4, printing: lines(10..<14))
        try await run.stop()
        server.grow(by: 2)
        try await run.start()
        await run.grow(by: 3, printing: lines(16..<19))
        try await run.end()
    }
}
