import ControlAPI
import Testing

@testable import ptrctl

@Suite("Commands")
struct CommandVerbTests {
    @Test("scale tells what auto would do, and --expect changes nothing unless the target is as expected")
    func scale() async throws {
        try await withDaemon(FixedPlane(automatic: 7)) { socket in
            let pinned = await ptrctl(["scale", "6", "--expect", "5", "--socket", socket])
            #expect(pinned.out == "pinned to 6, before 1; 1 direct supervisor now (auto would aim at 7)")
            let auto = await ptrctl(["scale", "auto", "--socket", socket])
            #expect(auto.out == "scaling is automatic between 1 and 64, aiming at 7; 5 direct supervisors now")
            let refused = await ptrctl(["scale", "6", "--expect", "4", "--socket", socket])
            #expect(refused.status == 6)
            #expect(refused.err == "ptrctl: the target is 5, not 4; nothing was changed")
            #expect(refused.out.isEmpty)
        }
    }

    @Test("pause says what is paused and until when; without a terminal nothing is counted down")
    func pause() async throws {
        try await withDaemon { socket in
            let all = await ptrctl(["pause", "--socket", socket])
            #expect(all.out == "paused until `ptrctl resume`: tweets-1, slow")
            #expect(all.err == "37 messages are worked on still")
            let one = await ptrctl(["pause", "slow", "--for", "1.5s", "--socket", socket])
            #expect(one.out == "paused for 2 s: slow")
            #expect(one.err.isEmpty)
        }
    }

    @Test("pause counts down on a terminal")
    func countdown() async throws {
        try await withDaemon { socket in
            let outcome = await ptrctl(["pause", "slow", "--for", "2s", "--socket", socket], isTerminal: true)
            #expect(
                outcome.err
                    == "\r\u{1B}[K2 s left; Ctrl-C leaves it paused\r\u{1B}[K1 s left; Ctrl-C leaves it paused\r\u{1B}[K"
                    + "slow: the pause is over")
        }
    }

    @Test("pause that is interrupted says that it lasts, and how to end it")
    func interruptedPause() async throws {
        try await withDaemon { socket in
            let outcome = await ptrctl(
                ["pause", "slow", "--for", "600h", "--socket", socket], isTerminal: true,
                interruptions: AsyncStream { $0.yield(2) })
            #expect(outcome.status == 0)
            #expect(outcome.err.contains("slow: still paused, for "))
            #expect(outcome.err.hasSuffix("more; `ptrctl resume slow` ends it"))
        }
    }

    @Test(
        "durations are written as in the configuration",
        arguments: ["5", "s", "-1s", "1e3s", ".5s", "1.s", "9000h", "1d", ""])
    func wrongDuration(text: String) async {
        #expect(await ptrctl(["pause", "--for=\(text)"]).status == 2)
    }

    @Test("durations have the units of the configuration")
    func durations() {
        let texts = ["250us", "250ms", "1.5s", "5m", "2h", "0s"]
        #expect(
            texts.map { Duration(argument: $0) } == [
                .microseconds(250), .milliseconds(250), .milliseconds(1500), .seconds(300), .seconds(7200), .zero,
            ])
    }

    @Test("resume says what is read again")
    func resume() async throws {
        try await withDaemon { socket in
            #expect(await ptrctl(["resume", "--socket", socket]).out == "no stream was paused")
            #expect(await ptrctl(["resume", "slow", "--socket", socket]).out == "resumed: slow; ptrd is running")
        }
    }

    @Test("drain waits until nothing is in flight, with progress on a terminal")
    func drain() async throws {
        let plane = FixedPlane(script: Script([.inFlight(37), .inFlight(18), .inFlight(0)]))
        try await withDaemon(plane) { socket in
            let outcome = await ptrctl(["drain", "--socket", socket], isTerminal: true, answers: ["y"])
            #expect(outcome.status == 0)
            #expect(outcome.out == "drained: nothing is in flight; `ptrctl resume` reads again")
            #expect(outcome.err.contains("\r\u{1B}[K██████████░░░░░░░░░░ 18 in flight"))
            #expect(plane.requests.all == ["drain"])
        }
    }

    @Test("drain that takes too long ends with 1 and says what is left")
    func lateDrain() async throws {
        try await withDaemon(FixedPlane(answer: .inFlight(2))) { socket in
            let outcome = await ptrctl(["drain", "--yes", "--timeout", "30s", "--socket", socket])
            #expect(outcome.status == 1)
            #expect(outcome.out.isEmpty)
            #expect(
                outcome.err == """
                    ptrctl: 2 still in flight, 2 of them delayed; the draining goes on
                            worker.1.1: message 17 of tweets-1 for 120 ms, attempt 2
                    """)
        }
    }

    @Test("drain that is interrupted says that it goes on")
    func interruptedDrain() async throws {
        try await withDaemon(FixedPlane(answer: .inFlight(2))) { socket in
            let outcome = await ptrctl(
                ["drain", "--yes", "--socket", socket], interruptions: AsyncStream { $0.yield(2) })
            #expect(outcome.status == 1)
            #expect(outcome.err.contains("the draining goes on"))
        }
    }

    @Test(
        "what is dangerous asks, takes anything but yes for a no, and refuses where nobody can be asked",
        arguments: [
            ["drain"], ["dead-letters", "purge", "12"], ["dead-letters", "replay", "--all"],
            ["streams", "position", "slow", "--set", "17"], ["streams", "forget", "slow"],
        ])
    func confirmation(arguments: [String]) async throws {
        let plane = FixedPlane(answer: .inFlight(0))
        try await withDaemon(plane) { socket in
            for answers in [["n"], [""], ["yep"], []] {
                let outcome = await ptrctl(arguments + ["--socket", socket], answers: answers)
                #expect(outcome.status == 1)
                #expect(outcome.err.contains("? [y/N] "))
                #expect(outcome.err.hasSuffix("nothing was done"))
            }
            // They were counted, for the question.
            let counted = plane.requests.all.count
            #expect(plane.requests.all.allSatisfy { $0.hasSuffix("dry=true") })
            let alone = await ptrctl(arguments + ["--socket", socket])
            #expect(alone.status == 2)
            #expect(alone.err.contains("say --yes"))
            #expect(plane.requests.all.count == counted)
            for outcome in [
                await ptrctl(arguments + ["--socket", socket], answers: ["Yes"]),
                await ptrctl(arguments + ["--yes", "--socket", socket]),
            ] {
                #expect(outcome.status == 0)
            }
            #expect(plane.requests.all[counted...].count { !$0.hasSuffix("dry=true") } == 2)
        }
    }

    @Test("the question says how many dead letters it is about; of none there is no question")
    func counted() async throws {
        try await withDaemon { socket in
            let outcome = await ptrctl(["dead-letters", "purge", "--all", "--socket", socket], answers: ["n"])
            #expect(outcome.err.hasPrefix("Delete 3 dead letters for good? [y/N] "))
        }
        let none = DeadLetterResponse(matched: 0, done: 0, refused: [], dryRun: true)
        try await withDaemon(FixedPlane(replayed: none)) { socket in
            let outcome = await ptrctl(["dead-letters", "replay", "--all", "--socket", socket], answers: [])
            #expect(outcome.status == 0)
            #expect(outcome.err == "there is no such dead letter; nothing was done")
        }
    }

    @Test("dead letters are replayed and purged by choice only, and counted with --dry-run without a question")
    func deadLetters() async throws {
        let plane = FixedPlane()
        try await withDaemon(plane) { socket in
            let replayed = await ptrctl(["dead-letters", "replay", "12", "13", "--socket", socket])
            #expect(replayed.out == "2 of 2 dead letters replayed")
            let counted = await ptrctl(["dead-letters", "purge", "--all", "--dry-run", "--socket", socket])
            #expect(counted.out == "3 dead letters would be deleted")
            #expect(plane.requests.all == ["replay [12, 13] all=false dry=false", "purge [] all=true dry=true"])
            for arguments in [["replay"], ["purge"], ["replay", "12", "--all"], ["purge", "--limit", "0", "12"]] {
                #expect(await ptrctl(["dead-letters"] + arguments + ["--yes", "--socket", socket]).status == 2)
            }
        }
    }

    @Test("a replay that was refused in part ends with 1 and says which and why")
    func refusedReplay() async throws {
        let response = DeadLetterResponse(
            matched: 2, done: 1, refused: [.init(id: 13, reason: "the window is full")], dryRun: false)
        try await withDaemon(FixedPlane(replayed: response)) { socket in
            let outcome = await ptrctl(["dead-letters", "replay", "12", "13", "--socket", socket])
            #expect(outcome.status == 1)
            #expect(outcome.out == "1 of 2 dead letters replayed")
            #expect(outcome.err == "ptrctl: 13: the window is full")
        }
    }

    @Test("a replay that takes longer than a client waits is followed to its end, with progress on a terminal")
    func longReplay() async throws {
        func answer(_ done: Int, of matched: Int, goesOn: UInt64?) -> DeadLetterResponse {
            DeadLetterResponse(
                matched: matched, done: done, refused: goesOn == nil ? [.init(id: 9, reason: "it is gone")] : [],
                dryRun: false, goesOn: goesOn)
        }
        let plane = FixedPlane(
            replayed: answer(64, of: 64, goesOn: 3),
            replays: Script([answer(128, of: 128, goesOn: 3), answer(199, of: 200, goesOn: nil)]))
        try await withDaemon(plane) { socket in
            let outcome = await ptrctl(
                ["dead-letters", "replay", "--stream", "slow", "--socket", socket], isTerminal: true)
            #expect(outcome.status == 1)
            #expect(outcome.out == "199 of 200 dead letters replayed")
            #expect(outcome.err.contains("\r\u{1B}[K128 replayed, waiting for room; Ctrl-C lets it go on"))
            #expect(outcome.err.hasSuffix("ptrctl: 9: it is gone"))
            #expect(plane.requests.all.suffix(2) == ["progress of 3", "progress of 3"])
        }
    }

    @Test("a replay that is not awaited any longer goes on, and that is said", arguments: [true, false])
    func abandonedReplay(isInterrupted: Bool) async throws {
        let goesOn = DeadLetterResponse(matched: 64, done: 64, refused: [], dryRun: false, goesOn: 3)
        try await withDaemon(FixedPlane(replayed: goesOn, replays: Script([goesOn]))) { socket in
            let outcome = await ptrctl(
                ["dead-letters", "replay", "12", "--socket", socket] + (isInterrupted ? [] : ["--timeout", "1s"]),
                interruptions: isInterrupted ? AsyncStream { $0.yield(2) } : nil)
            #expect(outcome.status == 1 && outcome.out.isEmpty)
            #expect(
                outcome.err == """
                    the replay goes on; `ptrctl status` says how many are being replayed, \
                    `ptrctl dead-letters list` what is left
                    """)
        }
    }

    @Test("a replay that was ended by an error says what it did until then, and why it ended")
    func endedReplay() async throws {
        let response = DeadLetterResponse(
            matched: 300, done: 100, refused: [], refusedCount: 200, dryRun: false, error: "ptrd is stopping")
        let goesOn = DeadLetterResponse(matched: 64, done: 64, refused: [], dryRun: false, goesOn: 3)
        try await withDaemon(FixedPlane(replayed: goesOn, replays: Script([response]))) { socket in
            let outcome = await ptrctl(["dead-letters", "replay", "--all", "--yes", "--socket", socket])
            #expect(outcome.status == 1)
            #expect(outcome.out == "100 of 300 dead letters replayed")
            #expect(
                outcome.err == "ptrctl: 200 more were refused\nptrctl: it ended before its time: ptrd is stopping")
        }
    }

    @Test("a stream's position is shown, set and forgotten; of a long one the beginning and how long it is")
    func position() async throws {
        let plane = FixedPlane()
        try await withDaemon(plane) { socket in
            #expect(await ptrctl(["streams", "position", "slow", "--socket", socket]).out == "9981")
            let set = await ptrctl(["streams", "position", "slow", "--set", "-17", "--yes", "--socket", socket])
            #expect(set.out == "slow: goes on after -17, before 9981")
            let forgotten = await ptrctl(["streams", "forget", "slow", "--socket", socket], answers: ["y"])
            #expect(forgotten.out == "slow: begins anew without an id, before 9981")
            #expect(forgotten.err.hasPrefix("Forget where stream slow goes on, and begin anew? [y/N] "))
            #expect(
                plane.requests.all == [
                    #"set the position of stream "slow" to "-17""#, #"forget the position of stream "slow""#,
                ])
            for wrong in [["--set", ""], ["--yes"]] {
                #expect(await ptrctl(["streams", "position", "slow"] + wrong + ["--socket", socket]).status == 2)
            }
        }
        try await withDaemon(FixedPlane(position: "\u{1B}[2J", positionBytes: 100_000)) { socket in
            let long = await ptrctl(["streams", "position", "slow", "--socket", socket])
            #expect(long.out == "\u{FFFD}[2J… (97.7 KiB)")
        }
        try await withDaemon(FixedPlane(position: nil)) { socket in
            let none = await ptrctl(["streams", "position", "slow", "--socket", socket])
            #expect(none.out == "none: it goes on without an id")
        }
    }

    @Test("reload names what has changed and what needs a restart")
    func reload() async throws {
        let response = ReloadResponse(
            changed: [
                .init(key: "scaling.max", before: "64", after: "32"), .init(key: "stream.new", after: "http://h/"),
                .init(key: "stream.old", before: "http://h/\u{1B}[2J"),
            ], needsRestart: [.init(key: "control.socket", before: "/a", after: "/b")],
            output: "/var/log/ptrd/feed was opened anew")
        try await withDaemon(FixedPlane(reloaded: response)) { socket in
            #expect(
                await ptrctl(["reload", "--socket", socket]).out == """
                    ~ scaling.max: 64 → 32
                    + stream.new: http://h/
                    - stream.old: http://h/\u{FFFD}[2J
                    waits for a restart: control.socket (`systemctl restart ptrd`)
                      ~ control.socket: /a → /b
                    /var/log/ptrd/feed was opened anew
                    """)
        }
        try await withDaemon { socket in
            #expect(await ptrctl(["reload", "--socket", socket]).out == "nothing has changed")
        }
        let rotated = ReloadResponse(changed: [], needsRestart: [], output: "/x was opened anew")
        try await withDaemon(FixedPlane(reloaded: rotated)) { socket in
            #expect(await ptrctl(["reload", "--socket", socket]).out == "nothing has changed\n/x was opened anew")
        }
    }

    @Test(
        "end with the status of the daemon's refusal",
        arguments: [
            ["pause"], ["resume"], ["drain", "--yes"], ["reload"], ["log-level", "debug"], ["dead-letters", "list"],
            ["dead-letters", "replay", "1"], ["dead-letters", "purge", "1", "--yes"], ["streams", "position", "slow"],
            ["streams", "position", "slow", "--set", "17", "--yes"], ["streams", "forget", "slow", "--yes"],
            ["streams", "hand-over", "slow"],
        ])
    func refused(arguments: [String]) async throws {
        let refusal = ControlFailure(.denied, "that is for the group ptrd-admin", hint: "ask one of them")
        try await withDaemon(FixedPlane(refusal: refusal)) { socket in
            let outcome = await ptrctl(arguments + ["--socket", socket])
            #expect(outcome.status == 5)
            #expect(outcome.err == "ptrctl: that is for the group ptrd-admin\n        ask one of them")
            #expect(outcome.out.isEmpty)
        }
    }

    @Test(
        "end with 3 when the daemon is not running",
        arguments: [
            ["tree"], ["tree", "--watch"], ["streams"], ["workers"], ["events"], ["explain", "scale"],
            ["explain", "crash"],
            ["pause"], ["resume"], ["drain", "--yes"], ["reload"], ["dead-letters"], ["log-level"], ["wait", "idle"],
            ["wait", "scaled"], ["scale", "5", "--expect", "4"], ["top", "--json"], ["streams", "list"],
            ["streams", "position", "slow"], ["streams", "forget", "slow", "--yes"], ["source", "check", "events"],
        ])
    func notRunning(arguments: [String]) async {
        let outcome = await ptrctl(arguments + ["--socket", "/nonexistent/ptrd.sock"])
        #expect(outcome.status == 3)
        #expect(outcome.err.contains("ptrd is not running"))
    }
}

@Suite("Waiting")
struct WaitTests {
    @Test("for ready lasts until the daemon answers and does not drain, and shows on a terminal what is missing")
    func ready() async throws {
        let plane = FixedPlane(script: Script([.example(state: .draining), .example(state: .paused), .example()]))
        try await withDaemon(plane) { socket in
            let outcome = await ptrctl(["wait", "ready", "--socket", socket], isTerminal: true)
            #expect(outcome.status == 0)
            #expect(outcome.err == "\r\u{1B}[Knot ready yet: ptrd is draining\r\u{1B}[K")
        }
    }

    @Test("for ready is not held up by what an operator has to mend, such as a stream that has ended")
    func degraded() async throws {
        try await withDaemon(FixedPlane(answer: .example(state: .degraded))) { socket in
            #expect(await ptrctl(["wait", "ready", "--timeout", "0s", "--socket", socket]).status == 0)
        }
    }

    @Test("for ready times out with 124 where there is no socket, and says what was missing")
    func notReady() async {
        let outcome = await ptrctl(["wait", "ready", "--timeout", "3s", "--socket", "/nonexistent/ptrd.sock"])
        #expect(outcome.status == 124)
        #expect(
            outcome.err == """
                ptrctl: not ready in time: ptrd is not running: there is no socket at /nonexistent/ptrd.sock
                """)
    }

    @Test("for idle lasts until nothing is in flight")
    func idle() async throws {
        let plane = FixedPlane(script: Script([.inFlight(3), .inFlight(1), .inFlight(0)]))
        try await withDaemon(plane) { socket in
            #expect(await ptrctl(["wait", "idle", "--socket", socket]).status == 0)
        }
        try await withDaemon(FixedPlane(answer: .inFlight(3))) { socket in
            let outcome = await ptrctl(["wait", "idle", "--timeout", "1s", "--socket", socket])
            #expect(outcome.status == 124)
            #expect(outcome.err == "ptrctl: not idle in time: 3 in flight")
        }
    }

    @Test("for scaled needs as many direct supervisors as are aimed at, and all of their workers")
    func scaled() async throws {
        try await withDaemon { socket in
            #expect(await ptrctl(["wait", "scaled", "--socket", socket]).status == 0)
        }
        try await withDaemon(FixedPlane(workerStates: [.busy, .restarting])) { socket in
            let outcome = await ptrctl(["wait", "scaled", "--timeout", "0s", "--socket", socket])
            #expect(outcome.status == 124)
            #expect(outcome.err == "ptrctl: not scaled in time: 1 of 2 workers do not run")
        }
    }
}

extension Status {
    static func inFlight(_ count: Int) -> Status {
        let example = Status.example()
        return Status(
            state: .paused, pid: 1, uptimeSeconds: 1, streams: [],
            messages: Messages(
                received: UInt64(count), inFlight: count, processed: 0, killed: 0, deadLettered: 0, retried: 0,
                ratePerSecond: 0, delayed: count),
            workers: example.workers, directSupervisors: 5, scaling: example.scaling, latency: example.latency)
    }
}
