import ControlAPI
import Foundation
import Testing

@Suite("Workers that are processes, before an operator", .timeLimit(.minutes(3)))
struct WorkerProcessTests {
    /// A feed, and a daemon whose workers are shells that say who they are and that all is done.
    private struct Scenery {
        let scene: Scene
        let feed: Program
        let daemon: Program

        init() async throws {
            scene = try Scene()
            let port: Int
            (feed, port) = try await scene.feed("--rate", "200", "--ids", "--kill-every", "0")
            let script = scene.folder.appending(path: "worker")
            try """
            echo "shell $$" >&2
            while read -r message; do echo '{"status":"done"}'; done
            """.write(to: script, atomically: true, encoding: .utf8)
            let path = scene.folder.appending(path: "ptrd.toml").path
            try """
            [stream.tweets-1]
            url = "http://127.0.0.1:\(port)/tweets/1"
            [handler]
            kind = "exec"
            [handler.exec]
            command = ["/bin/sh", "\(script.path)"]
            [scaling]
            min = 1
            max = 1
            workers_per_supervisor = 2
            [workers]
            timeout = "1s"
            [state]
            directory = "\(scene.folder.appending(path: "state").path)"
            [control]
            socket = "\(scene.socket)"
            """.write(toFile: path, atomically: true, encoding: .utf8)
            daemon = try await scene.daemon(path)
        }

        func ptrctl(_ arguments: String...) async throws -> Outcome {
            try await Program("ptrctl", ["--socket", scene.socket] + arguments).outcome
        }

        /// The workers, when as many as there are to be have answered for something.
        func workers() async throws -> [Worker] {
            while true {
                let workers = try await scene.control.answer(to: WorkersRequest()).workers
                if workers.count(where: { $0.pid != nil && $0.handled > 0 }) == 2 { return workers }
            }
        }

        /// Waits for an event of a worker.
        func event(where isSo: (Event) -> Bool) async throws -> Event {
            while true {
                let request = EventsRequest(kinds: [.worker], limit: 500)
                let events = try await scene.control.answer(to: request).events
                if let found = events.first(where: isSo) { return found }
            }
        }

        func end() async {
            daemon.signal(SIGTERM)
            #expect(await daemon.status == 0)
            await feed.end()
        }
    }

    @Test("are looked at, sent signals, and leave behind how they ended and what they said")
    func session() async throws {
        let scenery = try await Scenery()
        let workers = try await scenery.workers()
        for worker in workers {
            #expect(worker.residentBytes ?? 0 > 100_000 && worker.ageSeconds ?? 0 > 0 && worker.cpuSeconds != nil)
        }
        let (first, pid) = (try #require(workers.first), try #require(workers.first?.pid))
        let table = try await scenery.ptrctl("workers")
        #expect(table.lines.first?.contains("PID") == true)
        #expect(table.lines.contains { $0.hasPrefix(first.id) && $0.contains(" \(pid) ") })
        #expect(try await scenery.ptrctl("tree", "--full").out.contains("pid \(pid), "))

        let crash = try await scenery.ptrctl("crash", "worker", first.id, "--signal", "SEGV")
        #expect(crash.status == 0, "\(crash)")
        #expect(crash.out.hasPrefix("\(first.id): SIGSEGV to pid \(pid) → detected after "))
        let told = try await scenery.ptrctl("explain", "crash")
        #expect(told.out.contains("Ended: pid \(pid), by SIGSEGV") && told.out.contains("Stderr: shell \(pid)"))
        #expect(told.out.contains("an operator injected it"))
        let exit = try await scenery.event { $0.fields["pid"] == "\(pid)" && $0.fields["event"] == "exited" }
        #expect(exit.fields["signal"] == "SIGSEGV" && exit.fields["stderr"] == "shell \(pid)")
        #expect(!(try await scenery.workers()).contains { $0.pid == pid })

        // One that is stopped hangs, until it has taken longer than a worker may.
        let stop = try await scenery.ptrctl("crash", "worker", first.id, "--signal", "STOP")
        #expect(stop.status == 0 && stop.out.hasPrefix("\(first.id): SIGSTOP to pid "), "\(stop)")
        let late = try await scenery.event { $0.fields["cause"] == "timeout" }
        #expect(late.fields["worker"] == first.id)
        _ = try await scenery.workers()
        let curl = try Program(
            executable: URL(filePath: "/usr/bin/curl"),
            ["--silent", "--show-error", "--unix-socket", scenery.scene.socket, "http://ptrd/v1/metrics"])
        let metrics = await curl.output.toTheEnd.joined(separator: "\n")
        #expect(metrics.contains(#"ptrd_worker_exits_total{cause="timeout"} 1"#))
        #expect(metrics.contains("ptrd_worker_spawn_seconds_count 4"))
        let messages = try await scenery.scene.control.status().messages
        #expect(messages.deadLettered == 0)
        await scenery.end()
    }
}
