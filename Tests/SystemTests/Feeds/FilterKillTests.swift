import ControlAPI
import ControlClient
import Foundation
import Testing

private let environment = ProcessInfo.processInfo.environment
/// How often; `scripts/kill9` says more.
private let kills = environment["PTR_KILLS"].flatMap { Int($0) }
/// How many messages there are, of which about one in a hundred passes.
private let count = environment["PTR_KILL_MESSAGES"].flatMap { Int($0) } ?? (kills == nil ? 20_000 : 1_000_000)

@Suite("kill -9, with a filter", .timeLimit(.minutes(60)))
struct FilterKillTests {
    /// About one in a hundred of the feed's numbers has one of these.
    private static let sought = [777, 123, 505]
    private static let condition = sought.map { #"message.tweet.id_str contains "\#($0)""# }.joined(separator: " || ")

    /// An event: its stream, 1 or 2, and its position there.
    private struct Place: Hashable {
        let stream: Int
        let position: Int

        init(_ stream: Int, _ position: Int) { (self.stream, self.position) = (stream, position) }

        /// Of a line, which is the number of a tweet: 1500, the stream, and the position in fourteen digits.
        init?(_ line: String) {
            guard line.count == 19, line.hasPrefix("1500"), let stream = Int(line.dropFirst(4).prefix(1)),
                let position = Int(line.dropFirst(5))
            else { return nil }
            self.init(stream, position)
        }

        var passes: Bool {
            var rest = (15_000 + stream) * 100_000_000_000_000 + position
            while rest >= 100 {
                if sought.contains(rest % 1000) { return true }
                rest /= 10
            }
            return false
        }
    }

    /// Those of a stream that are to be printed, in their order.
    private static let expected = [1, 2].map { stream in
        (1...count / 2).filter { Place(stream, $0).passes }
    }

    @Test(
        "what passes is printed, what does not is not, no checkpoint passes what is to be printed, and the counts are exact"
    )
    func kill() async throws {
        let scene = try Scene()
        let (feed, port) = try await scene.feed(
            "--rate", "20000", "--count", "\(count / 2 * 2)", "--kill-every", "0", "--ids")
        let path = try scene.configure(
            port: port,
            """
            [flow]
            max_in_flight = 64
            [scaling]
            max = 1
            """)
        var text = try String(contentsOfFile: path, encoding: .utf8)
        for stream in ["tweets-1", "tweets-2"] {
            text.replace("[stream.\(stream)]", with: "[stream.\(stream)]\nwhere = '\(Self.condition)'")
        }
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        let all = Self.expected.reduce(0) { $0 + $1.count }
        let perLife = max(1, all / max(1, kills ?? 4))
        var printed: Set<Place> = []
        var lines = 0

        /// Takes note of what a life has printed, and holds its checkpoints against it. Returns these.
        func note(_ life: Program) async throws -> [Int] {
            let output = await life.output.toTheEnd
            let places = Set(output.compactMap(Place.init))
            #expect(places.count == output.count && places.allSatisfy(\.passes))
            lines += output.count
            printed.formUnion(places)
            let checkpoints = try StoredState(copyOf: scene.folder.appending(path: "state")).checkpoints
            return [1, 2].map { stream in
                let position = checkpoints["tweets-\(stream)"] ?? 0
                let missing = Self.expected[stream - 1].prefix { $0 <= position }
                    .filter { !printed.contains(Place(stream, $0)) }
                #expect(missing.isEmpty, "the checkpoint \(position) of \(stream) passes \(missing.prefix(3))")
                return position
            }
        }

        var killed = 0
        // Each has something left to print.
        while killed < kills ?? 3, printed.count < all {
            let life = try Program("ptrd", ["--config", path])
            // One in ten dies while it starts, the others after so many messages.
            if killed % 10 != 3 { await life.output.count(.random(in: 0...min(perLife, all - printed.count))) }
            life.signal(SIGKILL)
            _ = await life.status
            _ = try await note(life)
            killed += 1
        }
        let last = try await scene.daemon(path)
        var status = try await scene.control.status()
        while !status.streams.allSatisfy({ $0.lastEventID == "\(count / 2)" }) || status.messages.inFlight > 0 {
            status = try await scene.control.status()
        }
        let messages = status.messages
        let filtered = try #require(messages.filtered)
        #expect(
            messages.received == UInt64(messages.inFlight) + messages.processed + messages.killed
                + messages.deadLettered)
        #expect(status.streams.reduce(0) { $0 + ($1.filtered ?? 0) } == filtered)
        last.signal(SIGTERM)
        #expect(await last.status == 0)
        #expect(try await note(last) == [count / 2, count / 2])
        #expect(messages.processed - filtered == UInt64(last.output.all.count))
        for (index, expected) in Self.expected.enumerated() {
            let found = printed.filter { $0.stream == index + 1 }.map(\.position).sorted()
            #expect(found == expected, "stream \(index + 1)")
        }
        await feed.end()
        guard kills != nil else { return }
        print(
            """
            kill9: \(killed) kills, \(count / 2 * 2) messages, \(printed.count) that pass, each printed and no other; \
            \(lines) lines, \(lines - printed.count) of them again
            """)
    }
}
