import Foundation
import RouteKit
import Testing

/// A stream behind mutual TLS and a proxy that wants a password, as the configuration has it.
@Suite("A feed behind its own authority, client certificates and a proxy", .timeLimit(.minutes(2)))
struct StreamRouteTests {
    private static let password = "canary-pa55word"

    /// A scene with the credentials of a service.
    private struct Credentials {
        let scene: Scene
        let folder: URL

        init() throws {
            scene = try Scene()
            folder = scene.folder.appending(path: "credentials")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try write(RouteCertificates.client, to: "feed-certificate")
            try write(RouteCertificates.clientKey, to: "feed-key")
            try write("reader:\(password)\n", to: "proxy-login")
            try RouteCertificates.authorityOne.write(
                to: scene.folder.appending(path: "ca.pem"), atomically: true, encoding: .utf8)
        }

        func write(_ text: String, to name: String) throws {
            try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
        }

        func configure(_ url: String, proxy: String) throws -> String {
            let path = scene.folder.appending(path: "ptrd.toml").path
            try """
            [stream.feed]
            url = "\(url)"
            reconnect = { initial = "10ms", max = "20ms" }
            proxy = "\(proxy)"
            proxy_credential = "proxy-login"
            [stream.feed.tls]
            ca = "\(scene.folder.path)/ca.pem"
            client_certificate_credential = "feed-certificate"
            client_key_credential = "feed-key"
            server_name = "feed.internal"
            [log]
            level = "debug"
            [handler.print]
            to = "stdout"
            [state]
            directory = "\(scene.folder.path)/state"
            [control]
            socket = "\(scene.socket)"
            """.write(toFile: path, atomically: true, encoding: .utf8)
            return path
        }

        var environment: [String: String] { ["CREDENTIALS_DIRECTORY": folder.path] }
    }

    @Test("is read through refusals and a rotation of its certificate, and nothing that was written holds a secret")
    func feed() async throws {
        let credentials = try Credentials()
        let scene = credentials.scene
        let server = try await TLSFeed.start(
            certificate: RouteCertificates.internalServer, clientsOf: RouteCertificates.authorityOne)
        let word = Data("reader:\(Self.password)".utf8).base64EncodedString()
        let proxy = try await TestProxy.start { $0 < 2 ? .refusal("HTTP/1.1 502 \(word)\r\n\r\n") : .authorized(word) }
        let configuration = try credentials.configure(
            "https://far.invalid:\(server.port)/", proxy: "http://localhost:\(proxy.port)")
        let daemon = try await scene.daemon(configuration, environment: credentials.environment)
        #expect(await daemon.output.first(containing: "1") == "1")
        // A moment at which the two do not fit, a refusal, and then what is right again.
        try credentials.write(RouteCertificates.nextClient, to: "feed-certificate")
        server.disconnect()
        #expect(await daemon.errors.first(containing: "it does not fit the certificate in") != nil)
        try credentials.write(RouteCertificates.clientOfTwo, to: "feed-certificate")
        try credentials.write(RouteCertificates.clientKey, to: "feed-key")
        #expect(await daemon.errors.first(containing: "the server does not trust the client's certificate") != nil)
        try credentials.write("reader:\(Self.password)-old", to: "proxy-login")
        #expect(await daemon.errors.first(containing: "refused: 407, it does not take the user and password") != nil)
        try credentials.write("reader:\(Self.password)", to: "proxy-login")
        try credentials.write(RouteCertificates.client, to: "feed-certificate")
        #expect(await daemon.output.first(containing: "2") == "2")
        let answers = try await Self.answers(of: scene)
        daemon.signal(SIGTERM)
        #expect(await daemon.status == 0)
        #expect(await daemon.output.toTheEnd == ["1", "2"])
        let written = await daemon.errors.toTheEnd + answers
        #expect(written.contains { $0.contains("the proxy localhost:\(proxy.port) refused") })
        try Self.expectNoSecrets(written.joined(separator: "\n"), word)
        let state = scene.folder.appending(path: "state")
        for file in try FileManager.default.contentsOfDirectory(atPath: state.path) {
            let bytes = try Data(contentsOf: state.appending(path: file))
            try Self.expectNoSecrets(String(decoding: bytes, as: UTF8.self), word)
        }
        try await server.stop()
        try await proxy.stop()
    }

    /// All that ptrctl says of the daemon.
    private static func answers(of scene: Scene) async throws -> [String] {
        var answers: [String] = []
        let report = scene.folder.appending(path: "report.tar.gz").path
        for verb in [["status"], ["status", "--json"], ["report", "--output", report]] {
            let outcome = try await Program("ptrctl", ["--socket", scene.socket] + verb).outcome
            answers += [outcome.out, outcome.err]
        }
        // The configuration in force is in it, among others.
        let unpacked = try await Program(executable: URL(filePath: "/usr/bin/env"), ["tar", "-xzOf", report]).outcome
        #expect(unpacked.out.contains("feed-certificate"))
        answers.append(unpacked.out)
        return answers
    }

    private static func expectNoSecrets(_ text: String, _ word: String) throws {
        let key = RouteCertificates.clientKey.split(separator: "\n").dropFirst().dropLast()
        for secret in [password, word] + key.map(String.init) {
            #expect(!text.contains(secret), "\(text)")
        }
    }

    @Test(
        "at the start, a key that does not fit is told with its place, and with --check-config an authority that is none"
    )
    func start() async throws {
        let credentials = try Credentials()
        let configuration = try credentials.configure("https://far.invalid/", proxy: "http://localhost:1")
        try credentials.write(RouteCertificates.nextClientKey, to: "feed-key")
        let wrong = try await Program("ptrd", ["--config", configuration], environment: credentials.environment).outcome
        #expect(wrong.status == 78)
        #expect(
            wrong.err.contains(
                """
                ptrd.toml:9: stream.feed.tls.client_key_credential: cannot use the client key in \
                \(credentials.folder.path)/feed-key: it does not fit the certificate in \
                \(credentials.folder.path)/feed-certificate; put the key
                """), "\(wrong.err)")
        #expect(try await Program("ptrd", ["--config", configuration, "--check-config"]).outcome.status == 0)
        try "none".write(
            to: credentials.scene.folder.appending(path: "ca.pem"), atomically: true, encoding: .utf8)
        let checked = try await Program("ptrd", ["--config", configuration, "--check-config"]).outcome
        #expect(checked.status == 78)
        #expect(checked.err.contains("ptrd.toml:7: stream.feed.tls.ca: cannot use the certificates to trust in"))
    }
}
