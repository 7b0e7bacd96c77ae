import ControlAPI
import Foundation
import Testing

private let canIsolate = getuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/bin/unshare")

/// How far a connection comes with a peer that then does nothing for ever.
private enum Phase: String, CaseIterable, Sendable {
    case name = "the question for its address"
    case syn = "SYN"
    case tls = "the TLS handshake"
    case secure = "the head of the answer over TLS, h2 on offer too"
    case unread = "a request that nobody reads"
    case head = "the head of the answer"
    case body = "the body"
}

@Suite(
    "A stop with peers that never answer", .serialized, .timeLimit(.minutes(3)),
    .enabled(if: canIsolate, "needs root, to give ptrd a resolver and an authority of its own"))
struct SilentPeerTests {
    private static let resolver = "127.0.0.77"
    private let scene: Scene
    /// Open as long as the test takes.
    private let peers: [SilentPeer]
    private let answering: [AnsweringSocket]
    private let secure: Program
    private let urls: [Phase: String]

    init() async throws {
        scene = try Scene()
        peers = [
            try SilentPeer(.nameServer(Self.resolver)), try SilentPeer(.deafToSYN), try SilentPeer(.neverReads),
        ]
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
        answering = [try AnsweringSocket(answers: [""]), try AnsweringSocket(answers: [head])]
        let folder = scene.folder.path
        let authority = try Program(
            executable: URL(filePath: "/usr/bin/openssl"),
            [
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1", "-addext",
                "subjectAltName=IP:127.0.0.1", "-keyout", "\(folder)/key.pem", "-out", "\(folder)/ca.pem",
            ])
        try #require(await authority.status == 0)
        try "nameserver \(Self.resolver)\n".write(toFile: "\(folder)/resolv.conf", atomically: true, encoding: .utf8)
        // It speaks TLS, offers h2 beside HTTP/1.1, and then waits for what somebody types; nobody does.
        secure = try Program(
            executable: URL(filePath: "/bin/bash"),
            [
                "-c",
                """
                mkfifo "$0/typed"
                exec openssl s_server -accept 127.0.0.1:0 -alpn h2,http/1.1 -key "$0/key.pem" -cert "$0/ca.pem" <>"$0/typed"
                """,
                folder,
            ])
        let line = try #require(await secure.output.first(containing: "ACCEPT 127.0.0.1:"))
        let securePort = try #require(line.split(separator: ":").last)
        urls = [
            .name: "http://feed.example:8000/", .syn: "http://127.0.0.1:\(peers[1].port)/",
            .tls: "https://127.0.0.1:\(answering[0].port)/", .secure: "https://127.0.0.1:\(securePort)/",
            .unread: "http://127.0.0.1:\(peers[2].port)/", .head: "http://127.0.0.1:\(answering[0].port)/",
            .body: "http://127.0.0.1:\(answering[1].port)/",
        ]
    }

    /// Starts a daemon with a stream in each of the phases, and waits until each is there.
    private func daemon(_ phases: [Phase]) async throws -> Program {
        let streams = phases.map { phase in
            """
            [stream.\(phase)]
            url = "\(urls[phase]!)"
            connect_timeout = "60s"
            idle_timeout = "off"

            """
        }
        let path = scene.folder.appending(path: "ptrd.toml").path
        try
            (streams.joined() + """
                [handler.print]
                to = "stdout"
                [state]
                directory = "\(scene.folder.appending(path: "state").path)"
                [control]
                socket = "\(scene.socket)"
                [supervision]
                application = { restarts = 0, within = "60s" }
                """).write(toFile: path, atomically: true, encoding: .utf8)
        let daemon = try Program(
            executable: URL(filePath: "/usr/bin/unshare"),
            [
                "--mount", "/bin/bash", "-c",
                """
                set -e
                mount --bind "$2/resolv.conf" /etc/resolv.conf
                mount --bind "$2/ca.pem" /etc/ssl/certs/ca-certificates.crt
                exec "$0" --config "$1"
                """,
                Program.products.appending(path: "ptrd").path, path, scene.folder.path,
            ])
        try #require(await daemon.errors.first(containing: "is ready") != nil)
        while true {
            let streams = try await scene.control.status().streams
            if streams.allSatisfy({ [.connecting, .open].contains($0.state) }) { return daemon }
            try #require(!streams.contains { $0.state == .failed }, "\(streams)")
        }
    }

    @Test("ends by SIGTERM at once, with 0, in every phase of a connection", arguments: Phase.allCases.map(\.rawValue))
    func everyPhase(_ name: String) async throws {
        let daemon = try await daemon([try #require(Phase(rawValue: name))])
        daemon.signal(SIGTERM)
        // Far below drain_timeout: nothing is in flight.
        #expect(await daemon.status(within: .seconds(5)) == 0, "\(daemon.errors.all)")
        #expect(daemon.errors.all.contains { $0.contains("stopped: received 0") })
        await secure.end()
    }

    @Test("ends in every phase at once, whatever makes it end", arguments: WayToStop.allCases)
    func everyWay(_ way: WayToStop) async throws {
        let daemon = try await daemon(Phase.allCases)
        try await way.stop(daemon, socket: scene.socket)
        let status = await daemon.status(within: .seconds(10))
        // Nothing is in flight: the first signal is heeded before the second one comes.
        #expect(status == (way == .treeGivesUp ? 1 : 0), "\(daemon.errors.all)")
        await secure.end()
    }
}
