import ControlAPI
import ControlServer
import Glibc
import Locking
import Logging
import Pipeline
import PrometheusMetrics
import Supervision
import TestKit
import Testing

@testable import PtrObservation

@Suite("Workers that are processes, through the control plane", .timeLimit(.minutes(1)))
struct WorkerProcessTests {
    /// A child that sleeps: a real one, which signals really end.
    private final class Sleeper: WorkerBody {
        private struct Child {
            var pid: pid_t?
            var end: PostMortem?
        }

        private let worker: WorkerHandle
        private let child = Locked(Child())

        init(_ worker: WorkerHandle) { self.worker = worker }

        func start() async throws -> BodyStart {
            var pid: pid_t = 0
            var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("/bin/sleep"), strdup("1000"), nil]
            defer { for argument in arguments { free(argument) } }
            guard posix_spawn(&pid, "/bin/sleep", nil, nil, &arguments, nil) == 0 else { throw BodyEnded("no sleep") }
            worker.observer.spawned(in: .milliseconds(1))
            child.withLock { [pid] in $0.pid = pid }
            SerialQueue("reaper").post { [self, pid] in reap(pid) }
            return .ready
        }

        /// Waits for its end, on a thread of its own.
        private func reap(_ pid: pid_t) {
            var status: CInt = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            let signal = status & 0x7F
            let exit = signal == 0 ? BodyExit.status(status >> 8 & 0xFF) : .signal(signal)
            child.withLock { $0 = Child(pid: nil, end: PostMortem(pid: pid, exit: exit, errorLines: ["asleep"])) }
            worker.observer.exited(exit, .own)
            worker.ended(BodyEnded("ended by \(exit)"))
        }

        func handle(_ hand: Hand) async throws { hand.settle(.done) }

        func kill() async {
            _ = deliver(signal: SIGKILL)
            while child.withLock({ $0.pid != nil }) { try? await nextTurn() }
        }

        func stop(within grace: Duration) async { await kill() }

        var vitals: BodyVitals? { child.withLock(\.pid).map { BodyVitals(pid: $0, residentBytes: 1 << 20) } }

        // Under the lock, so that it is not reaped meanwhile and the number another process's.
        func deliver(signal: Int32) -> Bool { child.withLock { $0.pid.map { Glibc.kill($0, signal) == 0 } ?? false } }

        var postMortem: PostMortem? { child.withLock(\.end) }
    }

    private struct Sleepers: Handler {
        let demand = Demand()
        func makeBody(of worker: WorkerHandle) -> any WorkerBody { Sleeper(worker) }
    }

    private struct Quiet: Source {
        let name = "a"
        let location = "test"

        func run(_ intake: StreamIntake) async throws {
            _ = intake.opened()
            try await Task.sleep(for: .seconds(3600))
        }
    }

    private struct NoStore: StateStore {
        func checkpoints() async throws -> [Checkpoint] { [] }
        func commit(_ commit: StateCommit) async throws {}
    }

    private func live(
        _ handler: any Handler = Sleepers(), _ body: (ApplicationControl) async throws -> Void
    ) async throws {
        var settings = ApplicationSettings()
        settings.scaling = ScalingPolicy(min: 1, max: 1, workersPerSupervisor: 2)
        let prometheus = PrometheusMetrics(descriptions: PipelineMetrics.descriptions)
        let application = Application(
            settings: settings, sources: [Quiet()], handler: handler, store: NoStore(), metrics: prometheus,
            wallClock: { 0 }, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let control = ApplicationControl(application, allowsCrashes: true) { prometheus.text() }
        let life = Task { await application.run() }
        while application.directSupervisors.flatMap(\.workers).count(where: { $0.state == .idle }) < 2 {
            try await nextTurn()
        }
        try await body(control)
        application.stop()
        _ = await life.value
    }

    @Test("a signal really ends a process; the answer, the crash, the list, the tree and the metrics tell")
    func signal() async throws {
        try await live { control in
            let before = try #require(await control.workers().workers.first)
            let pid = try #require(before.pid)
            #expect(before.residentBytes == 1 << 20 && before.ageSeconds != nil && before.state == .idle)
            let answer = try await control.crash(CrashRequest(target: .worker, id: before.id, signal: "SEGV"))
            #expect(answer.signal == "SEGV" && answer.pid == pid && answer.replacedInMicroseconds != nil)
            let crash = try await control.crash(CrashDetailRequest(id: try #require(answer.crash)))
            #expect(crash.signal == "SEGV" && crash.exitStatus == nil && crash.pid == pid && crash.stderr == ["asleep"])
            #expect(crash.cause == .injected && crash.reason == "injected crash: SIGSEGV")
            while await control.workers().workers.count(where: { $0.pid != nil && $0.pid != pid }) < 2 {
                try await nextTurn()
            }
            #expect(await control.top().workers?.count == 2)
            let nodes = await control.tree().root.all
            #expect(nodes.count { $0.pid != nil && $0.residentBytes == 1 << 20 } == 2)
            let metrics = await control.metrics()
            #expect(metrics.contains(#"ptrd_worker_exits_total{cause="signal"} 1"#))
            #expect(metrics.contains("ptrd_worker_spawn_seconds_count 3"))
            #expect(metrics.contains(#"ptrd_workers{state="starting"} 0"#))
        }
    }

    @Test("a process that is stopped by a signal goes on living, and is not waited for")
    func stopped() async throws {
        try await live { control in
            let answer = try await control.crash(CrashRequest(target: .worker, signal: "STOP"))
            #expect(answer.signal == "STOP" && answer.crash == nil && answer.replacedInMicroseconds == nil)
            #expect(await control.workers().workers.contains { $0.pid == answer.pid })
        }
    }

    @Test("a signal for what is no process is refused, with what it is for; top names no workers then")
    func noProcess() async throws {
        try await live(FunctionHandler { _, _ in .done }) { control in
            let failure = await #expect(throws: ControlFailure.self) {
                try await control.crash(CrashRequest(target: .worker, id: "worker.1.1", signal: "KILL"))
            }
            #expect(failure?.code == .precondition)
            #expect(failure?.message == "worker.1.1 is no process, or has none at the moment")
            #expect(await control.top().workers == nil)
        }
    }

    @Test("ends of processes are counted by cause, answers out of order and lines that were left out by number")
    func metrics() {
        let prometheus = PrometheusMetrics(descriptions: PipelineMetrics.descriptions)
        let metrics = PipelineMetrics(prometheus)
        metrics.exited(.status(0), .own)
        metrics.exited(.status(75), .own)
        metrics.exited(.signal(9), .own)
        metrics.exited(.signal(9), .own)
        metrics.exited(nil, .own)
        for cause in BodyExitCause.allCases.dropFirst() { metrics.exited(.signal(9), cause) }
        metrics.answeredOutOfOrder(7)
        metrics.droppedErrorLines(12)
        let lines = Set(prometheus.text().split(separator: "\n").map(String.init))
        for (cause, count) in [
            ("exit_zero", 1), ("exit_nonzero", 1), ("signal", 2), ("unknown", 1), ("protocol", 1), ("hung", 1),
            ("timeout", 1), ("recycled", 1), ("stopped", 1), ("killed", 1),
        ] {
            #expect(lines.contains(#"ptrd_worker_exits_total{cause="\#(cause)"} \#(count)"#))
        }
        #expect(lines.contains("ptrd_worker_answers_out_of_order_total 7"))
        #expect(lines.contains("ptrd_worker_stderr_lines_dropped_total 12"))
    }
}

extension TreeNode {
    fileprivate var all: [TreeNode] { [self] + children.flatMap(\.all) }
}
