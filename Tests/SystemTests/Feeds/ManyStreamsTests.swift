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

    @Test(
        "a thousand from one section of the configuration, then nine hundred of them under load: each event is printed once"
    )
    func fromOneSection() async throws {
        let server = RogueServer(tick: .milliseconds(250))
        try await server.start(rate: 1)
        let scene = try FeedScene(server)
        let output = scene.scene.folder.appending(path: "printed")
        try Data().write(to: output)
        func configure(_ count: Int) throws -> String {
            try scene.configure(
                [], stream: "", print: "to = \"\(output.path)\"",
                """
                [streams.s]
                url = "\(server.url("/unique/"))s-{n}"
                each = { n = \(Array(0..<count)) }
                [stream_defaults]
                max_event_bytes = "64KiB"
                idle_timeout = "off"
                connect_timeout = "1m"
                [flow]
                max_in_flight_bytes = "64MiB"
                """)
        }
        let daemon = try await scene.daemon(configure(1000))
        try await scene.status { $0.streams.allSatisfy { $0.state == .open && $0.events > 0 } }
        _ = try configure(900)
        async let reload = scene.control.answer(to: ReloadRequest())
        let left = try await scene.status { $0.streams.count == 900 }
        #expect(left.streams.map(\.name) == (0..<900).map { "s-\($0)" })
        #expect(try await reload.changed.map(\.key) == (900..<1000).map { "stream.s-\($0)" })
        // Those that stay have more to say.
        let logs = server.logs
        let (stay, gone) = (logs.filter { left[stream: $0.name] != nil }, logs.filter { left[stream: $0.name] == nil })
        try #require((stay.count, gone.count) == (900, 100))
        let before = stay[0].count
        try await scene.status { _ in stay[0].count > before }
        server.settle()
        var printed = PrintedEvents()
        let file = try FileHandle(forReadingFrom: output)
        let end = try await scene.status { status in
            try printed.read(file)
            return status.messages.inFlight == 0 && UInt64(printed.lines) == status.messages.processed
                && stay.allSatisfy { printed.distinct($0.name) == $0.count }
        }
        #expect(end.messages.received == UInt64(printed.lines) && printed.strange.isEmpty)
        // Of one that is gone all that it brought, without a gap.
        for log in gone {
            let count = printed.distinct(log.name)
            #expect(count > 0 && printed.missing(log, of: count).isEmpty, "\(log.name)")
        }
        #expect(logs.allSatisfy { printed.repeats($0.name) == 0 })
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
