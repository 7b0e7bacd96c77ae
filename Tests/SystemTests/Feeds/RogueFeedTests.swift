import ControlAPI
import Foundation
import NIOCore
import Testing

@testable import RogueFeed

/// For how long, and from which seed; `scripts/rogue` says more.
private let environment = ProcessInfo.processInfo.environment
private let seconds = environment["PTR_ROGUE_SECONDS"].flatMap { Int($0) } ?? 20
private let seed = environment["PTR_ROGUE_SEED"].flatMap { UInt64($0) } ?? .random(in: 0..<1_000_000)
private let tells = environment["PTR_ROGUE_SECONDS"] != nil

@Suite("A feed server that does what feed servers do", .timeLimit(.minutes(200)))
struct RogueFeedTests {
    /// What a process holds.
    private struct Figures {
        let time: Duration
        let residentKiB: Int
        let descriptors: Int

        init?(of pid: pid_t, at time: Duration) {
            guard let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8),
                let line = status.firstMatch(of: /VmRSS:\s+(\d+)/), let resident = Int(line.1),
                let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd")
            else { return nil }
            (self.time, residentKiB, descriptors) = (time, resident, files.count)
        }
    }

    @Test(
        """
        at random: every event is printed at least once, only 204 and redirect loops end a stream, the books are right, \
        memory and descriptors are flat
        """)
    func rogue() async throws {
        let manners = RogueManners(seed: seed)
        let server = RogueServer(seed: seed, manners: manners, oversizeEvery: 97)
        try await server.start(rate: 60)
        let scene = try FeedScene(server)
        let doors: [Door] = canTrustTestAuthority ? Door.allCases : [.plain, .other]
        var streams = Shape.allCases.enumerated().map { index, shape in
            (name: shape.rawValue, url: server.url("/\(shape.rawValue)/\(shape.rawValue)", doors[index % doors.count]))
        }
        streams.append((name: "shared", url: server.url("/random/shared", doors[doors.count - 1])))
        let logs = streams.compactMap { server.log(URL(string: $0.url)?.path ?? "") }
        streams.append((name: "gone", url: server.url("/gone")))
        streams.append((name: "loop", url: server.url("/loop")))
        let output = scene.scene.folder.appending(path: "printed")
        try Data().write(to: output)
        let daemon = try await scene.daemon(
            scene.configure(
                streams,
                stream: """
                    idle_timeout = "1s"
                    connect_timeout = "500ms"
                    response_timeout = "700ms"
                    reconnect = { initial = "20ms", max = "200ms", server_max = "500ms" }
                    down_after = "1s"
                    max_event_bytes = "20KiB"
                    """,
                print: "to = \"\(output.path)\"",
                """
                [flow]
                max_in_flight = 256
                [scaling]
                max = 2
                """))
        let file = try FileHandle(forReadingFrom: output)
        var printed = PrintedEvents()
        var figures: [Figures] = []
        var answers = 0
        let clock = ContinuousClock()
        let begin = clock.now
        func elapsed() -> Duration { begin.duration(to: clock.now) }

        func look() async throws -> Status {
            let status = try await scene.status { _ in true }
            answers += 1
            let failed = status.streams.filter { $0.state == .failed }
            try #require(
                failed.allSatisfy { ["gone", "loop"].contains($0.name) },
                "seed \(seed): \(failed.map { "\($0.name): \($0.error ?? "")" })")
            try printed.read(file)
            return status
        }
        var told = 0
        while elapsed() < .seconds(seconds) {
            _ = try await look()
            if let now = Figures(of: daemon.pid, at: elapsed()) { figures.append(now) }
            let minute = Int(elapsed() / .seconds(30))
            if tells, minute > told, let now = figures.last {
                told = minute
                print(
                    "rogue: \(minute * 30) s: \(logs.reduce(0) { $0 + $1.count }) events, \(printed.lines) lines, "
                        + "\(server.accepted) connections, RSS \(now.residentKiB) KiB, \(now.descriptors) descriptors")
            }
            try await Task.sleep(for: .milliseconds(200))
        }

        // It behaves from now on, and all that happened has to arrive.
        manners.calm()
        server.settle()
        var status = try await look()
        while logs.contains(where: { !printed.missing($0, of: $0.count).isEmpty }) {
            try #require(
                elapsed() < .seconds(seconds + 60),
                "seed \(seed): \(logs.map { "\($0.name): \(printed.missing($0, of: $0.count).prefix(5)) of \($0.count)" }) \(status.streams)"
            )
            status = try await look()
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(status.streams.filter { $0.state == .failed }.map(\.name) == ["gone", "loop"])
        #expect(printed.strange.isEmpty, "seed \(seed): \(printed.strange.prefix(5))")
        #expect(server.spokenHTTP2 == 0)
        for log in logs {
            let figures = log.figures
            #expect(figures.strangeIDs.isEmpty, "seed \(seed): \(log.name) asked for \(figures.strangeIDs)")
            for (serial, sent) in log.sent.enumerated() {
                let most = log.isOversize(serial) ? 0 : Int(sent)
                #expect(printed.count(log.name, serial) <= most, "seed \(seed): \(log.name)/\(serial)")
            }
        }
        flat(figures)
        await scene.stop(daemon)
        try await server.stop()
        if tells { report(manners, server, logs, printed, figures, answers) }
    }

    /// Memory and descriptors do not grow from the second quarter on.
    private func flat(_ figures: [Figures]) {
        guard figures.count >= 8 else { return }
        let quarter = figures.count / 4
        let (early, late) = (figures[quarter..<(2 * quarter)], figures.suffix(quarter))
        let resident = (early.map(\.residentKiB).max() ?? 0, late.map(\.residentKiB).max() ?? 0)
        // A quarter more, and what the allocator's arenas take while the run is short.
        #expect(resident.1 <= resident.0 * 5 / 4 + 16 << 10, "seed \(seed): \(resident) KiB")
        // Each stream has its connection, and one that it is giving up.
        let descriptors = figures.map(\.descriptors)
        #expect(
            (late.map(\.descriptors).max() ?? 0) <= (descriptors.prefix(2 * quarter).max() ?? 0) + 10, "\(descriptors)")
    }

    private func report(
        _ manners: RogueManners, _ server: RogueServer, _ logs: [FeedLog], _ printed: PrintedEvents,
        _ figures: [Figures], _ answers: Int
    ) {
        print("rogue: seed \(seed), \(seconds) s, \(server.accepted) connections, \(answers) status answers")
        for log in logs {
            let figures = log.figures
            print(
                "rogue: \(log.name): \(log.count) events, \(figures.requests) requests, \(figures.refusals) refused, "
                    + "\(figures.refusedIDs) IDs refused, \(figures.fromOldest) times from the oldest, "
                    + "\(printed.repeats(log.name)) lines again")
        }
        for (what, times) in manners.done.sorted(by: { $0.key < $1.key }) { print("rogue: \(times) \(what)") }
        for quarter in 0..<4 where figures.count >= 4 {
            let part = figures[(figures.count * quarter / 4)..<(figures.count * (quarter + 1) / 4)]
            print(
                "rogue: quarter \(quarter + 1): RSS at most \(part.map(\.residentKiB).max() ?? 0) KiB, "
                    + "descriptors at most \(part.map(\.descriptors).max() ?? 0)")
        }
    }
}
