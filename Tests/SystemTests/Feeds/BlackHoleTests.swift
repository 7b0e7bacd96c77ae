import ControlAPI
import Foundation
import Testing

@testable import RogueFeed

@Suite("A peer that neither reads nor answers any more", .timeLimit(.minutes(3)))
struct BlackHoleTests {
    private static let idleTimeout = Duration.milliseconds(600)
    private static let connectTimeout = Duration.milliseconds(400)
    /// For a machine that does much else.
    private static let slack = Duration.seconds(2)

    enum Hole: String, CaseIterable {
        case connection = "on one connection"
        case accepting = "on that and on all new ones, from the first byte"
        case hello = "on that and in the middle of the first message of new ones"
        case answer = "on that and in the middle of the answer on new ones"

        var wiring: Wiring? {
            switch self {
            case .connection: nil
            case .accepting: .deaf
            case .hello: .deafAfter(40)
            case .answer: .muteAfter(60)
            }
        }
    }

    @Test(
        "the stream is open again within its own timeouts, and others to the same host never notice",
        arguments: Hole.allCases)
    func blackHole(_ hole: Hole) async throws {
        let server = RogueServer()
        try await server.start(rate: 50)
        let scene = try FeedScene(server)
        let doors: [(String, Door)] =
            canTrustTestAuthority
            ? [("plain", .plain), ("tls", .tls), ("h2", .tlsWithHTTP2)] : [("plain", .plain)]
        let held = doors.map { (name: "held-\($0.0)", url: server.url("/unique/held-\($0.0)", $0.1)) }
        let witnesses = doors.map { (name: "witness-\($0.0)", url: server.url("/unique/witness-\($0.0)", $0.1)) }
        let daemon = try await scene.daemon(
            scene.configure(
                held + witnesses,
                stream: """
                    idle_timeout = "600ms"
                    connect_timeout = "400ms"
                    response_timeout = "400ms"
                    reconnect = { initial = "100ms", max = "800ms" }
                    """,
                print: "to = \"\(scene.scene.folder.appending(path: "printed").path)\""))
        /// Seconds until the last of those that wait try again.
        func longestWait() async throws -> Double {
            let answer = try await Program("ptrctl", ["--socket", scene.scene.socket, "status", "--json"]).outcome.out
            let status = try JSONSerialization.jsonObject(with: Data(answer.utf8)) as? [String: Any]
            let streams = try #require(status?["streams"] as? [[String: Any]])
            return streams.compactMap { $0["next_attempt_in_seconds"] as? Double }.max() ?? 0
        }
        let isAtWork: (Status) -> Bool = { status in
            status.streams.allSatisfy { $0.state == .open && $0.events > 0 }
        }
        try await scene.status(where: isAtWork)

        let clock = ContinuousClock()
        var good = clock.now
        server.take(hole.wiring)
        for stream in held { server.end(.silence, path: "/unique/\(stream.name)") }
        var wait = 0.0
        if hole.wiring != nil {
            // Each has noticed, and has found out that new connections are no better.
            let tries = server.accepted + 2 * held.count
            try await scene.status { status in
                server.accepted >= tries && held.allSatisfy { status[stream: $0.name]?.state != .open }
            }
            server.take(nil)
            good = clock.now
            wait = try await longestWait()
        }
        try await scene.status { status in
            held.allSatisfy { status[stream: $0.name]?.reconnects ?? 0 > 0 } && isAtWork(status)
        }
        let took = good.duration(to: clock.now)
        let bound = Self.idleTimeout + Self.connectTimeout + .seconds(1) + .seconds(wait)
        #expect(took <= bound + Self.slack, "\(hole): \(took), with \(wait) s to wait")
        let status = try await scene.status { _ in true }
        for witness in witnesses { #expect(status[stream: witness.name]?.reconnects == 0, "\(witness.name)") }
        #expect(server.spokenHTTP2 == 0)
        if ProcessInfo.processInfo.environment["PTR_FIGURES"] != nil {
            print("black hole \(hole.rawValue): open after \(took), bound \(bound) with \(wait) s to wait")
        }
        await scene.stop(daemon)
        try await server.stop()
    }
}
