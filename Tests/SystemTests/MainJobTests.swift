import ControlAPI
import Foundation
import TestKit
import Testing

@Suite("The main job, with real processes", .timeLimit(.minutes(2)))
struct MainJobTests {
    @Test("every tweet is printed exactly once, every kill message stops a worker, nothing stays in flight")
    func everything() async throws {
        let scene = try Scene()
        let (feed, port) = try await scene.feed("--rate", "4000", "--kill-every", "10", "--count", "4000")
        let daemon = try await scene.daemon(
            scene.configure(
                port: port, print: #"to = "stdout"\#nsimulated_work = { min = "5ms", max = "50ms" }"#,
                "[scaling]\ntick = \"50ms\""))
        await daemon.output.count(3600)
        daemon.signal(SIGTERM)
        #expect(await daemon.status == 0)
        let lines = await daemon.output.toTheEnd
        #expect(lines.count == 3600)
        #expect(Set(lines).count == 3600)
        #expect(lines.allSatisfy { !$0.isEmpty && $0.allSatisfy(\.isNumber) })
        let last = try #require(await daemon.errors.first(containing: "stopped: received"))
        #expect(last.contains("received 4000, processed 3600, killed 400, dead letters 0, left 0"))
        await feed.end()
    }

    @Test("SIGTERM in the middle: what was received is printed, and the exit status is 0")
    func drain() async throws {
        let scene = try Scene()
        let (feed, port) = try await scene.feed("--rate", "2000", "--kill-every", "50")
        let daemon = try await scene.daemon(
            scene.configure(port: port, print: #"to = "stdout"\#nsimulated_work = { min = "50ms", max = "200ms" }"#))
        await daemon.output.count(200)
        daemon.signal(SIGTERM)
        #expect(await daemon.status == 0)
        let last = try #require(await daemon.errors.first(containing: "stopped: received"))
        let numbers = last.matches(of: /(received|processed|killed|dead letters|left) (\d+)/).map { Int($0.2) ?? -1 }
        #expect(numbers.count == 5 && numbers[0] == numbers[1] + numbers[2] && numbers[4] == 0)
        let lines = await daemon.output.toTheEnd
        #expect(lines.count == numbers[1] && Set(lines).count == lines.count)
        await feed.end()
    }

    @Test("a drain that takes too long says how much is left, and the exit status is 1")
    func drainTimesOut() async throws {
        let scene = try Scene()
        let (feed, port) = try await scene.feed("--rate", "1000", "--kill-every", "0")
        let daemon = try await scene.daemon(
            scene.configure(
                port: port, print: #"to = "stdout"\#nsimulated_work = { min = "15s", max = "16s" }"#,
                "[flow]\ndrain_timeout = \"100ms\"\nmax_in_flight = 600"))
        // The window is full when the server is slowed down.
        while try await scene.control.status().messages.inFlight < 600 { try await nextTurn() }
        daemon.signal(SIGTERM)
        #expect(await daemon.status == 1)
        let last = try #require(await daemon.errors.first(containing: "the drain timed out"))
        let left = try #require(last.firstMatch(of: /left (\d+)/).flatMap { Int($0.1) })
        #expect(left >= 600)
        #expect(await daemon.output.toTheEnd.isEmpty)
        await feed.end()
    }

    @Test("a second signal stops at once, with status 1")
    func secondSignal() async throws {
        let scene = try Scene()
        let (feed, port) = try await scene.feed("--rate", "1000", "--kill-every", "0")
        let daemon = try await scene.daemon(
            scene.configure(port: port, print: #"to = "stdout"\#nsimulated_work = { min = "15s", max = "16s" }"#))
        while try await scene.control.status().messages.inFlight == 0 { try await nextTurn() }
        daemon.signal(SIGINT)
        _ = await daemon.errors.first(containing: "stopping on")
        // Within a second it would belong to the first.
        try await Task.sleep(for: .milliseconds(1200))
        daemon.signal(SIGTERM)
        #expect(await daemon.status == 1)
        #expect(await daemon.errors.first(containing: "stopped at once") != nil)
        await feed.end()
    }

    @Test("the feed server dies and comes back: the streams connect again by themselves")
    func feedRestarts() async throws {
        let scene = try Scene()
        let (first, port) = try await scene.feed("--rate", "500", "--kill-every", "0")
        let daemon = try await scene.daemon(scene.configure(port: port))
        await daemon.output.count(50)
        await first.end()
        _ = await daemon.errors.first(containing: " down")
        let before = daemon.output.all.count
        let (second, _) = try await scene.feed("--rate", "500", "--kill-every", "0", port: port)
        await daemon.output.count(before + 50)
        let status = try await scene.control.status()
        #expect(status.state == .running)
        #expect(status.streams.contains { $0.reconnects > 0 })
        daemon.signal(SIGTERM)
        #expect(await daemon.status == 0)
        await second.end()
    }

    @Test("on a feed with ids a restart goes on where the last life had settled")
    func resume() async throws {
        let scene = try Scene()
        let (feed, port) = try await scene.feed("--rate", "4000", "--kill-every", "0", "--count", "3000", "--ids")
        let configuration = try scene.configure(port: port)
        let first = try await scene.daemon(configuration)
        await first.output.count(500)
        first.signal(SIGTERM)
        #expect(await first.status == 0)
        let second = try await scene.daemon(configuration)
        let before = await first.output.toTheEnd
        await second.output.count(3000 - before.count)
        second.signal(SIGTERM)
        #expect(await second.status == 0)
        let lines = before + (await second.output.toTheEnd)
        #expect(lines.count == 3000 && Set(lines).count == 3000)
        await feed.end()
    }

    @Test("a reader that goes away for good ends the daemon with status 1; nothing is given up as a dead letter")
    func readerGone() async throws {
        let scene = try Scene()
        let (feed, port) = try await scene.feed("--rate", "1000", "--kill-every", "0")
        let configuration = try scene.configure(port: port)
        let shell = try Program(
            executable: URL(filePath: "/bin/bash"),
            [
                "-c", "set -o pipefail; \"$0\" --config \"$1\" | head -n 3",
                Program.products.appending(path: "ptrd").path, configuration,
            ])
        #expect(await shell.status == 1)
        #expect(await shell.output.toTheEnd.count == 3)
        #expect(await shell.errors.first(containing: "line_writer ended too often") != nil)
        let last = try #require(await shell.errors.first(containing: "ended: received"))
        #expect(last.contains("dead letters 0"))
        await feed.end()
    }

    @Test("messages are printed to a file, and to nowhere else")
    func file() async throws {
        let scene = try Scene()
        let (feed, port) = try await scene.feed("--rate", "4000", "--kill-every", "0", "--count", "200")
        let path = scene.folder.appending(path: "printed").path
        let daemon = try await scene.daemon(scene.configure(port: port, print: "to = \"\(path)\""))
        while try await scene.control.status().messages.processed < 200 { try await nextTurn() }
        daemon.signal(SIGTERM)
        #expect(await daemon.status == 0)
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 200 && Set(lines).count == 200)
        #expect(await daemon.output.toTheEnd.isEmpty)
        await feed.end()
    }
}
