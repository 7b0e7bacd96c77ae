import ControlAPI
import Testing

@testable import ptrctl

@Suite("Workers that are processes, for people")
struct WorkerProcessTests {
    private func worker(
        _ number: Int, _ state: TreeNode.State = .busy, pid: Int? = 4711, cpu: Double = 1.25, memory: Int = 9_400_320
    ) -> Worker {
        Worker(
            id: "worker.1.\(number)", supervisor: "direct_supervisor.1", state: state, incarnation: 14, restarts: 3,
            handled: 1_200, holds: state == .busy ? .example : nil, inHand: state == .busy ? 3 : 0, pid: pid,
            residentBytes: pid == nil ? nil : memory, cpuSeconds: pid == nil ? nil : cpu,
            ageSeconds: pid == nil ? nil : 184.5)
    }

    @Test("workers shows pid, memory, processor time, age and what is in hand; a dash where there is no process")
    func workers() async throws {
        try await withDaemon(FixedPlane(workerStates: [.busy, .backingOff], areProcesses: true)) { socket in
            let outcome = await ptrctl(["workers", "--socket", socket])
            #expect(
                outcome.out == """
                    WORKER      STATE         PID   MEMORY     CPU   AGE  IN HAND  INCARNATION  RESTARTS  HANDLED  HOLDS
                    worker.1.1  busy         4711  9.0 MiB  1.25 s  3m4s        1           14         0    1,200  message 17 of tweets-1 for 120 ms, attempt 2
                    worker.1.2  backing off     -        -       -     -        0           15         1    1,200  -
                    """)
        }
    }

    @Test("of workers that are no processes there is none of that")
    func noProcesses() {
        let lines = WorkersTable(workers: [worker(1, pid: nil)], style: .plain()).lines
        #expect(lines[0] == "WORKER      STATE  INCARNATION  RESTARTS  HANDLED  HOLDS")
    }

    @Test("in 80 columns pid and memory stay, and what a worker holds is cut", arguments: [80, 100])
    func narrow(columns: Int) {
        let lines = WorkersTable(workers: [worker(1), worker(2, .idle)], style: .plain(columns)).lines
        #expect(lines.allSatisfy { Text.width($0) <= columns })
        #expect(lines[0].contains("PID") && lines[0].contains("MEMORY") && lines[0].contains("HOLDS"))
        #expect(lines[1].contains("message 17 of tweets-1"))
    }

    @Test("the tree names the pid before what a worker holds, and what it uses after that")
    func tree() {
        let node = TreeNode(
            id: "worker.1.1", kind: .worker, state: .busy, incarnation: 3, restarts: 2, holds: .example, inHand: 1,
            pid: 4711, residentBytes: 9_400_320, cpuSeconds: 1.25, ageSeconds: 184.5)
        let root = TreeNode(
            id: "direct_supervisor.1", kind: .supervisor, state: .running, incarnation: 1, restarts: 0, children: [node]
        )
        let lines = TreePage(tree: Tree(uptimeSeconds: 1, root: root), style: .plain()).lines
        #expect(
            lines[2].hasSuffix(
                "pid 4711, message 17 of tweets-1 for 120 ms, attempt 2, 9.0 MiB, 1.25 s of CPU, up 3m4s"))
    }

    @Test("a crash tells the exit or the signal by name, and the last lines of standard error")
    func crash() {
        func crash(status: Int? = nil, signal: String? = nil, dumped: Bool? = nil, stderr: [String] = []) -> String {
            let crash = Crash(
                id: 17, time: "2026-01-31T09:30:00.123456Z", child: "worker.1.2", supervisor: "direct_supervisor.1",
                incarnation: 14, reason: "it ended", cause: .own, charged: true, action: .restarted, pid: 4711,
                exitStatus: status, signal: signal, dumpedCore: dumped, stderr: stderr)
            return CrashPage(crash: crash, style: .plain()).lines.joined(separator: "\n")
        }
        let killed = crash(signal: "SEGV", dumped: true, stderr: ["Traceback:\u{1B}[2J", "  line 3"])
        #expect(killed.contains("  Ended: pid 4711, by SIGSEGV, with a core dump\n"))
        #expect(killed.hasSuffix(" Stderr: Traceback:\u{FFFD}[2J\n           line 3"))
        #expect(crash(status: 3).contains("  Ended: pid 4711, with exit status 3\n"))
        #expect(!crash(status: 3).contains("Stderr"))
        #expect(crash(signal: "34").contains("by signal 34"))
    }

    // MARK: - Signals

    @Test("crash --signal names the signal and the process, and how long the recovery took")
    func signal() {
        let ended = CrashResponse(
            target: .worker, id: "worker.1.2", signal: "SEGV", pid: 4711, incarnationBefore: 3, incarnationAfter: 4,
            busy: false, held: 0, crash: 9, detectedInMicroseconds: 147, replacedInMicroseconds: 2_100)
        #expect(
            RecoveryPage(response: ended).lines == [
                "worker.1.2: SIGSEGV to pid 4711 → detected after 147 µs → replaced after 2,100 µs (incarnation 3 → 4)",
                "it had nothing in hand",
            ])
        let ignored = CrashResponse(
            target: .worker, id: "worker.1.2", signal: "TERM", pid: 4711, incarnationBefore: 3, busy: true, sequence: 5,
            held: 1)
        #expect(
            RecoveryPage(response: ignored).lines == [
                "worker.1.2: SIGTERM to pid 4711 → not replaced in time (incarnation 3)"
            ])
        let stopped = CrashResponse(
            target: .worker, id: "worker.1.2", signal: "STOP", pid: 4711, incarnationBefore: 3, busy: false, held: 0)
        #expect(RecoveryPage(response: stopped).lines == ["worker.1.2: SIGSTOP to pid 4711 (incarnation 3)"])
    }

    @Test(
        "crash --signal takes a signal by name, with SIG or in small letters, and of a worker only",
        arguments: [
            ("worker --signal sigsegv", nil), ("worker worker.1.2 --signal STOP", nil),
            ("worker --signal SEGF", "did you mean 'SEGV'?"), ("worker --signal 9", "it is HUP, INT"),
            ("receiver --signal KILL", "--signal is for a worker"),
        ] as [(String, String?)])
    func names(arguments: String, complaint: String?) throws {
        let words = ["crash"] + arguments.split(separator: " ").map(String.init)
        guard let complaint else {
            let verb = try #require(try Ptrctl.parseAsRoot(words) as? CrashVerb)
            #expect(verb.signal.map { CrashRequest.signals.contains($0) } == true)
            return
        }
        let error = #expect(throws: (any Error).self) { try Ptrctl.parseAsRoot(words) }
        #expect(error.map { Ptrctl.fullMessage(for: $0) }?.contains(complaint) == true)
    }

    // MARK: - Top

    private func top(_ uptime: Double, _ workers: [Worker]?) -> Top {
        let example = Status.example()
        return .example(
            Status(
                state: .running, pid: 1, uptimeSeconds: uptime, streams: [], messages: example.messages,
                workers: example.workers, directSupervisors: 1, scaling: example.scaling, latency: example.latency),
            workers: workers)
    }

    private let size = ScreenSize(columns: 80, rows: 24)

    @Test("top shows each with its share of a processor since the last picture, and w the supervisors instead")
    func screen() {
        var screen = TopScreen(top: top(1, [worker(1, cpu: 1), worker(2, .idle, pid: 4712, cpu: 1)]), style: .plain())
        screen.take(top(3, [worker(1, cpu: 2), worker(2, .idle, pid: 4713, cpu: 0.5)]))
        var lines = screen.frame(size)
        #expect(lines.contains("WORKER      STATE   PID   CPU   MEMORY   AGE  IN HAND  RESTARTS  HANDLED"))
        #expect(lines.contains("worker.1.1  busy   4711  50 %  9.0 MiB  3m4s        3         3    1,200"))
        // Another process than before: all that it has used is of this time.
        #expect(lines.contains("worker.1.2  idle   4713  25 %  9.0 MiB  3m4s        0         3    1,200"))
        #expect(lines.contains { $0.hasPrefix("Workers ") && $0.contains("17.9 MiB in 2 processes") })
        #expect(lines.last?.contains("w supervisors") == true)
        _ = screen.take(.character("w"))
        lines = screen.frame(size)
        #expect(lines.contains { $0.hasPrefix("SUPERVISOR ") } && lines.last?.contains("w workers") == true)
    }

    @Test("top sorts them by what they hold, restarts, messages, processor and memory")
    func sorting() {
        var screen = TopScreen(
            top: top(1, [worker(1, .idle), worker(2, memory: 5 << 20), worker(3, cpu: 1, memory: 50 << 20)]),
            style: .plain())
        screen.take(top(2, [worker(1, .idle), worker(2, memory: 5 << 20), worker(3, cpu: 9, memory: 50 << 20)]))
        let first = { (screen: TopScreen) in screen.workers.first?.id }
        #expect(first(screen) == "worker.1.1")
        var seen: [TopScreen.Order: String] = [:]
        for _ in TopScreen.Order.ofWorkers {
            _ = screen.take(.character("s"))
            seen[screen.order] = first(screen)
        }
        #expect(seen[.busy] == "worker.1.2" && seen[.cpu] == "worker.1.3" && seen[.memory] == "worker.1.3")
        #expect(screen.order == .name && seen.count == 6)
    }

    @Test("top of workers that are no processes shows the supervisors, and has no w")
    func noWorkers() {
        var screen = TopScreen(top: top(1, nil), style: .plain())
        _ = screen.take(.character("w"))
        let lines = screen.frame(size)
        #expect(lines.contains { $0.hasPrefix("SUPERVISOR ") } && lines.last?.contains("w ") == false)
    }
}
