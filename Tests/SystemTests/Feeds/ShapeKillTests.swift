import ControlAPI
import Foundation
import Testing

@testable import RogueFeed

/// How often; `scripts/kill9` says more.
private let kills = ProcessInfo.processInfo.environment["PTR_KILLS"].flatMap { Int($0) }
private let seed =
    ProcessInfo.processInfo.environment["PTR_KILL_SEED"].flatMap { UInt64($0) } ?? .random(in: 0..<1_000_000)

@Suite("kill -9, with all ways to give IDs", .timeLimit(.minutes(60)))
struct ShapeKillTests {
    private static let stream = #"reconnect = { initial = "10ms", max = "50ms" }"#

    /// A feed of each shape, and one daemon after the other.
    private struct Feeds {
        let server: RogueServer
        let scene: FeedScene
        let logs: [FeedLog]
        let configuration: String
        var printed = PrintedEvents()

        init(rate: Double, seed: UInt64, print: String = #"to = "stdout""#, _ more: String = "") async throws {
            server = RogueServer(seed: seed)
            try await server.start(rate: rate)
            scene = try FeedScene(server)
            let streams = Shape.allCases.map { shape in
                (name: shape.rawValue, path: "/\(shape.rawValue)/\(shape.rawValue)")
            }
            logs = streams.compactMap { [server] in server.log($0.path) }
            configuration = try scene.configure(
                streams.map { [server] in ($0.name, server.url($0.path)) }, stream: ShapeKillTests.stream, print: print,
                more)
        }

        /// Takes note of what a life has printed, and holds the checkpoints it has left against it.
        ///
        /// - Returns: how many of the stream with IDs of their own the next life may print again.
        mutating func note(_ life: Program) async throws -> Int {
            for line in await life.output.toTheEnd { printed.note(line) }
            let positions = try StoredState(copyOf: scene.state).positions
            for log in logs {
                guard let id = positions[log.name], !id.isEmpty else { continue }
                let settled = try #require(log.serial(after: id), "seed \(seed): \(log.name): \(id)")
                let missing = printed.missing(log, of: settled).prefix(5)
                #expect(missing == [], "seed \(seed): the checkpoint \(id) of \(log.name) passes what was not printed")
            }
            let settled = positions["unique"].flatMap { logs[0].serial(after: $0) } ?? 0
            return (printed.counts["unique"] ?? []).dropFirst(settled).count { $0 > 0 }
        }

        func isComplete() {
            for log in logs {
                #expect(printed.missing(log, of: log.count).prefix(5) == [], "seed \(seed): \(log.name)")
            }
            #expect(printed.strange == [])
        }
    }

    @Test("between any two events: all are printed, whatever IDs they have")
    func betweenAnyTwo() async throws {
        var feeds = try await Feeds(rate: 0, seed: seed)
        let (server, logs) = (feeds.server, feeds.logs)
        for event in 0..<13 {
            for log in logs { log.grow(by: 1) }
            let life = try await feeds.scene.daemon(feeds.configuration)
            var printed = feeds.printed
            var seen = 0
            /// Whether this life has brought the newest event of each stream.
            func isPrinted() -> Bool {
                let lines = life.output.all
                for line in lines[seen...] { printed.note(line) }
                seen = lines.count
                return logs.allSatisfy { printed.count($0.name, event) > 0 }
            }
            try await feeds.scene.wait(until: isPrinted)
            // Every third life has the time to write down how far it came.
            if event % 3 == 2 {
                let before = try StoredState(copyOf: feeds.scene.state).positions
                try await feeds.scene.wait { try StoredState(copyOf: feeds.scene.state).positions != before }
            }
            life.signal(SIGKILL)
            _ = await life.status
            _ = try await feeds.note(life)
        }
        feeds.isComplete()
        try await server.stop()
    }

    @Test("at random moments: all are printed, no checkpoint passes any, and those of their own IDs come seldom twice")
    func atRandom() async throws {
        let rate = 150.0
        var random = SystemRandomNumberGenerator()
        var feeds = try await Feeds(
            rate: rate, seed: seed, print: #"to = "stdout"\#nsimulated_work = { min = "1ms", max = "5ms" }"#,
            """
            [flow]
            max_in_flight = 128
            [scaling]
            max = 4
            """)
        let (scene, server) = (feeds.scene, feeds.server)
        var (worst, again) = (0, 0)
        for number in 0..<(kills ?? 5) {
            let life = try scene.start(feeds.configuration)
            // One in ten dies while it starts, the others after so many messages.
            if number % 10 != 3 { await life.output.count(.random(in: 0...1500, using: &random)) }
            life.signal(SIGKILL)
            _ = await life.status
            let repeated = try await feeds.note(life)
            // A second since the last commit, up to another one for the commit itself, and what came while it was down.
            #expect(repeated <= 2 * 128 + Int(4 * rate), "seed \(seed)")
            (worst, again) = (max(worst, repeated), again + repeated)
        }
        server.settle()
        let last = try await scene.daemon(feeds.configuration)
        let before = feeds.printed
        var now = before
        var seen = 0
        func isComplete() -> Bool {
            let lines = last.output.all
            for line in lines[seen...] { now.note(line) }
            seen = lines.count
            return feeds.logs.allSatisfy { now.missing($0, of: $0.count).isEmpty }
        }
        try await scene.wait(until: isComplete)
        await scene.stop(last)
        #expect(try await feeds.note(last) <= 1)
        feeds.isComplete()
        try await server.stop()
        guard let kills else { return }
        print(
            "kill9: seed \(seed), \(kills) kills; at most \(worst) of IDs of their own to be printed again, "
                + "\(again / max(1, kills)) on average")
        for log in feeds.logs {
            print(
                "kill9: \(log.name): \(log.count) events, each printed, \(feeds.printed.repeats(log.name)) lines again")
        }
    }
}
