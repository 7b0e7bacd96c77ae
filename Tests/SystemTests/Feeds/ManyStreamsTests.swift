import ControlAPI
import Foundation
import NIOCore
import Testing

@testable import RogueFeed

/// How many come back at once by hand; `scripts/rogue` says more.
private let herd = ProcessInfo.processInfo.environment["PTR_HERD"].flatMap { Int($0) }

@Suite("Many streams to one host", .timeLimit(.minutes(5)))
struct ManyStreamsTests {
    private func daemon(
        _ scene: FeedScene, _ count: Int, _ door: Door, stream: String = ""
    ) async throws -> Program {
        try await scene.daemon(
            scene.configure(
                (0..<count).map { ("s\($0)", scene.server.url("/unique/s\($0)", door)) },
                stream: "max_event_bytes = \"16KiB\"\n" + stream,
                print: "to = \"\(scene.scene.folder.appending(path: "printed").path)\""))
    }

    @Test("more than a server of HTTP/2 takes on one connection: all are open")
    func beyondTheLimit() async throws {
        let server = RogueServer(tick: .milliseconds(100))
        try await server.start(rate: 1)
        let scene = try FeedScene(server)
        let daemon = try await daemon(scene, 105, canTrustTestAuthority ? .tlsWithHTTP2 : .plain)
        let status = try await scene.status { status in status.streams.allSatisfy { $0.state == .open && $0.events > 0 }
        }
        #expect(status.streams.count == 105)
        #expect(server.spokenHTTP2 == 0)
        await scene.stop(daemon)
        try await server.stop()
    }

    @Test("cut together, they do not come back together", .enabled(if: herd != nil, "by hand: scripts/rogue herd"))
    func herdOfStreams() async throws {
        let count = herd ?? 0
        let server = RogueServer(tick: .milliseconds(500))
        try await server.start(rate: 0)
        let scene = try FeedScene(server)
        let daemon = try await daemon(
            scene, count, .plain, stream: #"reconnect = { initial = "1s", max = "10s" }"#)
        try await scene.status { status in status.streams.allSatisfy { $0.state == .open } }
        let before = server.requests().count
        let clock = ContinuousClock()
        let cut = clock.now
        server.end(.fin)
        try await scene.wait { server.requests().count >= before + count }
        let arrivals = server.requests().dropFirst(before).map { cut.duration(to: $0.time) }.sorted()
        var slots: [Int: Int] = [:]
        for arrival in arrivals { slots[Int(arrival / .milliseconds(50)), default: 0] += 1 }
        print("herd: \(count) streams came back between \(arrivals.first ?? .zero) and \(arrivals.last ?? .zero)")
        for slot in slots.keys.sorted() { print("herd: \(slot * 50) ms: \(slots[slot] ?? 0)") }
        #expect((slots.values.max() ?? 0) < count / 4)
        await scene.stop(daemon)
        try await server.stop()
    }
}
