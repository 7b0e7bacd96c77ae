import ControlAPI
import Foundation
import Testing

/// How often; `scripts/kill9` says more. Then a million messages come.
private let kills = ProcessInfo.processInfo.environment["PTR_KILLS"].flatMap { Int($0) }

@Suite("kill -9, with a filter", .timeLimit(.minutes(30)))
struct FilterKillTests {
    /// About one in a hundred of the feed's numbers has one of these.
    private static let sought = ["777", "123", "505"]
    private static let condition = sought.map { #"message.tweet.id_str contains "\#($0)""# }.joined(separator: " || ")

    private static func passes(_ id: String) -> Bool { sought.contains { id.contains($0) } }

    /// A printed line: its stream and its position there.
    private static func place(_ line: String) -> (stream: Int, position: Int)? {
        guard line.count == 19, line.hasPrefix("1500"), let stream = Int(line.dropFirst(4).prefix(1)),
            let position = Int(line.dropFirst(5))
        else { return nil }
        return (stream, position)
    }

    private static func line(_ stream: Int, _ position: Int) -> String {
        let digits = "\(position)"
        return "1500\(stream)" + String(repeating: "0", count: 14 - digits.count) + digits
    }

    /// How far each stream was printed.
    private static func furthest(_ lines: Set<String>) -> [Int: Int] {
        lines.compactMap(place).reduce(into: [:]) { $0[$1.stream] = max($0[$1.stream] ?? 0, $1.position) }
    }

    /// Those of a stream that are to be printed, up to a position.
    private static func expected(_ stream: Int, upTo position: Int) -> Set<String> {
        guard position > 0 else { return [] }
        return Set((1...position).lazy.map { line(stream, $0) }.filter(passes))
    }

    @Test(
        "what passes is printed, what does not is not, no checkpoint passes what is to be printed, and the counts are exact"
    )
    func kill() async throws {
        let scene = try Scene()
        let (feed, port) = try await scene.feed("--rate", "10000", "--kill-every", "0", "--ids")
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
        let perLife = kills.map { max(1, 2 * 10_000 / max(1, $0)) } ?? 60
        var printed: Set<String> = []
        var lines = 0

        /// Takes note of what a life has printed, and holds its checkpoints against it.
        func note(_ life: Program) async throws -> [Int: Int] {
            let output = await life.output.toTheEnd
            #expect(Set(output).count == output.count && output.allSatisfy(Self.passes))
            lines += output.count
            printed.formUnion(output)
            let checkpoints = try StoredState(copyOf: scene.folder.appending(path: "state")).checkpoints
            var reached: [Int: Int] = [:]
            for stream in 1...2 {
                let position = checkpoints["tweets-\(stream)"] ?? 0
                reached[stream] = position
                let missing = Self.expected(stream, upTo: position).subtracting(printed)
                #expect(missing.isEmpty, "the checkpoint \(position) of \(stream) passes \(missing.sorted().prefix(3))")
            }
            return reached
        }

        for number in 0..<(kills ?? 3) {
            let life = try Program("ptrd", ["--config", path])
            // One in ten dies while it starts, the others after so many messages.
            if number % 10 != 3 { await life.output.count(.random(in: 0...perLife)) }
            life.signal(SIGKILL)
            _ = await life.status
            _ = try await note(life)
        }
        let last = try await scene.daemon(path)
        // Until it has come further than any before.
        let furthest = Self.furthest(printed)
        while true {
            let lines = last.output.all
            let now = Self.furthest(Set(lines))
            if (1...2).allSatisfy({ now[$0] ?? 0 > furthest[$0] ?? 0 }) { break }
            await last.output.count(lines.count + 1)
            guard last.output.all.count > lines.count else {
                Issue.record("the last life has ended")
                break
            }
        }
        let status = try await scene.control.status()
        let messages = status.messages
        let filtered = try #require(messages.filtered)
        #expect(
            messages.received == UInt64(messages.inFlight) + messages.processed + messages.killed
                + messages.deadLettered)
        #expect(filtered > 0 && filtered <= messages.processed)
        #expect(status.streams.reduce(0) { $0 + ($1.filtered ?? 0) } == filtered)
        last.signal(SIGTERM)
        #expect(await last.status == 0)
        let reached = try await note(last)
        for stream in 1...2 {
            let expected = Self.expected(stream, upTo: reached[stream] ?? 0)
            #expect(printed.filter { Self.place($0)?.stream == stream } == expected, "stream \(stream)")
        }
        await feed.end()
        guard let kills else { return }
        let count = reached.values.reduce(0, +)
        print(
            """
            kill9: \(kills) kills, \(count) messages, \(printed.count) that pass, each printed and no other; \
            \(lines) lines, \(lines - printed.count) of them again
            """)
    }
}
