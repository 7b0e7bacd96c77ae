import ControlAPI
import ControlClient
import Testing

@testable import ptrctl

@Suite("Many crashes")
struct CrashSeriesTests {
    private static func replaced(
        in microseconds: Int64?, detected: Int64? = 12, busy: Bool = false
    ) -> Result<CrashResponse, ControlFailure> {
        .success(
            CrashResponse(
                target: .worker, id: "worker.1.2", incarnationBefore: 3, incarnationAfter: microseconds.map { _ in 4 },
                busy: busy, sequence: busy ? 17 : nil, detectedInMicroseconds: detected,
                replacedInMicroseconds: microseconds))
    }

    private static let away = Result<CrashResponse, ControlFailure>.failure(
        ControlFailure(.unavailable, "worker.1.2 does not run at the moment"))

    @Test("are told one in a line, with a summary at the end")
    func lines() async throws {
        let script = InjectionScript([
            Self.replaced(in: 35, busy: true), Self.replaced(in: 1040), Self.replaced(in: 20),
        ])
        try await withDaemon(FixedPlane(injections: script)) { socket in
            let outcome = await ptrctl(["crash", "worker", "random", "--count", "3", "--socket", socket])
            let lines = outcome.out.split(separator: "\n")
            #expect(
                lines.dropLast() == [
                    "worker.1.2: crashed → detected after 12 µs → replaced after 35 µs (incarnation 3 → 4); message 17 is dealt again",
                    "worker.1.2: crashed → detected after 12 µs → replaced after 1,040 µs (incarnation 3 → 4)",
                    "worker.1.2: crashed → detected after 12 µs → replaced after 20 µs (incarnation 3 → 4)",
                ])
            #expect(lines.last?.hasPrefix("3 crashes in ") == true)
            #expect(
                lines.last?.hasSuffix(
                    ": replaced after 35 µs in the median, 1,040 µs at p99, 1,040 µs at most; 1 met a message") == true)
            #expect(outcome.status == 0)
        }
    }

    @Test("are a JSON document a line with --json")
    func json() async throws {
        let script = InjectionScript([Self.replaced(in: 35), Self.replaced(in: 40)])
        try await withDaemon(FixedPlane(injections: script)) { socket in
            let outcome = await ptrctl(["crash", "worker", "--count", "2", "--json", "--socket", socket])
            let lines = outcome.out.split(separator: "\n")
            #expect(lines.count == 3)
            let second = try ControlJSON.decode(CrashResponse.self, from: lines[1].utf8)
            #expect(second.replacedInMicroseconds == 40)
            #expect(lines[2].contains(#""crashes" : 2"#))
            #expect(lines[2].contains(#""median" : 40"#))
        }
    }

    @Test("that find their part away are tried again, and so is a name that was there before")
    func missed() async throws {
        let gone = Result<CrashResponse, ControlFailure>.failure(ControlFailure(.notFound, "there is no worker.1.2"))
        let script = InjectionScript([Self.away, Self.away, Self.replaced(in: 1), gone, Self.replaced(in: 1)])
        try await withDaemon(FixedPlane(injections: script)) { socket in
            let outcome = await ptrctl(["crash", "worker", "worker.1.2", "--count", "2", "--socket", socket])
            #expect(outcome.status == 0)
            #expect(outcome.out.hasSuffix("; 0 met a message; 3 missed and tried again"))
            #expect(script.left == 0)
        }
    }

    @Test("end with the refusal when their part does not come back, or never was")
    func givenUp() async throws {
        let gone = ControlFailure(.notFound, "there is no worker.9.9", hint: "look")
        try await withDaemon(FixedPlane(refusal: gone, injections: InjectionScript())) { socket in
            let outcome = await ptrctl(["crash", "worker", "worker.9.9", "--count", "2", "--socket", socket])
            #expect(outcome.status == 6)
            #expect(outcome.err == "ptrctl: there is no worker.9.9\n        look")
            #expect(outcome.out.isEmpty)
        }
        let script = InjectionScript([Self.away, Self.away, Self.away, Self.away])
        try await withDaemon(FixedPlane(injections: script)) { socket in
            let series = CrashSeries(
                request: CrashRequest(target: .worker), count: 2, interval: .zero, isJSON: false, tries: 3, pause: .zero
            )
            let console = Console(outBytes: { _ in nil }, err: { _ in }, isTerminal: false) { _ in nil }
            let client = ControlClient(socket: socket, timeout: .seconds(60))
            await #expect(throws: ControlClientError.self) {
                try await series.run(with: VerbContext(console: console, client: client, style: .plain()))
            }
            #expect(script.left == 1)
        }
    }

    @Test("may be under way several at a time, and are as many as were asked for", arguments: [1, 3, 8])
    func parallel(width: Int) async throws {
        let script = InjectionScript((1...100).map { Self.replaced(in: $0) } + [Self.away])
        try await withDaemon(FixedPlane(injections: script)) { socket in
            let outcome = await ptrctl(
                ["crash", "worker", "--count", "100", "--parallel", "\(width)", "--socket", socket])
            #expect(outcome.out.split(separator: "\n").count == 101)
            #expect(outcome.out.contains("replaced after 51 µs in the median, 100 µs at p99, 100 µs at most"))
            #expect(script.left == 1)
        }
    }

    @Test("end with 1 when a replacement did not come in time")
    func unreplaced() async throws {
        let script = InjectionScript([Self.replaced(in: nil, detected: nil), Self.replaced(in: 5)])
        try await withDaemon(FixedPlane(injections: script)) { socket in
            let outcome = await ptrctl(["crash", "worker", "--count", "2", "--socket", socket])
            #expect(outcome.status == 1)
            #expect(outcome.out.hasPrefix("worker.1.2: crashed → not replaced in time (incarnation 3)\n"))
            #expect(outcome.out.hasSuffix("; 1 not replaced in time"))
        }
    }

    @Test(
        "are refused where their number or pace makes no sense",
        arguments: [
            ["--count", "0"], ["--parallel", "2"], ["--count", "2", "--parallel", "9"], ["--count", "10000001"],
            ["--every", "5ms"], ["--count", "2", "--every", "5"],
        ])
    func usage(options: [String]) async {
        let outcome = await ptrctl(["crash", "worker"] + options)
        #expect(outcome.status == 2)
        #expect(outcome.out.isEmpty)
    }

    @Test(
        "come at a pace given in whole microseconds, milliseconds or seconds, up to an hour",
        arguments: [
            ("500us", .microseconds(500)), ("10ms", .milliseconds(10)), ("3600s", .seconds(3600)), ("3601s", nil),
            ("1", nil), ("ms", nil), ("-1ms", nil), ("1.5s", nil), ("٣s", nil), ("99999999999999999999us", nil),
        ] as [(String, Duration?)])
    func interval(text: String, duration: Duration?) {
        #expect(Duration(intervalArgument: text) == duration)
    }
}
