import ControlAPI
import Testing

@testable import ptrctl

@Suite("The status page")
struct RenderingTests {
    @Test("is aligned and plain without colours")
    func plain() {
        let page = StatusPage(status: .example(), style: .plain()).lines.joined(separator: "\n")
        #expect(
            page == """
                ● ptrd 1.2.3: running, up 2h13m, pid 4242

                STREAM    STATE    EVENTS     READ  RECONNECTS  LAST ID  URL
                tweets-1  open     12,345  1.2 MiB           0  9981     http://127.0.0.1:4000/tweets/1
                slow      waiting       7    900 B          12  -        https://example.org/slow
                slow: connection refused; next attempt in 8 s

                Messages: 12,352 received, 152.3/s
                          37 in flight (5.0 KiB, 2 delayed), 12,300 processed, 12 killed, 3 dead-lettered
                          21 retried, 1 late outcome
                 Workers: 37 of 40 busy, 14 restarts, under 5 direct supervisors
                 Scaling: auto, target 5 within 1 to 64: 37 in flight, 40 workers
                 Latency: p50 0.25 ms  p75 12.3 ms  p90 180 ms  p95 901 ms  p99 1.50 s  max 12.3 s
                """)
    }

    @Test("says why the daemon is degraded, and that there are no streams")
    func degradedAndEmpty() {
        let status = Status(
            state: .degraded, degradedBecause: "the circuit breaker is open: 97% of messages fail", version: "1.2.3",
            pid: 1,
            uptimeSeconds: 0, streams: [],
            messages: Status.Messages(
                received: 0, inFlight: 0, processed: 0, killed: 0, deadLettered: 0, retried: 0, ratePerSecond: 0),
            workers: Status.Workers(total: 8, busy: 0, restarts: 1, abandoned: 2), directSupervisors: 1,
            scaling: Status.Scaling(mode: .manual, target: 5, min: 1, max: 64, reason: "", pinned: 5),
            latency: Status.Latency(),
            storage: Status.Storage(
                storedDeadLetters: 1_200, waitingDeadLetters: 2, droppedDeadLetters: 3, evictedDeadLetters: 0,
                replaying: 0, lastWriteError: "the disk is full"))
        #expect(
            StatusPage(status: status, style: .plain()).lines.joined(separator: "\n") == """
                ● ptrd 1.2.3: degraded, up 0 s, pid 1
                ✗ the circuit breaker is open: 97% of messages fail

                No streams are configured.

                Messages: 0 received, 0.0/s
                          0 in flight, 0 processed, 0 killed, 0 dead-lettered
                          0 retried
                 Workers: 0 of 8 busy, 1 restart, under 1 direct supervisor, 2 abandoned
                 Scaling: pinned to 5, target 5 within 1 to 64
                 Latency: –
                  Stored: 1,200 dead letters (`ptrctl dead-letters`), 2 waiting to be, 3 lost, \
                not written: the disk is full
                """)
    }

    @Test("differs on a terminal by its escape sequences only, and colours what matters")
    func colours() {
        let plain = StatusPage(status: .example(), style: .plain()).lines.joined(separator: "\n")
        let coloured = StatusPage(status: .example(), style: Style(colours: true)).lines.joined(separator: "\n")
        #expect(coloured.replacing(/\u{1B}\[[0-9]+m/, with: "") == plain)
        #expect(coloured.hasPrefix("\u{1B}[32m●\u{1B}[0m \u{1B}[1mptrd\u{1B}[0m 1.2.3: \u{1B}[32mrunning\u{1B}[0m"))
        #expect(coloured.contains("\u{1B}[32mopen\u{1B}[0m     12,345"))
        #expect(coloured.contains("\u{1B}[33mwaiting\u{1B}[0m"))
        #expect(coloured.contains("slow: \u{1B}[31mconnection refused; next attempt in 8 s\u{1B}[0m"))
    }

    @Test("is coloured on a terminal only, and not with NO_COLOR or a dumb one")
    func whenColoured() async throws {
        try await withDaemon { socket in
            let arguments = ["status", "--socket", socket]
            let terminal = ["TERM": "xterm"]
            #expect(await ptrctl(arguments, environment: terminal, isTerminal: true).out.contains("\u{1B}["))
            #expect(!(await ptrctl(arguments, environment: terminal).out.contains("\u{1B}[")))
            for environment in [["TERM": "dumb"], ["NO_COLOR": "1"]] {
                #expect(!(await ptrctl(arguments, environment: environment, isTerminal: true).out.contains("\u{1B}[")))
            }
            let empty = await ptrctl(arguments, environment: ["NO_COLOR": ""], isTerminal: true)
            #expect(empty.out.contains("\u{1B}["))
        }
    }

    @Test("never passes on escape sequences of a stream, and cuts an id of any length")
    func hostileStream() {
        let status = Status(
            state: .running, version: "1.2.3", pid: 1, uptimeSeconds: 1,
            streams: [
                Status.Stream(
                    name: "s", url: "http://h/\u{1B}]0;gotcha\u{07}", state: .failed,
                    lastEventID: String(repeating: "9", count: 100), error: "bad\u{1B}[2Jline\nnext\u{202E}")
            ],
            messages: Status.example().messages, workers: Status.example().workers, directSupervisors: 1,
            scaling: Status.example().scaling, latency: Status.Latency())
        let page = StatusPage(status: status, style: .plain()).lines.joined(separator: "\n")
        #expect(!page.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
        #expect(page.contains("s: bad\u{FFFD}[2Jline\u{FFFD}next\u{FFFD}\n"))
        #expect(page.contains(" \(String(repeating: "9", count: 23))…  http://h/\u{FFFD}]0;gotcha\u{FFFD}\n"))
    }
}

@Suite("Text")
struct TextTests {
    @Test(
        "shows durations in the two units that matter",
        arguments: [
            (0, "0 s"), (0.9, "0 s"), (9, "9 s"), (60, "60 s"), (70, "1m10s"), (3_599, "59m59s"), (3_600, "1h"),
            (3_661, "1h1m"), (7_985, "2h13m"), (86_400, "1d"), (266_400, "3d2h"), (-1, "0 s"),
            (.infinity, "11574074d1h"),
        ] as [(Double, String)])
    func uptime(seconds: Double, text: String) {
        #expect(Text.duration(seconds) == text)
    }

    @Test(
        "shows sizes in binary units",
        arguments: [
            (0, "0 B"), (1_023, "1023 B"), (1_024, "1.0 KiB"), (1_048_575, "1.0 MiB"), (1_572_864, "1.5 MiB"),
            (.max, "16.0 EiB"),
        ] as [(UInt64, String)])
    func bytes(number: UInt64, text: String) {
        #expect(Text.bytes(number) == text)
    }

    @Test(
        "shows latencies with three digits",
        arguments: [
            (0, "0 ms"), (0.25, "0.25 ms"), (9.99, "9.99 ms"), (9.996, "10.0 ms"), (99.96, "100 ms"), (999.4, "999 ms"),
            (999.6, "1.00 s"), (12_345, "12.3 s"), (123_456, "2m3s"),
        ] as [(Double, String)])
    func milliseconds(value: Double, text: String) {
        #expect(Text.milliseconds(value) == text)
    }

    @Test("groups digits by three", arguments: [(0, "0"), (999, "999"), (1_000, "1,000"), (-1_234_567, "-1,234,567")])
    func grouped(number: Int, text: String) {
        #expect(Text.grouped(number) == text)
    }
}
