import ControlAPI
import Foundation
import Testing

@testable import RogueFeed

@Suite("Events with IDs of their own, without kills", .timeLimit(.minutes(5)))
struct ReconnectTests {
    /// How many connections are cut in each stream, of four: a hundred in all.
    private static let cuts = 25
    private static let stops = 20
    private static let stream = #"reconnect = { initial = "1ms", max = "5ms" }"#

    @Test("a hundred reconnects, also of streams that were silent since their last event: nothing is printed twice")
    func reconnects() async throws {
        let server = RogueServer()
        try await server.start(rate: 0)
        let scene = try FeedScene(server)
        let names = ["a", "b", "c", "d"]
        let logs = names.compactMap { server.log("/unique/\($0)") }
        let daemon = try await scene.daemon(
            scene.configure(names.map { ($0, server.url("/unique/\($0)")) }, stream: Self.stream))
        var goal = 0
        for cut in 0..<Self.cuts {
            // In every second round each stream is silent before it is cut.
            for (index, log) in logs.enumerated() where (cut + index) % 2 == 0 {
                log.grow(by: 1 + (cut + index) % 3)
            }
            goal = logs.reduce(0) { $0 + $1.count }
            await daemon.output.count(goal)
            let before = names.map { server.requests("/unique/\($0)").count }
            try await scene.wait { names.allSatisfy { server.requests("/unique/\($0)").count > 0 } }
            for name in names { server.end([.fin, .reset][cut % 2], path: "/unique/\(name)") }
            try await scene.wait {
                zip(names, before).allSatisfy { server.requests("/unique/\($0)").count > $1 }
            }
        }
        // What is new comes after all that might come again.
        for log in logs { log.grow(by: 1) }
        await daemon.output.count(goal + logs.count)
        let status = try await scene.status { _ in true }
        #expect(status.streams.reduce(0) { $0 + $1.reconnects } >= 4 * UInt64(Self.cuts))
        await scene.stop(daemon)
        var printed = PrintedEvents()
        for line in await daemon.output.toTheEnd { printed.note(line) }
        for log in logs {
            #expect(printed.missing(log, of: log.count) == [])
            #expect(printed.repeats(log.name) == 0)
        }
        try await server.stop()
    }

    @Test("twenty clean stops, also of a stream that was silent since its last event: nothing is printed twice")
    func cleanStops() async throws {
        let server = RogueServer()
        try await server.start(rate: 0)
        let scene = try FeedScene(server)
        let names = ["often", "seldom", "once", "never"]
        let configuration = try scene.configure(
            names.map { ($0, server.url("/unique/\($0)")) }, stream: Self.stream)
        let logs = names.compactMap { server.log("/unique/\($0)") }
        logs[2].grow(by: 5)
        var printed = PrintedEvents()
        for stop in 0..<Self.stops {
            logs[0].grow(by: 10)
            if stop % 4 == 0 { logs[1].grow(by: 1) }
            let daemon = try await scene.daemon(configuration)
            // Each is open, so what comes again is on its way before what is new.
            try await scene.status { status in status.streams.allSatisfy { $0.state == .open } }
            logs[0].grow(by: 10)
            let goal = logs.reduce(0) { $0 + $1.count } - printed.lines
            await daemon.output.count(goal)
            await scene.stop(daemon)
            for line in await daemon.output.toTheEnd { printed.note(line) }
        }
        for log in logs {
            #expect(printed.missing(log, of: log.count) == [])
            #expect(printed.repeats(log.name) == 0, "\(log.name)")
        }
        try await server.stop()
    }
}
