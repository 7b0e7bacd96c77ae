import ControlAPI
import ControlClient
import ControlServer
import Testing

@testable import ptrctl

@Suite("Following")
struct FollowingVerbTests {
    @Test("events shows the past in lines, of the kinds that are asked for")
    func events() async throws {
        try await withDaemon { socket in
            let all = await ptrctl(["events", "--socket", socket])
            #expect(
                all.out == """
                    2026-01-31T09:30:00.123+00:00  crash        worker.1.2 crashed: no such user\u{FFFD}[2J
                    2026-01-31T09:30:00.123+00:00  scale        scaled from 1 to 2
                    """)
            #expect(
                await ptrctl(["events", "--kind", "scale", "--socket", socket]).out.split(separator: "\n").count == 1)
            #expect(await ptrctl(["events", "-n", "1", "--socket", socket]).out.hasSuffix("scaled from 1 to 2"))
            #expect(await ptrctl(["events", "-n", "0", "--socket", socket]).out.isEmpty)
            let json = await ptrctl(["events", "--json", "--socket", socket]).out.split(separator: "\n")
            #expect(json.count == 2)
            let first = try ControlJSON.decode(Event.self, from: json[0].utf8)
            #expect(first == .example(id: 7))
        }
    }

    @Test("events refuses kinds that there are not", arguments: ["crahs", "crash,", ""])
    func unknownKind(kind: String) async {
        let outcome = await ptrctl(["events", "--kind", kind])
        #expect(outcome.status == 2)
        #expect(outcome.err.contains("crash"))
    }

    @Test("events -f goes on after the last event when the connection ends")
    func reconnects() async throws {
        let plane = FixedPlane(lives: Script([[.example(id: 9)], [.example(id: 10), .example(id: 11)]]))
        try await withDaemon(plane) { socket in
            let outcome = await ptrctl(["events", "-f", "-n", "0", "--json", "--socket", socket], readsLines: 2)
            #expect(outcome.status == 0)
            let ids = try outcome.out.split(separator: "\n").map {
                try ControlJSON.decode(Event.self, from: $0.utf8).id
            }
            #expect(ids == [9, 10])
            #expect(plane.requests.all == ["follow after 8", "follow after 9"])
            #expect(outcome.err.isEmpty)
        }
    }

    @Test("events -f begins anew when ptrd has restarted, and says so")
    func restart() async throws {
        func status(pid: Int32, uptime: Double) -> Status {
            let example = Status.example()
            return Status(
                state: .running, pid: pid, uptimeSeconds: uptime, streams: [], messages: example.messages,
                workers: example.workers, directSupervisors: 1, scaling: example.scaling, latency: example.latency)
        }
        for second in [status(pid: 2, uptime: 7_000), status(pid: 1, uptime: 3)] {
            let plane = FixedPlane(
                script: Script([status(pid: 1, uptime: 7_000), second]),
                lives: Script([[.example(id: 9)], [.example(id: 1), .example(id: 2)]]))
            try await withDaemon(plane) { socket in
                let outcome = await ptrctl(["events", "-f", "-n", "0", "--socket", socket], readsLines: 2)
                #expect(outcome.err == "ptrd has restarted (pid \(second.pid)); its events begin anew")
                #expect(plane.requests.all == ["follow after 8", "follow after 0"])
            }
        }
    }

    @Test("tap prints live messages, and says on standard error how many it was not shown")
    func tap() async throws {
        let plane = FixedPlane(taps: [
            .record(.example(1)), .skipped(1_500), .record(.example(2)), .record(.example(3)),
        ])
        try await withDaemon(plane) { socket in
            let outcome = await ptrctl(
                ["tap", "--stage", "failed", "--where", "a b&c", "-n", "2", "--socket", socket])
            #expect(outcome.status == 0)
            let line = { (number: Int) in
                "2026-01-31T09:30:00.123+00:00  tweets-1  #\(number)  id 9981  type tweet  worker.1.2  attempt 2  12.5 ms  "
                    + "no such user  {\"text\":\u{FFFD}\"\u{FFFD}[2J\"}"
            }
            #expect(outcome.out == line(1) + "\n" + line(2))
            #expect(outcome.err == "1,500 messages passed over, 1,500 in all")
            #expect(plane.requests.all == ["tap failed a b&c"])
            let json = await ptrctl(["tap", "--json", "-n", "3", "--socket", socket])
            let records = try json.out.split(separator: "\n").map {
                try ControlJSON.decode(TapRecord.self, from: $0.utf8)
            }
            #expect(records == [.example(1), .example(2), .example(3)])
        }
    }

    @Test("tap says how many it was not shown once a second, and at the end")
    func tally() async throws {
        // The clock of these tests moves only when somebody sleeps.
        let taps: [TapItem] = [.skipped(5), .record(.example(1)), .skipped(6), .record(.example(2)), .skipped(7)]
        try await withDaemon(FixedPlane(taps: taps)) { socket in
            let outcome = await ptrctl(["tap", "--socket", socket])
            #expect(outcome.status == 0)
            #expect(
                outcome.err == "5 messages passed over, 5 in all\n13 messages passed over, 18 in all")
        }
    }

    @Test("tap that is ended too early by the daemon says so; one whose reader has gone ends well")
    func tapEnds() async throws {
        try await withDaemon(FixedPlane(taps: [.record(.example(1)), .record(.example(2))])) { socket in
            let early = await ptrctl(["tap", "-n", "5", "--socket", socket])
            #expect(early.status == 4)
            #expect(early.err == "ptrctl: ptrd ended it after 2 messages")
            #expect(await ptrctl(["tap", "--socket", socket], readsLines: 1).status == 0)
        }
    }

    @Test("a stream that is refused, or not there, ends like any other question")
    func refused() async throws {
        #expect(await ptrctl(["tap", "--socket", "/nonexistent/ptrd.sock"]).status == 3)
        #expect(await ptrctl(["events", "-f", "--socket", "/nonexistent/ptrd.sock"]).status == 3)
        try await withDaemon { socket in
            let client = ControlClient(socket: socket, timeout: .seconds(60))
            // Too long for the daemon.
            var items = client.follow(TapSubscription(text: String(repeating: "x", count: 300))).makeAsyncIterator()
            do throws(ControlClientError) {
                _ = try await items.next()
                Issue.record("it was not refused")
            } catch {
                #expect(error.exitStatus == .usage)
            }
        }
    }
}
