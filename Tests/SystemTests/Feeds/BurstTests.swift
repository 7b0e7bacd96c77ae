import ControlAPI
import Foundation
import Testing

@testable import RogueFeed

/// Sends a burst with the first answer to each stream, and is silent from the second on; after a reset, whose last bytes
/// the kernels may drop, it goes on where the client says.
private struct BurstManners: Manners {
    static let events = 1000
    /// The streams that have had theirs.
    let asked = AskedStreams()

    func wiring(of number: Int, isEncrypted: Bool) -> Wiring { .good }

    func answer(_ request: FeedRequest, of log: FeedLog, server: RogueServer) -> [Act] {
        var conduct = EventsConduct(from: log.start(after: request.lastEventID))
        if asked.isFirst(log.name) {
            conduct.count = Self.events
            conduct.endsTorn = log.name.contains("torn")
            conduct.ending = log.name.contains("reset") ? .reset : .fin
        } else if !log.name.contains("reset") {
            conduct.from = Self.events
        }
        return [.write(GoodManners.head), .events(conduct)]
    }
}

@Suite("Bursts that end with their connection", .timeLimit(.minutes(2)))
struct BurstTests {
    @Test("by FIN, RST or a torn chunk, with a small window and slow work: what was sent whole is printed")
    func bursts() async throws {
        let server = RogueServer(manners: BurstManners())
        try await server.start(rate: 0)
        let scene = try FeedScene(server)
        let doors: [(String, Door)] =
            canTrustTestAuthority
            ? [("plain", .plain), ("tls", .tls), ("h2", .tlsWithHTTP2)] : [("plain", .plain)]
        var streams: [(name: String, url: String)] = []
        for (word, door) in doors {
            for end in ["fin", "torn", "reset"] {
                streams.append((name: "\(end)-\(word)", url: server.url("/unique/\(end)-\(word)", door)))
            }
        }
        let logs = streams.compactMap { server.log("/unique/\($0.name)") }
        for log in logs { log.grow(by: BurstManners.events) }
        let daemon = try await scene.daemon(
            scene.configure(
                streams, stream: #"reconnect = { initial = "20ms", max = "50ms" }"#,
                print: #"to = "stdout"\#nsimulated_work = { min = "1ms", max = "2ms" }"#,
                """
                [flow]
                max_in_flight = 16
                [scaling]
                max = 2
                """))
        let all = logs.count * BurstManners.events
        // Each has come back, so nothing more of the burst is to come.
        try await scene.status { status in
            status.messages.processed >= all
                || (status.messages.inFlight == 0 && status.streams.allSatisfy { $0.reconnects > 0 })
        }
        await scene.stop(daemon)
        var printed = PrintedEvents()
        for line in await daemon.output.toTheEnd { printed.note(line) }
        for log in logs {
            #expect(printed.missing(log, of: BurstManners.events).prefix(5) == [], "\(log.name)")
            #expect(printed.repeats(log.name) == 0, "\(log.name)")
        }
        #expect(printed.strange == [])
        try await server.stop()
    }
}
