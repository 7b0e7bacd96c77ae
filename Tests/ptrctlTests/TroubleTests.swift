import ControlAPI
import Testing

@testable import ptrctl

@Suite("What is wrong")
struct TroubleTests {
    private static let slow = Problem(
        kind: .streamDown, subject: "slow", since: "2026-01-31T09:33:50.000000Z",
        text: "down 1m10s, try 6, next in 12 s: connection refused")
    private static let disk = Problem(
        kind: .stateUnwritable, subject: "/var/lib/ptrd/ptrd.sqlite", since: "2026-01-30T09:30:00.000000Z",
        text: "the state could not be written: the disk | is full")

    @Test("stands first in status, with since when, and what waits for a restart after it")
    func status() async throws {
        let status = Status.example(
            state: .degraded, degradedBecause: "of all that", problems: [Self.slow, Self.disk],
            needsRestart: ["metrics.listen"])
        try await withDaemon(FixedPlane(answer: status)) { socket in
            let outcome = await ptrctl(
                ["status", "--socket", socket], environment: ["NO_COLOR": "1"], isTerminal: true)
            #expect(outcome.status == 1)
            #expect(
                outcome.out.split(separator: "\n").prefix(4) == [
                    "● ptrd 1.2.3: degraded, up 2h13m, pid 4242",
                    "✗ stream slow: down 1m10s, try 6, next in 12 s: connection refused, since 09:33:50",
                    "✗ /var/lib/ptrd/ptrd.sqlite: the state could not be written: the disk | is full, since 2026-01-30 09:30:00",
                    "waits for a restart: metrics.listen",
                ])
            // It is not said twice.
            #expect(!outcome.out.contains("slow: connection refused; next"))
        }
    }

    @Test("is the first that check says, however much there is; also while ptrd drains")
    func check() async throws {
        for (state, word) in [(Status.State.degraded, ""), (.draining, "draining, ")] {
            let status = Status.example(state: state, problems: [Self.slow, Self.disk, Self.disk])
            let line = CheckLine(status)
            #expect(line.status == .failed)
            #expect(
                line.text.hasPrefix(
                    "DEGRADED - stream slow: down 1m10s, try 6, next in 12 s: connection refused (and 2 more), "
                        + "\(word)1 of 2 streams open, "))
        }
        #expect(CheckLine(.example(problems: [Self.disk])).text.hasPrefix("DEGRADED - /var/lib/ptrd/ptrd.sqlite: the"))
        #expect(CheckLine(.example(problems: [Self.disk])).text.filter { $0 == "|" }.count == 1)
    }

    @Test("is nothing while ptrd only drains, or when an older daemon names none")
    func none() {
        #expect(CheckLine(.example(state: .draining, problems: [])).status == .done)
        #expect(CheckLine(.example(state: .draining)).text.hasPrefix("OK - draining, 1 of 2 streams open"))
        #expect(CheckLine(.example(state: .degraded)).status == .failed)
        let one = Status.Stream(name: "a", url: "http://h/", state: .open)
        #expect(CheckLine(.example(streams: [one])).text.hasPrefix("OK - running, 1 of 1 stream open, "))
    }

    @Test("ends status with 1, also while ptrd drains with it")
    func exitStatus() async throws {
        try await withDaemon(FixedPlane(answer: .example(state: .draining, problems: [Self.slow]))) { socket in
            #expect(await ptrctl(["status", "--socket", socket]).status == 1)
            #expect(await ptrctl(["check", "--socket", socket]).status == 1)
            #expect(await ptrctl(["check", "--json", "--socket", socket]).status == 1)
        }
    }

    @Test("stands under the title of top, in half of the screen at most, and what finds no room is counted")
    func top() {
        let many = (1...20).map {
            Problem(kind: .streamDown, subject: "s\($0)", since: "2026-01-31T09:33:50Z", text: "down 70 s: refused")
        }
        var screen = TopScreen(top: .example(.example(state: .degraded, problems: many)), style: .plain(40))
        let lines = screen.frame(ScreenSize(columns: 40, rows: 12))
        #expect(lines[1] == "✗ s1: down 70 s: refused")
        #expect(lines[5] == "  and 16 more: ptrctl status")
        #expect(lines[6].hasPrefix("Streams   1 of 2 open"))
        #expect(lines.count == 12)
        screen.take(Top.example(.example(state: .degraded, degradedBecause: "the breaker is open")))
        #expect(screen.frame(ScreenSize(columns: 80, rows: 12))[1] == "✗ the breaker is open")
    }

    @Test("a code word of the autoscaler is not for people, nor is its hold window")
    func scaling() {
        #expect(
            ScalingWords.forPeople("heldByWindow: stays at 8: the hold window remembers more load")
                == "stays at 8, there was more load a moment ago")
        #expect(
            ScalingWords.forPeople("scaledUp: scaled up from 1 to 2: 9 in flight")
                == "scaled up from 1 to 2: 9 in flight")
        #expect(ScalingWords.forPeople("pinned: pinned to 5") == "pinned to 5")
        #expect(ScalingWords.forPeople("the load: is what it is") == "the load: is what it is")
        #expect(ScalingWords.forPeople("") == "")
        let held = Event.example(
            id: 1, kind: .scale, level: .info, message: "stays at 8: the hold window remembers more load")
        #expect(
            EventLine(event: held, style: .plain()).lines[0].hasSuffix("stays at 8, there was more load a moment ago"))
    }

    @Test("a latency of what was never measured is none, for people; the JSON keeps its 0")
    func latency() {
        let fresh = Status(
            state: .running, pid: 1, uptimeSeconds: 1, streams: [],
            messages: .init(
                received: 3, inFlight: 3, processed: 0, killed: 0, deadLettered: 0, retried: 0, ratePerSecond: 0),
            workers: .init(total: 8, busy: 3, restarts: 0), directSupervisors: 1,
            scaling: .init(mode: .auto, target: 1, min: 1, max: 64, reason: ""), latency: .init())
        #expect(StatusPage(status: fresh, style: .plain()).lines.contains(" Latency: –"))
        var top = TopScreen(top: .example(fresh), style: .plain(80))
        #expect(top.frame(ScreenSize(columns: 80, rows: 24)).contains("Latency   –"))
    }

    @Test("events in a row that say the same stand in one line; those that do not, do not")
    func folded() {
        let messages = [
            "worker.1.2 crashed: no such user", "worker.3.4 crashed: no such user", "worker.1.2 crashed: other",
        ]
        let events = messages.enumerated().map { Event.example(id: UInt64($0), message: $1) }
        let folded = EventLine.folded(
            events + [.example(id: 9, kind: .scale, level: .info, message: "scaled from 1 to 2")])
        #expect(folded.map(\.count) == [2, 1, 1])
        #expect(folded.map(\.event.id) == [1, 2, 9])
        #expect(EventLine(event: folded[0].event, style: .plain(), count: 12).lines[0].hasSuffix("no such user (×12)"))
        let up = Event.example(id: 1, kind: .scale, level: .info, message: "scaled from 1 to 2")
        let more = Event.example(id: 2, kind: .scale, level: .info, message: "scaled from 2 to 4")
        #expect(!EventLine.isSame(up, more))
    }

    @Test("events that follow are counted in place on a terminal, each has its line elsewhere")
    func followed() async throws {
        let same = (9...11).map { Event.example(id: $0, message: "worker.1.\($0) crashed: no such user") }
        let other = Event.example(id: 12, message: "over")
        for (isTerminal, options, lines) in [
            (true, [], 4), (false, [], 4), (true, ["--full"], 4),
        ] as [(Bool, [String], Int)] {
            try await withDaemon(FixedPlane(lives: Script([same + [other, .example(id: 13, message: "unread")]]))) {
                socket in
                let outcome = await ptrctl(
                    ["events", "-f", "-n", "0", "--socket", socket] + options, environment: ["NO_COLOR": "1"],
                    isTerminal: isTerminal, readsLines: lines)
                let folds = isTerminal && options.isEmpty
                #expect(
                    outcome.out.contains(
                        "\u{1B}[1A\u{1B}[J09:30:00  crash        worker.1.11 crashed: no such user (×3)") == folds)
                #expect(outcome.out.contains("×") == folds)
                #expect(outcome.out.hasSuffix("over"))
            }
        }
    }

    @Test("of many idle workers the tree tells the number, unless all are wanted, or only what is busy, or some levels")
    func tree() {
        func lines(_ scope: TreeScope, busy: Int = 3) -> [String] {
            TreePage(tree: .large(busy: busy), style: .plain(80), scope: scope).lines
        }
        let folded = lines(TreeScope())
        #expect(folded.count < 20)
        #expect(folded.contains { $0.hasPrefix("│   ├── direct_supervisor.1 ") })
        #expect(folded.contains { $0.hasPrefix("│   │   └── … 7 idle") || $0.hasPrefix("│   │   ├── … 7 idle") })
        #expect(folded.contains("│   └── … 26 idle, with 208 workers"))
        #expect(lines(TreeScope(isFull: true)).count == 1 + 1 + 1 + 29 + 232 + 1 + 2)
        #expect(lines(TreeScope(isFull: true)).allSatisfy { !$0.contains("─ … ") })
        #expect(lines(TreeScope(depth: 2)).contains { $0.hasPrefix("│   └── … 261 below") })
        // A few are shown: to fold two into one line saves nothing.
        let few = TreePage(tree: .example, style: .plain(80)).lines
        #expect(few.count == 7)
    }

    @Test(
        "of every kind makes check end with 1, and is in its first line",
        arguments: [
            Problem.Kind.streamDown, .allStreamsDown, .streamRefused, .streamFailed, .breakerOpen, .stateUnwritable,
            .handlerUnavailable, .workersCannotStart, .outputBlocked, .formatFindsNothing, .workersHang,
            .listenerBroken, .watchdogLate, .booksWrong,
        ])
    func everyKind(kind: Problem.Kind) async throws {
        let problem = Problem(kind: kind, subject: "it", since: "2026-01-31T09:30:00.123456Z", text: "is wrong | now")
        try await withDaemon(FixedPlane(answer: .example(state: .degraded, problems: [problem]))) { socket in
            let outcome = await ptrctl(["check", "--socket", socket])
            #expect(outcome.status == 1)
            #expect(outcome.out.hasPrefix("DEGRADED - "))
            #expect(outcome.out.prefix { $0 != "|" }.contains("it: is wrong / now"), "\(outcome.out)")
        }
    }
}
