import ControlAPI
import ControlClient
import Foundation
import Testing

@Suite("Signals to a real ptrd", .timeLimit(.minutes(2)))
struct StopSignalTests {
    private let scene: Scene

    init() throws {
        scene = try Scene()
    }

    /// A daemon that holds sixteen messages.
    private func busy(work: String = "1s", _ more: String = "") async throws -> (daemon: Program, feed: Program) {
        let (feed, port) = try await scene.feed("--rate", "1000", "--kill-every", "0", "--count", "16")
        let daemon = try await scene.daemon(
            scene.configure(
                port: port, print: "to = \"stdout\"\nsimulated_work = { min = \"\(work)\", max = \"\(work)\" }", more))
        while try await scene.control.status().messages.received < 16 {}
        return (daemon, feed)
    }

    @Test("SIGTERM and SIGINT within a second of each other are one stop: what is held is finished")
    func twoAsOne() async throws {
        let (daemon, feed) = try await busy()
        daemon.signal(SIGTERM)
        try await Task.sleep(for: .milliseconds(20))
        daemon.signal(SIGINT)
        #expect(await daemon.status(within: .seconds(30)) == 0)
        #expect(daemon.errors.all.contains { $0.contains("processed 16") && $0.contains("left 0") })
        await feed.end()
    }

    @Test("a later one ends it at once, with 1 and the count of what is left")
    func second() async throws {
        let (daemon, feed) = try await busy(work: "20s")
        daemon.signal(SIGTERM)
        try await Task.sleep(for: .milliseconds(1300))
        daemon.signal(SIGINT)
        // Far below drain_timeout, and what the work would take.
        #expect(await daemon.status(within: .seconds(12)) == 1)
        #expect(
            daemon.errors.all.contains { $0.contains("by a second SIGINT: received 16, ") && $0.contains("left 16") })
        await feed.end()
    }

    @Test("what asks for nothing is ignored, and SIGUSR1 opens the printed file anew, as a reload does")
    func harmless() async throws {
        let printed = scene.folder.appending(path: "printed").path
        let (feed, port) = try await scene.feed("--rate", "200", "--kill-every", "0")
        let daemon = try await scene.daemon(scene.configure(port: port, print: "to = \"\(printed)\""))
        for signal in [SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGPOLL, SIGPWR, 34, 64] { daemon.signal(signal) }
        while try await scene.control.status().messages.processed < 50 {}
        try FileManager.default.moveItem(atPath: printed, toPath: printed + ".1")
        daemon.signal(SIGUSR1)
        #expect(await daemon.errors.first(containing: "\(printed) was opened anew") != nil)
        while (try? Data(contentsOf: URL(filePath: printed)))?.isEmpty != false {
            _ = try await scene.control.status()
        }
        daemon.signal(SIGTERM)
        #expect(await daemon.status(within: .seconds(20)) == 0)
        await feed.end()
    }

    @Test("a pool of threads that a library blocks does not keep it from ending")
    func blockedPool() async throws {
        let (feed, port) = try await scene.feed("--rate", "200", "--kill-every", "0", "--ids")
        let configuration = try scene.configure(port: port, "[flow]\ndrain_timeout = \"1s\"")
        let daemon = try Program(
            "ptrd", ["--config", configuration], environment: Program.wedging("executor"))
        try #require(await daemon.errors.first(containing: "is ready") != nil)
        // Once it hangs, nobody answers.
        let impatient = ControlClient(socket: scene.socket, timeout: .seconds(1))
        while (try? await impatient.status()) != nil { try await Task.sleep(for: .milliseconds(200)) }
        daemon.signal(SIGTERM)
        let status = await daemon.status(within: .seconds(15))
        let last = try #require(daemon.errors.all.last)
        #expect(last.contains("the time for the way out is over, still waiting for the tree"), "\(last)")
        #expect(status == (last.contains("left") || last.contains("not stored") ? 1 : 0), "\(last)")
        await feed.end()
    }

    @Test("a control socket that was removed is made anew, and the work goes on")
    func socketRemoved() async throws {
        let (feed, port) = try await scene.feed("--rate", "200", "--kill-every", "0")
        let daemon = try await scene.daemon(scene.configure(port: port))
        let before = try await scene.control.status()
        unlink(scene.socket)
        #expect(await daemon.errors.first(containing: "the control API listens again") != nil)
        let after = try await scene.control.status()
        #expect(after.pid == before.pid && after.messages.processed >= before.messages.processed)
        daemon.signal(SIGTERM)
        #expect(await daemon.status(within: .seconds(20)) == 0)
        await feed.end()
    }

    @Test("a database that is deleted under it is written anew, and what was known is in it")
    func stateRemoved() async throws {
        let (feed, port) = try await scene.feed("--rate", "500", "--kill-every", "0", "--ids", "--count", "1000")
        let daemon = try await scene.daemon(scene.configure(port: port))
        while try await scene.control.status().messages.processed < 1000 {}
        let state = scene.folder.appending(path: "state")
        while try StoredState(copyOf: state).checkpoints.count < 2 {}
        for name in ["ptrd.sqlite", "ptrd.sqlite-wal", "ptrd.sqlite-shm"] {
            try FileManager.default.removeItem(at: state.appending(path: name))
        }
        #expect(await daemon.errors.first(containing: "was deleted while ptrd ran") != nil)
        daemon.signal(SIGTERM)
        #expect(await daemon.status(within: .seconds(20)) == 0)
        let checkpoints = try StoredState(copyOf: state).checkpoints
        #expect(checkpoints.count == 2 && checkpoints.values.allSatisfy { $0 > 0 })
        await feed.end()
    }
}
