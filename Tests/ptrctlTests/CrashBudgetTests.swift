import ControlAPI
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
        #expect(!main.isExceeded(by: 5, every: .zero))
        #expect(main.isExceeded(by: 6, every: .zero))
        #expect(!main.isExceeded(by: 1_000, every: .seconds(15)))
        #expect(main.isExceeded(by: 1_000, every: .seconds(12)))
        let spent = try #require(budget(.mainSupervisor, in: .example))
        #expect(spent.isExceeded(by: 5, every: .zero))
        let workers = try #require(budget(.worker))
        #expect(!workers.isExceeded(by: 2_900, every: .zero))
        #expect(workers.isExceeded(by: 2_901, every: .zero))
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
            #expect(await ptrctl(["crash", "main-supervisor", "--count", "4", "--socket", socket]).status == 0)
        }
        var plane = FixedPlane()
        plane.theTree = .large(busy: 0)
        try await withDaemon(plane) { socket in
            let asked = await ptrctl(["crash", "direct-supervisor", "--count", "21", "--socket", socket], answers: [])
            #expect(asked.err.hasPrefix("main_supervisor allows 20 restarts in 10 s; at the 21st it gives up and is"))
        }
    }

    @Test("end with the tree, as they are meant to; it is said, and whether ptrd is back")
    func end() async throws {
        let stopping = ControlFailure(.unavailable, "ptrd is stopping")
        let replaced = CrashResponse(
            target: .mainSupervisor, id: "main_supervisor", busy: false, replacedInMicroseconds: 9)
        func status(pid: Int32, uptime: Double) -> Status {
            let example = Status.example()
            return Status(
                state: .running, pid: pid, uptimeSeconds: uptime, streams: [], messages: example.messages,
                workers: example.workers, directSupervisors: 1, scaling: example.scaling, latency: example.latency)
        }
        for (isBack, says) in [(true, "ptrd is back (pid 2)"), (false, "ptrctl: ptrd is not back after 5 s")] {
            var plane = FixedPlane(refusal: stopping, injections: InjectionScript([.success(replaced)]))
            plane.script = Script([status(pid: 1, uptime: 100), status(pid: isBack ? 2 : 1, uptime: isBack ? 1 : 100)])
            try await withDaemon(plane) { socket in
                let outcome = await ptrctl(["crash", "main-supervisor", "--count", "30", "--yes", "--socket", socket])
                #expect(outcome.status == 1)
                #expect(
                    outcome.err.hasPrefix(
                        "ptrctl: the tree gave up, as it is meant to after more than 5 restarts in 60 s; systemd starts ptrd again\n"
                            + says))
            }
        }
    }
}
