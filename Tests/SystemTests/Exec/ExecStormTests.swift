import ControlAPI
import Foundation
import Testing

/// How many messages, and how many rounds; `scripts/storm-exec` says more.
private let count = ProcessInfo.processInfo.environment["PTR_STORM_MESSAGES"].flatMap { Int($0) }
private let rounds = ProcessInfo.processInfo.environment["PTR_STORM_ROUNDS"].flatMap { Int($0) }

@Suite("A storm over workers that are processes", .timeLimit(.minutes(60)))
struct ExecStormTests {
    private static let supervisors = 4

    @Test("a SIGKILL of any of them every 50 ms, and kill messages: nothing is lost, nothing is left behind")
    func storm() async throws {
        let count = count ?? 10_000
        let scene = try await ExecScene(
            feed: ["--flood", "--kill-every", "50", "--count", "\(count)"], holdsFeed: true,
            script: PythonWorkers.noting,
            language: PythonWorkers.language, exec: "prefetch = 8",
            """
            [scaling]
            min = \(Self.supervisors)
            max = \(Self.supervisors)
            [breaker]
            enabled = false
            """)
        try await scene.status { _ in scene.children.count == 8 * Self.supervisors }
        let (memory, descriptors) = (scene.residentMiB, scene.descriptors)
        let killer = Task {
            var kills = 0
            while !Task.isCancelled {
                if let child = scene.children.randomElement(), kill(child.pid, SIGKILL) == 0 { kills += 1 }
                try? await Task.sleep(for: .milliseconds(50))
            }
            return kills
        }
        var (most, memories) = (descriptors, [memory])
        let begin = ContinuousClock.now
        scene.feed.signal(SIGCONT)
        while true {
            let last = try await scene.status { _ in true }
            if last.messages.received == UInt64(count), last.messages.inFlight == 0 { break }
            guard begin.duration(to: .now) < .seconds(60 + count / 200) else {
                killer.cancel()
                return #expect(Bool(false), "\(last.messages)")
            }
            (most, memories) = (max(most, scene.descriptors), memories + [scene.residentMiB])
            try await Task.sleep(for: .milliseconds(50))
        }
        killer.cancel()
        let kills = await killer.value
        let time = begin.duration(to: .now)
        // Until all that were killed are replaced.
        let status = try await scene.status { status in
            status.workers.total == 8 * Self.supervisors && scene.children.count == 8 * Self.supervisors
        }
        #expect(scene.children.allSatisfy { $0.state != "Z" })
        #expect(scene.descriptors <= descriptors + 4)
        let killed = count / 50
        #expect(status.messages.killed == UInt64(killed))
        #expect(status.messages.processed == UInt64(count - killed) && status.messages.deadLettered == 0)
        let written = scene.written
        #expect(Set(written).count == count - killed)
        let (after, descriptorsAfter) = (scene.residentMiB, scene.descriptors)
        let (exit, stop) = await scene.stop()
        #expect(exit == 0)
        print(
            """
            storm: \(count) messages in \(time), \(kills) kills from outside, \(killed) kill messages, \
            \(written.count - count + killed) done more than once; memory \(memory) MiB, \(memories.max() ?? 0) at most, \
            \(after) at the end; descriptors \(descriptors), \(most) at most, \(descriptorsAfter) at the end; \
            stopped in \(stop)
            """)
    }

    @Test("many of them are started and ended under load: no message is lost, and none is done twice")
    func scaling() async throws {
        let (supervisors, rounds) = rounds == nil ? (5, 2) : (25, rounds ?? 1)
        let scene = try await ExecScene(
            feed: ["--rate", "1000", "--kill-every", "0"], script: PythonWorkers.noting,
            language: PythonWorkers.language, exec: "prefetch = 2",
            """
            [scaling]
            min = 1
            max = \(supervisors)
            [breaker]
            enabled = false
            """)
        try await scene.status { $0.messages.processed > 50 }
        let (memory, descriptors) = (scene.residentMiB, scene.descriptors)
        var (up, down): ([Duration], [Duration]) = ([], [])
        func scale(to size: Int, _ times: inout [Duration]) async throws {
            let begin = ContinuousClock.now
            _ = try await scene.control.scale(.target(size))
            try await scene.status(within: .seconds(180)) {
                $0.directSupervisors == size && $0.workers.total == 8 * size && scene.children.count == 8 * size
            }
            times.append(begin.duration(to: .now))
        }
        var full = 0.0
        for _ in 0..<rounds {
            try await scale(to: supervisors, &up)
            full = max(full, scene.residentMiB)
            try await scale(to: 1, &down)
        }
        #expect(scene.children.allSatisfy { $0.state != "Z" })
        #expect(scene.descriptors <= descriptors + 4)
        let (after, descriptorsAfter) = (scene.residentMiB, scene.descriptors)
        let status = try await scene.status { _ in true }
        #expect(status.messages.deadLettered == 0 && status.messages.retried == 0)
        let (exit, _) = await scene.stop()
        #expect(exit == 0)
        let last = try #require(await scene.daemon.errors.first(containing: "stopped: received"))
        let numbers = last.matches(of: /(received|processed|left) (\d+)/).compactMap { Int($0.2) }
        let written = scene.written
        #expect(numbers == [written.count, written.count, 0] && Set(written).count == written.count, "\(last)")
        print(
            """
            scaling: \(rounds) rounds of 8 to \(8 * supervisors) processes and back under 1000 messages a second, \
            \(written.count) messages; up in \(median(up)) (median), down in \(median(down)); memory \(memory) MiB, \
            \(full) with all, \(after) at the end; descriptors \(descriptors) before and \(descriptorsAfter) after
            """)
    }

    private func median(_ times: [Duration]) -> Duration { times.sorted()[times.count / 2] }
}
