import ControlAPI
import Testing

@testable import ptrctl

@Suite("Verbs")
struct VerbTests {
    @Test("find the socket before the verb, after it, and in the environment")
    func socket() async throws {
        try await withDaemon { socket in
            #expect(await ptrctl(["--socket", socket, "status"]).status == 0)
            #expect(await ptrctl(["status", "--socket=\(socket)"]).status == 0)
            #expect(await ptrctl(["status"], environment: ["PTRD_SOCKET": socket]).status == 0)
            // The closer one wins.
            #expect(await ptrctl(["--socket", "/nonexistent", "status", "--socket", socket]).status == 0)
            #expect(
                await ptrctl(["--socket", socket, "status"], environment: ["PTRD_SOCKET": "/nonexistent"]).status == 0)
        }
    }

    @Test("default to the system's socket; an empty variable counts as none")
    func defaultSocket() async {
        let outcome = await ptrctl(["status"], environment: ["PTRD_SOCKET": ""], timeout: .milliseconds(100))
        #expect(outcome.status == 0 || outcome.err.contains("/run/ptrd.sock"))
    }

    @Test("print the daemon's document as it is with --json")
    func json() async throws {
        try await withDaemon { socket in
            let outcome = await ptrctl(["status", "--json", "--socket", socket])
            let document = String(decoding: try ControlJSON.encode(Status.example()), as: UTF8.self)
            #expect(outcome.out + "\n" == document)
            #expect(await ptrctl(["scale", "5", "--json", "--socket", socket]).out.contains("\"target\" : 5"))
            #expect(await ptrctl(["crash", "worker", "--json", "--socket", socket]).out.contains("\"busy\" : true"))
        }
    }

    @Test("say in one line what scaling brought about, and the note to standard error")
    func scale() async throws {
        try await withDaemon { socket in
            let pinned = await ptrctl(["scale", "5", "--socket", socket])
            #expect(pinned.out == "pinned to 5, before 1; 1 direct supervisor now")
            let automatic = await ptrctl(["scale", "auto", "--socket", socket])
            #expect(automatic.out == "scaling is automatic between 1 and 64; 5 direct supervisors now")
            let noted = await ptrctl(["scale", "7", "--socket", socket])
            #expect(noted.out == "pinned to 7, before 1; 1 direct supervisor now")
            #expect(noted.err == "ptrd is paused")
            #expect(
                await ptrctl(["scale", "1", "--socket", socket]).out
                    == "pinned to 1, as before; 1 direct supervisor now")
        }
    }

    @Test("say in one line what was crashed", arguments: CrashTarget.all)
    func crash(target: CrashTarget) async throws {
        try await withDaemon { socket in
            let outcome = await ptrctl(["crash", target.rawValue, "--socket", socket])
            #expect(
                outcome.out == """
                    \(target.rawValue).1: crashed → detected after 120 µs → replaced after 1,850 µs (incarnation 3 → 4)
                    in hand was message 17 of tweets-1 (id 9981), attempt 2 of 3: it was dealt again at once; \
                    the attempt does not count
                    """)
            #expect(outcome.err == "`ptrctl explain crash 23` tells more")
            #expect(outcome.status == 0)
        }
    }

    @Test("crash ends with 1 when no replacement came in time")
    func notReplaced() async throws {
        let response = CrashResponse(target: .worker, id: "worker.1.2", busy: false)
        try await withDaemon(FixedPlane(injections: InjectionScript([.success(response)]))) { socket in
            let outcome = await ptrctl(["crash", "worker", "--socket", socket])
            #expect(outcome.out == "worker.1.2: crashed → not replaced in time")
            #expect(outcome.status == 1)
        }
    }

    @Test("a crash beyond the budget of its supervisor tells who gave up, and who restarted what")
    func beyondTheBudget() {
        func line(_ gaveUp: [String], _ restartedBy: String?, _ replaced: Int64?) -> String {
            RecoveryPage(
                response: CrashResponse(
                    target: .receiver, id: "stream.a", incarnationBefore: 3, incarnationAfter: replaced.map { _ in 9 },
                    busy: false, gaveUp: gaveUp, restartedBy: restartedBy, detectedInMicroseconds: 12,
                    replacedInMicroseconds: replaced)
            ).line
        }
        #expect(
            line(["stream_supervisor"], "application_supervisor", 52_000) == """
                stream.a: crashed → detected after 12 µs → stream_supervisor gave up → application_supervisor \
                restarted stream_supervisor → replaced after 52,000 µs (incarnation 3 → 9)
                """)
        #expect(line(["stream_supervisor"], nil, nil).hasSuffix("gave up → not replaced in time (incarnation 3)"))
        #expect(
            line(["stream_supervisor", "application_supervisor"], nil, nil).hasSuffix(
                "application_supervisor gave up → ptrd ends, and systemd starts it again"))
    }

    @Test(
        "what was in hand is told as it was",
        arguments: [
            (CrashTarget.worker, 0, nil, "it had nothing in hand"),
            (.worker, 1, 17, "in hand was message 17, which was done before it ended"),
            (.worker, 1_024, 17, "in hand were 1,024 messages, the oldest 17, which was done before it ended"),
            (.directSupervisor, 1, nil, "its workers had 1 message in hand, which is dealt again"),
            (.mainSupervisor, 1_234, nil, "its workers had 1,234 messages in hand, which are dealt again"),
            (.flowManager, 0, nil, nil),
        ] as [(CrashTarget, Int, UInt64?, String?)])
    func inHand(target: CrashTarget, held: Int, sequence: UInt64?, told: String?) {
        let page = RecoveryPage(
            response: CrashResponse(
                target: target, id: "x", busy: sequence != nil, sequence: sequence, held: held, crash: 3))
        #expect(Array(page.lines.dropFirst()) == [told].compactMap { $0 })
    }
}
