import ControlAPI
import Testing

@testable import ptrctl

@Suite("Questions")
struct QuestionVerbTests {
    @Test("tree draws who supervises whom, and what each worker holds and for how long")
    func tree() async throws {
        try await withDaemon { socket in
            let outcome = await ptrctl(["tree", "--socket", socket])
            #expect(outcome.status == 0)
            #expect(
                outcome.out == """
                    NAME                         STATE       INCARNATION  RESTARTS  HOLDS
                    application_supervisor       running               1         0  one for one, 4 of 5 restarts left in 60 s
                    ├── main_supervisor          running               3         1
                    │   └── direct_supervisor.1  draining              4         0
                    │       ├── worker.1.1       busy              1,014         2  message 17 of tweets-1 for 120 ms, attempt 2
                    │       └── worker.1.2       restarting            -         0
                    └── stream.tweets-1          running               9         0  open\u{FFFD}[2J
                    """)
        }
    }

    @Test("tree --watch prints one picture after another where there is no terminal to draw on")
    func watchedTree() async throws {
        try await withDaemon { socket in
            let plain = await ptrctl(["tree", "--watch", "--socket", socket], readsLines: 16)
            #expect(plain.status == 0)
            #expect(plain.out.split(separator: "\n").count { $0.hasPrefix("application_supervisor") } == 2)
            let json = await ptrctl(["tree", "--watch", "--json", "--socket", socket], readsLines: 3)
            let lines = json.out.split(separator: "\n")
            #expect(lines.count == 3)
            for line in lines {
                let tree = try ControlJSON.decode(Tree.self, from: line.utf8)
                #expect(tree == .example)
            }
        }
    }

    @Test("source check says what is wrong and what makes it right, and ends with 1")
    func sourceCheck() async throws {
        try await withDaemon { socket in
            let outcome = await ptrctl(["source", "check", "events", "--socket", socket])
            #expect(outcome.status == 1)
            #expect(
                outcome.out == """
                    ack_wait is 5, and has to be 60: it is reported three times within it
                    EVENTS/work: 1,200 pending, 30 delivered and not acknowledged, 30 held here, the oldest 4 s old

                    What makes it right:
                      nats consumer edit EVENTS work --wait 60s --force
                    """)
            let unknown = await ptrctl(["source", "check", "other", "--socket", socket])
            #expect(unknown.status == 6 && unknown.err.contains("the sources are events"))
        }
    }

    @Test("streams shows what the broker of a source has")
    func ofBroker() {
        let broker = BrokerShare(
            consumer: "EVENTS/work", pending: 1200, ackPending: 30, oldestSeconds: 70, held: 8, redelivered: 1)
        let source = Status.Stream(name: "events", url: "nats://b EVENTS/work", state: .open, broker: broker)
        #expect(
            StreamsTable(streams: [source], style: .plain()).lines.dropFirst(2) == [
                "events: 1,200 pending at the broker, 30 delivered, 8 held here, the oldest 1m10s old, 1 redelivery"
            ])
    }

    @Test("streams shows the table of the status, and how to try a failed one again")
    func streams() async throws {
        let failed = Status.Stream(name: "old", url: "http://h/", state: .failed, pausedForSeconds: 61.2)
        #expect(
            StreamsTable(streams: [failed], style: .plain()).lines.dropFirst(2) == [
                "old: paused for 1m2s more",
                "old: the server told it to stop; try again with `ptrctl resume old`",
            ])
        try await withDaemon { socket in
            let outcome = await ptrctl(["streams", "--socket", socket])
            #expect(
                outcome.out == """
                    STREAM    STATE    EVENTS     READ  RECONNECTS  LAST ID  URL
                    tweets-1  open     12,345  1.2 MiB           0  9981     http://127.0.0.1:4000/tweets/1
                    slow      waiting       7    900 B          12  -        https://example.org/slow
                    slow: connection refused; next attempt in 8 s
                    """)
        }
    }

    @Test(
        "streams shows those that are named, by how names begin, too, in the order of the daemon; of one that there is not, what was meant",
        arguments: [
            ("slow", ["slow"]), ("slow tweets-1", ["tweets-1", "slow"]), ("list tweets-1", ["tweets-1"]),
            ("tw*", ["tweets-1"]), ("*", ["tweets-1", "slow"]), ("slow slow s*", ["slow"]),
        ])
    func named(line: String, expected: [String]) async throws {
        try await withDaemon { socket in
            let arguments = ["streams"] + line.split(separator: " ").map(String.init) + ["--socket", socket]
            let outcome = await ptrctl(arguments)
            let names = outcome.out.split(separator: "\n").dropFirst().filter { !$0.contains(": ") }.map { line in
                String(line.prefix { $0 != " " })
            }
            #expect(outcome.status == 0 && names == expected)
            let json = await ptrctl(arguments + ["--json"])
            let document = try ControlJSON.decode(Streams.self, from: json.out.utf8)
            #expect(document.streams.map(\.name) == expected)
        }
    }

    @Test(
        "streams does not know a name that there is not, and says what was meant",
        arguments: [
            ("tweets-2", "there is no stream \"tweets-2\"", "did you mean tweets-1?"),
            ("slow x*", "there is no stream \"x*\"", "there are tweets-1 and slow"),
            ("lits", "there is no stream \"lits\"", "did you mean 'ptrctl streams list'?"),
        ])
    func unknownName(line: String, complaint: String, hint: String) async throws {
        try await withDaemon { socket in
            let outcome = await ptrctl(
                ["streams"] + line.split(separator: " ").map(String.init) + ["--socket", socket])
            #expect(outcome.status == 6 && outcome.out.isEmpty)
            #expect(outcome.err.contains(complaint) && outcome.err.contains(hint))
        }
    }

    @Test("of many streams the status has those that are not open, and says how many there are; streams has all")
    func many() {
        let streams = (0..<40).map { number in
            Status.Stream(name: "s-\(number)", url: "http://h/", state: number >= 38 ? .waiting : .open)
        }
        let short = StreamsTable(streams: streams, style: .plain(), most: 3).lines
        #expect(short.prefix(4).dropFirst().map { $0.prefix(4) } == ["s-38", "s-39", "s-0 "])
        #expect(short[4] == "40 streams, 38 of them open; all of them: `ptrctl streams`")
        #expect(StreamsTable(streams: streams, style: .plain()).lines.count >= 41)
    }

    @Test("a stream that is down says since when, how often it was tried, when next, and why; in every list of streams")
    func down() async throws {
        let slow = Status.Stream(
            name: "slow", url: "http://h/", state: .waiting, error: "connection refused", downForSeconds: 70.4,
            attempts: 6, nextAttemptInSeconds: 11.2)
        let line = "slow: down 1m10s, try 6, next in 12 s: connection refused"
        let style = Style.plain()
        #expect(StreamsTable(streams: [slow], style: style).lines.dropFirst(2) == [line])
        let status = Status.example(streams: [slow])
        #expect(StatusPage(status: status, style: style).lines.contains(line))
        var top = TopScreen(top: .example(status), style: style)
        #expect(
            top.frame(ScreenSize(columns: 200, rows: 40)).contains {
                $0.contains("slow waiting, down 1m10s, try 6, next in 12 s")
            })
        // While it is being tried there is no next time, and after the last try no count.
        let trying = Status.Stream(
            name: "slow", url: "http://h/", state: .connecting, error: "connection refused", downForSeconds: 3,
            attempts: 2)
        #expect(
            StreamsTable(streams: [trying], style: style).lines.last == "slow: down 3 s, try 2: connection refused")
        let ended = Status.Stream(
            name: "slow", url: "http://h/", state: .failed, error: "204", downForSeconds: 3_700, attempts: 2)
        #expect(StreamsTable(streams: [ended], style: style).lines.contains("slow: down 1h1m: 204"))
        // There is nothing wrong with one that connects for the first time.
        let new = Status.Stream(name: "slow", url: "http://h/", state: .connecting, downForSeconds: 0.1, attempts: 1)
        #expect(StreamsTable(streams: [new], style: style).lines.count == 2)
    }

    @Test("workers shows what each has in hand")
    func workers() async throws {
        try await withDaemon { socket in
            let outcome = await ptrctl(["workers", "--socket", socket])
            #expect(
                outcome.out == """
                    WORKER      STATE  INCARNATION  RESTARTS  HANDLED  HOLDS
                    worker.1.1  busy            14         0    1,200  message 17 of tweets-1 for 120 ms, attempt 2
                    worker.1.2  idle            15         1    1,200  -
                    """)
        }
    }

    @Test("a worker that could not be started backs off, and of several messages in hand the oldest stands for all")
    func handsAndBackOff() async throws {
        try await withDaemon(FixedPlane(workerStates: [.busy, .backingOff], inHand: 1_024)) { socket in
            let outcome = await ptrctl(["workers", "--socket", socket])
            #expect(
                outcome.out == """
                    WORKER      STATE        INCARNATION  RESTARTS  HANDLED  HOLDS
                    worker.1.1  busy                  14         0    1,200  message 17 of tweets-1 for 120 ms, attempt 2, and 1,023 more
                    worker.1.2  backing off           15         1    1,200  -
                    """)
        }
        let nodes = [
            TreeNode(
                id: "worker.1.1", kind: .worker, state: .busy, incarnation: 3, restarts: 0, holds: .example, inHand: 32),
            TreeNode(id: "worker.1.2", kind: .worker, state: .backingOff, incarnation: 4, restarts: 0),
        ]
        let root = TreeNode(
            id: "direct_supervisor.1", kind: .supervisor, state: .running, incarnation: 1, restarts: 0, children: nodes)
        // It is not idle: what is not well is never folded.
        let page = TreePage(
            tree: Tree(uptimeSeconds: 1, root: root), style: .plain(120), scope: TreeScope(isBusyOnly: true))
        #expect(
            page.lines.dropFirst(2).map { $0 } == [
                "├── worker.1.1       busy                   3         0  message 17 of tweets-1 for 120 ms, attempt 2, and 31 more",
                "└── worker.1.2       backing off            4         0",
            ])
    }

    @Test("explain scale tells each decision with its figures, and what auto would do while a number is pinned")
    func explainScale() async throws {
        try await withDaemon(FixedPlane(automatic: 7)) { socket in
            let outcome = await ptrctl(["explain", "scale", "--socket", socket])
            #expect(
                outcome.out == """
                    pinned, target 5 direct supervisors; auto would aim at 7

                    TIME                           TICKS  IN FLIGHT  MEAN  WANTED  SIZE   WHY
                    2026-01-31T09:30:00.123+00:00      1         12   9.3       2  1 → 2  grows: 9.25 in flight need 2
                    2026-01-31T09:31:00.000+00:00    240          2   3.0       1  2      held by the window for 12.5 s
                    """)
            #expect(
                await ptrctl(["explain", "scale", "-n", "1", "--socket", socket]).out.split(separator: "\n").count == 3)
        }
    }

    @Test("explain crash tells the last crash: message, reason, budget, and what the supervisor did")
    func explainCrash() async throws {
        try await withDaemon { socket in
            for arguments in [["explain", "crash"], ["explain", "crash", "17"]] {
                let outcome = await ptrctl(arguments + ["--socket", socket])
                #expect(outcome.status == 0)
                #expect(
                    outcome.out == """
                          Crash: 17, detected 2026-01-31T09:30:00.123+00:00
                           What: worker.1.2, incarnation 14, under direct_supervisor.1
                         Reason: no such user
                          Cause: the message: its handler threw over it
                           Then: it was started again as incarnation 15, 1,850 µs after the crash was seen
                        Charged: no: a restart that a message causes is paid with its attempts
                         Budget: 99 of 100 restarts left in 1 s
                        Message: 12 of tweets-1 (id 9981), attempt 3 of 3: it had no attempt left and is a dead letter
                        """)
            }
            #expect(await ptrctl(["explain", "crash", "99", "--socket", socket]).status == 6)
            let list = await ptrctl(["explain", "crash", "-n", "20", "--socket", socket])
            #expect(
                list.out == """
                    ID  TIME                           WHAT        CAUSE    THEN       MESSAGE           REASON
                    17  2026-01-31T09:30:00.123+00:00  worker.1.2  message  restarted  12 dead lettered  no such user
                    """)
        }
        try await withDaemon(FixedPlane(crashes: [])) { socket in
            #expect(
                await ptrctl(["explain", "crash", "--socket", socket]).out == "Nothing has crashed since ptrd started.")
        }
    }

    @Test("log-level shows the level")
    func logLevel() async throws {
        try await withDaemon { socket in
            #expect(await ptrctl(["log-level", "--socket", socket]).out == "info")
            #expect(await ptrctl(["log-level", "debug", "--socket", socket]).out == "debug, before info")
            #expect(await ptrctl(["log-level", "loud", "--socket", socket]).status == 2)
        }
    }

    @Test("version names both programs, and ends with 0 also without the daemon")
    func version() async throws {
        try await withDaemon { socket in
            #expect(await ptrctl(["version", "--socket", socket]).out == "ptrctl \(Version.current)\nptrd 1.2.3")
            #expect(
                await ptrctl(["version", "--json", "--socket", socket]).out
                    == #"{"daemon" : "1.2.3","version" : "\#(Version.current)"}"#)
        }
        let alone = await ptrctl(["version", "--socket", "/nonexistent/ptrd.sock"])
        #expect(alone.status == 0)
        #expect(alone.err.contains("ptrd is not running"))
    }

    @Test("dead-letters list and show keep escape sequences of a feed from the terminal")
    func deadLetters() async throws {
        try await withDaemon { socket in
            let list = await ptrctl(["dead-letters", "list", "--stream", "tweets-1", "--socket", socket])
            #expect(
                list.out == """
                    ID  TIME                           STREAM    EVENT ID  ATTEMPTS     SIZE  REASON        DATA
                    12  2026-01-31T09:30:00.123+00:00  tweets-1  -                3  2.0 KiB  no such user  {"text": "\u{FFFD}]0;gotcha"}
                    """)
            #expect(list.err == "1 shown of 1,234 stored, 2.0 KiB; go on with --after 12")
            #expect(await ptrctl(["dead-letters", "--socket", socket]).out == list.out)
            let page = await ptrctl(["dead-letters", "show", "12", "--socket", socket])
            #expect(
                page.out == """
                    Dead letter: 12, given up 2026-01-31T09:30:00.123+00:00
                         Stream: tweets-1
                       Event id: -
                       Identity: -
                           Type: message
                         Reason: no such user
                          Tried: 3 times, at last by worker.1.2 (incarnation 14) as message 99
                           Data: 2.0 KiB

                    {"text":
                    "\u{FFFD}[2J"}
                    """)
            #expect(await ptrctl(["dead-letters", "show", "13", "--socket", socket]).status == 6)
        }
    }

    @Test(
        "print the daemon's document as it is with --json",
        arguments: [
            ["tree"], ["streams"], ["workers"], ["top"], ["explain", "scale"], ["explain", "crash", "17"],
            ["log-level"],
            ["dead-letters", "list"], ["dead-letters", "show", "12"], ["pause", "slow"], ["resume"], ["reload"],
            ["log-level", "debug"], ["dead-letters", "replay", "12"], ["dead-letters", "purge", "12", "--yes"],
            ["check"], ["wait", "ready"], ["streams", "list"], ["streams", "position", "slow"],
            ["streams", "position", "slow", "--set", "17", "--yes"], ["streams", "forget", "slow", "--yes"],
            ["streams", "hand-over", "slow"],
        ])
    func json(arguments: [String]) async throws {
        try await withDaemon { socket in
            let outcome = await ptrctl(arguments + ["--json", "--socket", socket])
            #expect(outcome.status == 0)
            #expect(outcome.err.isEmpty)
            // Indented, as the daemon writes it.
            #expect(outcome.out.hasPrefix("{\n  \""))
            #expect(outcome.out.hasSuffix("\n}"))
        }
    }

    @Test("check says in one line, with figures, whether all is well")
    func check() async throws {
        try await withDaemon { socket in
            let outcome = await ptrctl(["check", "--socket", socket])
            #expect(outcome.status == 0)
            #expect(
                outcome.out == """
                    OK - running, 1 of 2 streams open, 37 in flight, 152.3/s, 37 of 40 workers busy | \
                    in_flight=37;;;0 rate=152.3;;;0 received=12352c;;;0 dead_lettered=3c;;;0 restarts=14c;;;0 \
                    p99=1502.0ms;;;0
                    """)
        }
        let degraded = Status.example(state: .degraded, degradedBecause: "the breaker | is open")
        try await withDaemon(FixedPlane(answer: degraded)) { socket in
            let outcome = await ptrctl(["check", "--socket", socket])
            #expect(outcome.status == 1)
            #expect(outcome.out.hasPrefix("DEGRADED - the breaker / is open, 1 of 2"))
        }
        let down = await ptrctl(["check", "--socket", "/nonexistent/ptrd.sock"])
        #expect(down.status == 3)
        #expect(down.out.hasPrefix("DOWN - ptrd is not running"))
        #expect(!down.out.contains("\n"))
        #expect(down.err.isEmpty)
        try await withDaemon(FixedPlane(isMute: true)) { socket in
            let late = await ptrctl(["check", "--socket", socket], timeout: .milliseconds(20))
            #expect(late.status == 4)
            #expect(late.out.hasPrefix("UNKNOWN - "))
        }
        #expect(CheckLine(.accessDenied(socket: "/s", group: "ptrd-ctl")).text.hasPrefix("DENIED - "))
        #expect(CheckLine(.accessDenied(socket: "/s", group: "ptrd-ctl")).status == .denied)
    }
}
