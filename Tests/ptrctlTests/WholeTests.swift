import ControlAPI
import ControlClient
import Testing

@testable import ptrctl

extension Whole {
    /// Two nodes that answer, one of which says what it should not, and two that do not.
    static let example = Whole(
        asked: "a",
        nodes: [
            NodeAnswer(
                node: "a", id: "1", version: "0.2.0", status: .example(), streams: 3, openStreams: 3,
                workers: [
                    Worker(
                        id: "worker.1.1", supervisor: "direct_supervisor.1", state: .busy, incarnation: 7, restarts: 1,
                        handled: 12, holds: .example)
                ],
                isCut: false),
            NodeAnswer(
                node: "b\u{1B}[2J", id: "2", version: "0.2.0",
                status: Status(
                    state: .degraded,
                    problems: [
                        Problem(kind: .streamDown, subject: "x\u{1B}[31m", since: "soon", text: "it is\u{7} down")
                    ],
                    pid: 1, uptimeSeconds: 1e300,
                    streams: [Status.Stream(name: "x", url: "u", state: .failed, error: "gone\u{9B}")],
                    messages: Status.Messages(
                        received: .max, inFlight: -3, processed: .max, killed: .max, deadLettered: .max, retried: 0,
                        ratePerSecond: 1e300),
                    workers: Status.Workers(total: .max, busy: .min, restarts: 0), directSupervisors: .min,
                    scaling: Status.Scaling(mode: .auto, target: 1, min: 1, max: 1, reason: ""),
                    latency: Status.Latency(p99: 1e300)),
                streams: .max, openStreams: .min, workers: [], isCut: true),
        ],
        silent: [
            SilentNode(node: "c", lastHeardSeconds: 12, holds: ["tweets-1", "tweets-2"]),
            SilentNode(node: "d", holds: []),
        ], leftOut: 2, trouble: nil)
}

@Suite("All ptrds of a broker")
struct WholeTests {
    @Test("have a line each; who is silent, what is wrong and what was left out are said; nothing of others is obeyed")
    func status() {
        let page = WholePage(whole: .example, style: .plain())
        let lines = page.status
        #expect(lines[0].hasPrefix("NODE") && lines[1].hasPrefix("a ") && lines[2].hasPrefix("b\u{FFFD}[2J"))
        #expect(lines.contains { $0.hasPrefix("All: 2 nodes") })
        #expect(lines.contains("✗ b\u{FFFD}[2J: stream x\u{FFFD}[31m: it is\u{FFFD} down"))
        #expect(lines.contains("✗ c: silent, heard 12 s ago; holds tweets-1 and tweets-2"))
        #expect(lines.contains("✗ d: silent, not heard yet"))
        #expect(lines.contains("2 answers left out: too many, too long, or without sense"))
        #expect(lines.contains("not all of b\u{FFFD}[2J had room; ask there"))
        #expect(page.isUnwell)
        for text in lines + page.streams + page.workers {
            #expect(!text.unicodeScalars.contains { $0.value < 0x20 || 0x7F..<0xA0 ~= $0.value }, "\(text)")
        }
        #expect(page.streams.contains("✗ b\u{FFFD}[2J: x: gone\u{FFFD}"))
        #expect(page.workers[1].contains("worker.1.1") && page.workers[1].contains("message 17 of tweets-1"))
    }

    @Test("are a screen that keeps within its size")
    func screen() {
        var screen = WholeScreen(document: .example, style: .plain())
        for columns in [1, 20, 80, 200] {
            for rows in [1, 2, 5, 24] {
                let frame = screen.frame(ScreenSize(columns: columns, rows: rows))
                #expect(frame.count <= rows && frame.allSatisfy { Text.width($0) <= columns })
            }
        }
        #expect(screen.take(.down) && !screen.take(.character("q")))
    }

    @Test(
        "are asked with --all, before the verb or behind it",
        arguments: [
            (["--all", "status"], "status"), (["status", "--all"], "status"),
            (["--json", "--all", "streams"], "streams"),
            (["streams", "--all"], "streams"), (["streams", "list", "--all"], "streams"),
            (["--all", "workers"], "workers"),
            (["--all", "top", "--json"], "status"),
        ])
    func asked(arguments: [String], part: String) async throws {
        let plane = FixedPlane()
        try await withDaemon(plane) { socket in
            let outcome = await ptrctl(["--socket", socket] + arguments)
            #expect(outcome.status == (part == "status" && !arguments.contains("top") ? 1 : 0), "\(outcome)")
            #expect(plane.requests.all == ["whole of \(part)"])
            if arguments.contains("--json") {
                let said = try ControlJSON.decode(Whole.self, from: outcome.out.utf8)
                #expect(said == .example)
            }
        }
    }

    @Test("cannot be asked where there is no broker, nor by a verb that asks one")
    func refused() async throws {
        let refusal = ControlFailure(.precondition, "no broker is configured", hint: "add [nats]")
        try await withDaemon(FixedPlane(refusal: refusal)) { socket in
            let outcome = await ptrctl(["--all", "status", "--socket", socket])
            #expect(outcome.status == 6 && outcome.err == "ptrctl: no broker is configured\n        add [nats]")
            #expect(await ptrctl(["--all", "tree", "--socket", socket]).status == 2)
            #expect(await ptrctl(["streams", "--all", "x", "--socket", socket]).status == 2)
        }
    }
}
