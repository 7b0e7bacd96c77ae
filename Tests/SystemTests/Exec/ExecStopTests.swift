import Foundation
import TestKit
import Testing

@Suite("A daemon whose workers are processes", .timeLimit(.minutes(3)))
struct ExecStopTests {
    private static let deaf = #"""
        trap '' TERM
        read -r line
        echo begun >"$OUT/$$"
        while :; do sleep 1000; done
        """#

    @Test("ends in time over processes that ignore all, and takes them along; what they had is left")
    func deaf() async throws {
        let scene = try await ExecScene(
            feed: ["--rate", "100", "--kill-every", "0"], script: Self.deaf,
            """
            [scaling]
            min = 1
            max = 1
            [flow]
            drain_timeout = "1s"
            """)
        try await scene.status { _ in scene.written.count == 8 }
        let children = scene.children.map(\.pid)
        #expect(children.count == 8)
        let (status, time) = await scene.stop()
        #expect(status == 1 && time < .seconds(6))
        for child in children { #expect(kill(child, 0) == -1 && errno == ESRCH) }
    }

    @Test("ends with 0 over processes that owe nothing and ignore all")
    func deafAndIdle() async throws {
        let script = #"""
            trap '' TERM
            while read -r line; do
                rest=${line#*\"seq\":}
                printf '{"seq":%s,"status":"done"}\n' "${rest%%,*}"
            done
            while :; do sleep 1000; done
            """#
        let scene = try await ExecScene(
            feed: ["--rate", "100", "--kill-every", "0", "--count", "50"], script: script,
            """
            [scaling]
            min = 1
            max = 1
            [flow]
            drain_timeout = "1s"
            """)
        try await scene.status { $0.messages.processed == 50 }
        let (status, time) = await scene.stop()
        #expect(status == 0 && time < .seconds(6))
    }

    @Test("that is killed takes its workers' processes along")
    func killed() async throws {
        let scene = try await ExecScene(
            feed: ["--rate", "100", "--kill-every", "0"], script: Self.deaf, "[scaling]\nmin = 1\nmax = 1")
        try await scene.status { _ in scene.written.count == 8 }
        let children = scene.children.map(\.pid)
        await scene.daemon.end()
        await scene.feed.end()
        for child in children {
            while kill(child, 0) == 0, readText("/proc/\(child)/stat")?.contains(") Z ") == false {
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }

    @Test("lives on over a program that ends at once, says what is the matter, and gives up no message")
    func endsAtOnce() async throws {
        let scene = try await ExecScene(
            feed: ["--rate", "1000", "--kill-every", "50"], script: "echo start >>\"$OUT/starts\"; exit 1",
            """
            [scaling]
            min = 1
            max = 1
            [flow]
            drain_timeout = "1s"
            """)
        let begin = ContinuousClock.now
        let status = try await scene.status { _ in begin.duration(to: .now) > .seconds(8) }
        let problem = try #require(status.problems?.first { $0.kind == .handlerUnavailable })
        #expect(problem.text.contains("status 1"), "\(problem)")
        #expect(status.state == .degraded && status.messages.deadLettered == 0 && status.workers.restarts == 0)
        // After 0, 1, 3 and 7 seconds, each of eight.
        #expect((8...32).contains(scene.written.count), "\(scene.written.count)")
        let (exit, time) = await scene.stop()
        #expect(exit == 1 && time < .seconds(6))
    }
}
