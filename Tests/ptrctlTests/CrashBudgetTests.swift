import ControlAPI
import ControlClient
import Testing

@testable import ptrctl

@Suite("Crashes beyond a restart budget")
struct CrashBudgetTests {
    private func budget(_ target: CrashTarget, _ id: String? = nil, in tree: Tree = .large(busy: 0)) -> CrashBudget? {
        CrashBudget(of: CrashRequest(target: target, id: id), in: tree)
    }

    @Test("are paid by the supervisor of what crashes, and by so many as there are")
    func payers() {
        #expect(budget(.mainSupervisor)?.payer.id == "application_supervisor")
        #expect(budget(.flowManager)?.payer.id == "application_supervisor")
        #expect(budget(.directSupervisor)?.payer.id == "main_supervisor")
        #expect(budget(.worker)?.payers == 29)
        #expect(budget(.worker, "worker.7.1")?.payer.id == "direct_supervisor.7")
        // The tree tells no budget of its own for the streams here.
        #expect(budget(.receiver) == nil)
    }

    @Test("are so many as are left in one period, at the pace they come")
    func exceeded() throws {
        let main = try #require(budget(.mainSupervisor))
        #expect(!main.endsTree(by: 5, every: .zero))
        #expect(main.endsTree(by: 6, every: .zero))
        #expect(!main.endsTree(by: 1_000, every: .seconds(15)))
        #expect(main.endsTree(by: 1_000, every: .seconds(12)))
        let spent = try #require(budget(.mainSupervisor, in: .example))
        #expect(spent.endsTree(by: 5, every: .zero))
        // 20 in 10 s of main_supervisor, 5 in 60 s of the tree.
        let direct = try #require(budget(.directSupervisor))
        #expect(!direct.endsTree(by: 21 * 6 - 1, every: .zero) && direct.endsTree(by: 21 * 6, every: .zero))
        let workers = try #require(budget(.worker))
        #expect(!workers.endsTree(by: 10_000, every: .zero) && workers.endsTree(by: 101 * 21 * 6, every: .zero))
    }

    @Test("are asked about first; without a terminal they need --yes")
    func question() async throws {
        try await withDaemon { socket in
            let call = ["crash", "main-supervisor", "--count", "30", "--socket", socket]
            let asked = await ptrctl(call, answers: ["n"])
            #expect(asked.status == 1 && asked.out.isEmpty)
            #expect(
                asked.err == """
                    application_supervisor allows 5 restarts in 60 s, of which 4 are left; the 5th ends ptrd, and systemd \
                    starts it again. Go on? [y/N] nothing was done
                    """)
            let alone = await ptrctl(call)
            #expect(alone.status == 2 && alone.err.contains("say --yes"))
            #expect(await ptrctl(call + ["--yes"]).status == 0)
            // A single one in a script is meant, whatever is left.
            #expect(await ptrctl(["crash", "main-supervisor", "--socket", socket]).status == 0)
            #expect(await ptrctl(["crash", "main-supervisor", "--count", "4", "--socket", socket]).status == 0)
        }
        var plane = FixedPlane()
        plane.theTree = .large(busy: 0)
        try await withDaemon(plane) { socket in
            let asked = await ptrctl(["crash", "direct-supervisor", "--count", "126", "--socket", socket], answers: [])
            #expect(asked.err.hasPrefix("main_supervisor allows 20 restarts in 10 s; at the 21st it gives up and is"))
        }
    }

    private func status(pid: Int32, uptime: Double) -> Status {
        let example = Status.example()
        return Status(
            state: .running, pid: pid, uptimeSeconds: uptime, streams: [], messages: example.messages,
            workers: example.workers, directSupervisors: 1, scaling: example.scaling, latency: example.latency)
    }

    @Test("end with the tree, as they are meant to; it is said, and whether ptrd is back")
    func end() async throws {
        let says = """
            ptrctl: the tree gave up, as it is meant to after more than 5 restarts in 60 s; systemd starts ptrd again

            """
        let budget = try #require(self.budget(.mainSupervisor))
        let plane = FixedPlane(script: Script([status(pid: 1, uptime: 100), status(pid: 2, uptime: 1)]))
        try await withDaemon(plane) { socket in
            let err = Script<String>()
            var console = Console(outBytes: { _ in nil }, err: { err.note($0) }, isTerminal: false) { _ in nil }
            console.clock = SkippingClock()
            func context(_ socket: String) -> VerbContext {
                VerbContext(
                    console: console, client: ControlClient(socket: socket, timeout: .seconds(60)), style: .plain())
            }
            let life = try await DaemonLife(context(socket))
            await TreeEnd(context: context(socket), budget: budget, life: life).tell()
            #expect(err.all.joined(separator: "\n") == says + "ptrd is back (pid 2)")
            await TreeEnd(context: context("/nonexistent"), budget: budget, life: life).tell()
            #expect(err.all.suffix(2).first == "ptrctl: ptrd is not back after 5 s")
        }
    }

    @Test("that are refused by a daemon that is still the same have not ended it")
    func refused() async throws {
        let unavailable = ControlClientError.refused(ControlFailure(.unavailable, "worker.1.1 does not run"))
        let budget = try #require(self.budget(.mainSupervisor))
        let statuses = [status(pid: 1, uptime: 100), status(pid: 1, uptime: 100), status(pid: 2, uptime: 1)]
        try await withDaemon(FixedPlane(script: Script(statuses))) { socket in
            func context(_ socket: String) -> VerbContext {
                var console = Console(outBytes: { _ in nil }, err: { _ in }, isTerminal: false) { _ in nil }
                console.clock = SkippingClock()
                return VerbContext(
                    console: console, client: ControlClient(socket: socket, timeout: .seconds(60)), style: .plain())
            }
            let life = try await DaemonLife(context(socket))
            let end = TreeEnd(context: context(socket), budget: budget, life: life)
            #expect(await !end.isReached(by: unavailable))
            #expect(await end.isReached(by: unavailable))
            #expect(await end.isReached(by: .brokeOff(socket: socket)))
            #expect(await !end.isReached(by: .refused(ControlFailure(.denied, "no"))))
            let gone = TreeEnd(context: context("/nonexistent"), budget: budget, life: life)
            #expect(await gone.isReached(by: unavailable))
        }
    }

    @Test("that find the daemon gone are told from those that were refused")
    func isEnd() {
        #expect(TreeEnd.isEnd(.brokeOff(socket: "/s")))
        #expect(TreeEnd.isEnd(.notRunning(socket: "/s", socketExists: true)))
        #expect(!TreeEnd.isEnd(.refused(ControlFailure(.unavailable, "ptrd is stopping"))))
        #expect(!TreeEnd.isEnd(.refused(ControlFailure(.denied, "no"))))
        #expect(!TreeEnd.isEnd(.timedOut(socket: "/s", after: .seconds(5))))
    }
}
