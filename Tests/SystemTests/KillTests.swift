import ControlAPI
import Foundation
import Testing

/// How often; `scripts/kill9` says more.
private let kills = ProcessInfo.processInfo.environment["PTR_KILLS"].flatMap { Int($0) }

@Suite("kill -9", .timeLimit(.minutes(30)))
struct KillTests {
    private static let span = 512
    /// Eight workers of at least 5 ms a message: more a second cannot be printed.
    private static let perSecond = 1600

    /// A printed line: its stream and its position there.
    private struct Place: Hashable {
        let stream: String
        let position: Int

        init?(_ line: String) {
            guard line.count == 19, line.hasPrefix("1500"), let position = Int(line.dropFirst(5)) else { return nil }
            stream = "tweets-\(line.dropFirst(4).prefix(1))"
            self.position = position
        }
    }

    @Test("at random moments: every id is printed at least once, few of them twice, and no checkpoint passes any")
    func kill() async throws {
        let scene = try Scene()
        let (feed, port) = try await scene.feed("--rate", "600", "--kill-every", "0", "--ids")
        let configuration = try scene.configure(
            port: port, print: #"to = "stdout"\#nsimulated_work = { min = "5ms", max = "15ms" }"#,
            """
            [flow]
            max_in_flight = 128
            max_span = \(Self.span)
            [scaling]
            max = 1
            """)
        var printed: Set<Place> = []
        var (lines, worst, again) = (0, 0, 0)

        /// Takes note of what a life has printed. Returns how much of that its end will make the next one print again.
        func note(_ life: Program) async throws -> Int {
            let output = await life.output.toTheEnd
            let places = Set(try output.map { try #require(Place($0), "\($0)") })
            // Within a life nothing is printed twice.
            #expect(places.count == output.count)
            lines += output.count
            printed.formUnion(places)
            let checkpoints = try StoredState(copyOf: scene.folder.appending(path: "state")).checkpoints
            for (stream, checkpoint) in checkpoints {
                let before = printed.count { $0.stream == stream && $0.position <= checkpoint }
                #expect(before == checkpoint, "the checkpoint \(checkpoint) of \(stream) passes what was not printed")
            }
            return places.count { $0.position > checkpoints[$0.stream] ?? 0 }
        }

        for number in 0..<(kills ?? 5) {
            let life = try Program("ptrd", ["--config", configuration])
            // One in ten dies while it starts, the others after so many messages.
            if number % 10 != 3 { await life.output.count(.random(in: 0...1500)) }
            life.signal(SIGKILL)
            _ = await life.status
            let repeated = try await note(life)
            // A second since the last commit, and up to another one for the commit itself.
            #expect(repeated <= 2 * Self.span + 2 * Self.perSecond)
            (worst, again) = (max(worst, repeated), again + repeated)
        }

        let last = try await scene.daemon(configuration)
        await last.output.count(1000)
        last.signal(SIGTERM)
        #expect(await last.status == 0)
        #expect(await last.errors.first(containing: "left 0") != nil)
        // The last event of each stream may have had a successor of the same id; it is known again by its tail.
        #expect(try await note(last) <= 2)
        for stream in ["tweets-1", "tweets-2"] {
            let positions = printed.filter { $0.stream == stream }.map(\.position)
            #expect(positions.max() == positions.count, "\(stream) has gaps")
        }
        await feed.end()
        guard let kills else { return }
        print(
            """
            kill9: \(kills) kills, \(printed.count) ids, each printed; \(lines) lines, \(lines - printed.count) of them \
            again; at most \(worst) to be printed again after a kill, \(again / max(1, kills)) on average \
            (bound: \(2 * Self.span) of the spans and \(Self.perSecond) of a second)
            """)
    }
}
