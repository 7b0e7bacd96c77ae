import Supervision
import TestKit
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("A look at the living tree")
struct TreeSnapshotTests {
    private func look(at scene: CrashScene) throws -> TreeSnapshot {
        let look = scene.tree.begin { [tree = scene.tree] in await tree.application.tree() }
        scene.tree.settle()
        return try #require(look.value)
    }

    @Test("it has every part, with what it lives by and what it holds")
    func whole() throws {
        let scene = CrashScene()
        try scene.crash(.worker("worker.1.1"))
        let root = try look(at: scene)
        #expect(
            root.children.map(\.id.name) == ["state_writer", "main_supervisor", "flow_manager", "stream_supervisor"])
        #expect(root.rule?.strategy == .oneForOne)
        #expect(root.rule?.remainingRestarts == root.rule?.budget.restarts)
        let pool = root.children[1].children
        #expect(pool.map(\.id.name) == ["direct_supervisor.1", "direct_supervisor.2"])
        #expect(pool.map(\.rule?.remainingRestarts) == [99_999, 100_000])
        let workers = pool.flatMap(\.children)
        #expect(workers.map(\.id.name) == ["worker.1.1", "worker.1.2", "worker.2.1", "worker.2.2"])
        #expect(workers.map(\.restarts) == [1, 0, 0, 0])
        #expect(workers.allSatisfy { $0.state == .busy && $0.holds != nil })
        let streams = root.children[3].children
        #expect(streams.map(\.id.name) == ["stream.a", "stream.b"] && streams.allSatisfy { $0.note != nil })
        scene.finish()
    }

    @Test("a supervisor that is busy with a child does not hold up the answer: it stands there with a note")
    func busySupervisor() throws {
        let gate = Gate()
        let scene = CrashScene { _, _ in
            await gate.passStubbornly()
            return .done
        }
        // Told to stop a direct supervisor, it waits for the workers, which are deaf to it.
        let stop = scene.tree.begin { [application = scene.tree.application] in
            try await application.pool.supervisor?.terminateChild("direct_supervisor.2")
            return true
        }
        scene.tree.settle()
        let answer = scene.tree.begin { [application = scene.tree.application] in await application.tree() }
        scene.tree.advance(by: Snapshot.patienceWithSupervisors)
        let root = try #require(answer.value)
        #expect(stop.value == nil)
        #expect(root.children.map(\.id.name).contains("flow_manager"))
        let main = try #require(root.children.first { $0.id == .mainSupervisor })
        #expect(main.note?.contains("did not answer in time") == true && main.rule == nil && main.children.isEmpty)
        gate.open()
        scene.tree.settle()
        scene.tree.application.stop()
        #expect(scene.tree.advance(atMost: .seconds(60)) { scene.tree.ending != nil })
    }

    @Test("a supervisor that never answers holds nobody up, and who stopped waiting is forgotten")
    func oneQuestion() throws {
        let clock = ManualClock()
        let runtime = SupervisionRuntime(clock: clock)
        // It never runs, so it never answers.
        let deaf = Supervisor("deaf", runtime: runtime)
        let looks = SupervisorSnapshots()
        let scene = CrashScene()
        let living = scene.tree.application.runtime
        for _ in 0..<10 {
            let answers = scene.tree.begin { await looks.ask([deaf], within: .milliseconds(500), runtime: living) }
            scene.tree.advance(by: .milliseconds(500))
            #expect(answers.value != nil && answers.value?.look(deaf) == nil)
        }
        #expect(looks.waiting(for: deaf) == 0)
        scene.finish()
    }

    @Test("who holds what for how long, and how much was handled")
    func pool() throws {
        let scene = CrashScene()
        let supervisors = scene.tree.application.directSupervisors
        #expect(supervisors.map(\.id.name) == ["direct_supervisor.1", "direct_supervisor.2"])
        #expect(supervisors.allSatisfy { $0.isRunning && !$0.isDraining && $0.restarts == 0 })
        #expect(supervisors.reduce(0) { $0 + $1.handled } == scene.tree.messages.processed)
        #expect(supervisors.flatMap(\.workers).allSatisfy { $0.holds?.heldFor == .milliseconds(25) })
        try scene.crash(.worker("worker.2.1"))
        let after = scene.tree.application.directSupervisors
        #expect(after.map(\.restarts) == [0, 1])
        #expect(after.reduce(0) { $0 + $1.handled } == scene.tree.messages.processed)
        scene.finish()
    }

    @Test("while the size is pinned, the decisions say what it would be; the same answers stand once")
    func decisions() throws {
        let scene = CrashScene(.virtual, count: 400)
        try scene.tree.application.scale(to: 2)
        scene.tree.advance(by: .seconds(1))
        let folded = scene.tree.application.foldedDecisions
        let last = try #require(folded.last)
        #expect(last.decision.reason == .pinned && last.decision.to == 2 && last.repeated >= 9)
        #expect(last.decision.automatic.map { $0 > 2 } == true)
        #expect(zip(folded, folded.dropFirst()).allSatisfy { !$0.decision.isSameAnswer(as: $1.decision) })
        try scene.tree.application.scale(to: nil)
        #expect(scene.tree.finish() == 0)
    }

    @Test("the last minutes: an entry a second, and no more than five minutes")
    func load() {
        let scene = CrashScene()
        scene.tree.advance(by: .seconds(10))
        #expect((10...12).contains(scene.tree.application.loadHistory.all.count))
        scene.tree.advance(by: .seconds(400))
        #expect(scene.tree.application.loadHistory.all.count == LoadHistory.kept)
        #expect(scene.tree.finish() == 0)
    }
}
