import ControlAPI
import Foundation
import Testing

@Suite("ptrctl's exit status", .timeLimit(.minutes(2)))
struct ExitStatusTests {
    private func ptrctl(_ socket: String, _ arguments: [String]) async throws -> Outcome {
        try await Program("ptrctl", ["--socket", socket] + arguments).outcome
    }

    /// Verbs that ask the daemon in ways of their own: a question, a table, a command, a stream, a page.
    private static let verbs = [
        ["status"], ["tree", "--json"], ["scale", "2"], ["events", "-f"], ["tap"], ["dead-letters", "list"],
        ["reload"], ["pause", "--for", "1s"], ["drain", "--yes"], ["crash", "worker"],
        ["crash", "worker", "--count", "3"],
        ["top", "--json"], ["explain", "crash"], ["wait", "idle"], ["log-level"],
    ]

    @Test("is 2 on wrong usage, with the usage on standard error, and nothing is asked")
    func usage() async throws {
        for arguments in [
            ["fly"], ["scale", "many"], ["wait"], ["tap", "-n", "0"], ["top"], ["pause", "--for", "5"],
        ] {
            let outcome = try await ptrctl("/nonexistent/ptrd.sock", arguments)
            #expect(outcome.status == 2 && outcome.out.isEmpty && !outcome.err.isEmpty, "\(arguments)")
        }
    }

    @Test("is 3 when there is no socket, and when nobody listens on it any more, with the command that starts it")
    func notRunning() async throws {
        let scene = try Scene()
        for arguments in Self.verbs {
            let outcome = try await ptrctl(scene.socket, arguments)
            #expect(outcome.status == 3 && outcome.out.isEmpty, "\(arguments)")
            #expect(outcome.err.contains("ptrd is not running: there is no socket at \(scene.socket)"))
        }
        #expect(try await ptrctl(scene.socket, ["check"]).out.hasPrefix("DOWN - ptrd is not running"))
        // Killed, it leaves its socket.
        let daemon = try await scene.daemon(scene.configure(port: 1))
        await daemon.end()
        #expect(FileManager.default.fileExists(atPath: scene.socket))
        for arguments in Self.verbs {
            let outcome = try await ptrctl(scene.socket, arguments)
            #expect(outcome.status == 3 && outcome.out.isEmpty, "\(arguments)")
            #expect(outcome.err.contains("ptrd is not running: nobody listens on \(scene.socket)"))
            #expect(outcome.err.contains("start it with `ptrd --control-socket \(scene.socket)`"))
        }
    }

    @Test(
        "is 4 when something else answers",
        arguments: [
            "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n{[}]",
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        ])
    func rubbish(answer: String) async throws {
        let scene = try Scene()
        let server = try AnsweringSocket(path: scene.socket, answers: [answer])
        for arguments in [["status"], ["scale", "2"], ["tree", "--json"], ["crash", "worker"]] {
            let outcome = try await ptrctl(scene.socket, arguments)
            #expect(outcome.status == 4 && outcome.out.isEmpty, "\(arguments): \(outcome)")
            #expect(outcome.err.contains("makes no sense") && outcome.err.contains("is it ptrd that listens there"))
        }
        let check = try await ptrctl(scene.socket, ["check"])
        #expect(check.status == 4 && check.out.hasPrefix("UNKNOWN - "))
        server.close()
    }

    @Test("is 4 when no answer comes in time")
    func never() async throws {
        let scene = try Scene()
        let server = try AnsweringSocket(path: scene.socket, answers: [""])
        let outcome = try await ptrctl(scene.socket, ["status"])
        #expect(outcome.status == 4 && outcome.out.isEmpty)
        #expect(outcome.err.contains("ptrd did not answer on \(scene.socket) within 5 s"))
        server.close()
    }

    @Test("is 6 for what does not exist, and where a precondition does not hold")
    func precondition() async throws {
        let scene = try Scene()
        let daemon = try await scene.daemon(scene.configure(port: 1))
        for (arguments, words) in [
            (["crash", "worker", "worker.77.1"], "there is no worker.77.1"),
            (["pause", "nothing"], "there is no stream \"nothing\""),
            (["explain", "crash", "99"], "there is no crash 99"),
            (["dead-letters", "show", "99"], "there is no dead letter 99"),
            (["scale", "1000"], "1000 direct supervisors"),
            (["scale", "2", "--expect", "9"], "the target is 1, not 9"),
        ] {
            let outcome = try await ptrctl(scene.socket, arguments)
            #expect(outcome.status == 6 && outcome.out.isEmpty, "\(arguments)")
            #expect(outcome.err.contains(words), "\(arguments): \(outcome.err)")
        }
        daemon.signal(SIGTERM)
        #expect(await daemon.status == 0)
    }

    @Test("is 1 when a drain, and 124 when a wait, is not over in time; either says what is missing")
    func late() async throws {
        let live = try await LiveDaemon(
            work: ("1h", "1h"), "[scaling]\nmax = 1\n[flow]\ndrain_timeout = \"100ms\"\n[workers]\ntimeout = \"24h\"")
        try await live.status { $0.workers.busy == 8 }
        let wait = try await live.ptrctl("wait", "idle", "--timeout", "200ms")
        #expect(wait.status == 124 && wait.err.contains(/not idle in time: [\d,]+ in flight/))
        let drain = try await live.ptrctl("drain", "--yes", "--timeout", "200ms")
        #expect(drain.status == 1 && drain.out.isEmpty)
        #expect(drain.err.contains(/[\d,]+ still in flight/) && drain.err.contains("the draining goes on"))
        #expect(drain.err.contains(/worker\.1\.\d: message \d+ of tweets-[12] for/))
        #expect(try await live.ptrctl("wait", "ready", "--timeout", "100ms").status == 124)
        live.daemon.signal(SIGTERM)
        #expect(await live.daemon.status == 1)
        await live.feed.end()
    }
}
