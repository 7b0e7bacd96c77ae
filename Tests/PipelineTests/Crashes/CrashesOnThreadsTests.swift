import Supervision
import Synchronization
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("The crash of any part of the tree loses no message, on many threads")
struct CrashesOnThreadsTests {
    /// Runs 300 messages, crashes `target` while the first ones are in the workers' hands, and checks that all are completed.
    private func crash(_ target: CrashTarget, connections: Int = 1) async throws -> CrashReport {
        let gate = Gate()
        let handler = DirectedHandler { _, _ in
            try await gate.pass()
            return .done
        }
        let source = FeedSource("a", count: 300)
        let tree = TreeHarness([source], handler: handler)
        await gate.arrivals(4)
        let report = try await tree.application.crash(target)
        #expect(report.replacement != nil)
        #expect(report.replacement != report.incarnation)
        // Who replaces it has seen it end before.
        #expect(try #require(report.detection) <= #require(report.recovery))
        #expect(tree.messages.isBalanced)
        gate.open()
        await handler.completed(300)
        #expect(await tree.finish().left == 0)
        // None was handled by a worker that had already completed it, and no attempt was charged for the crash.
        #expect(handler.completions.count == 300 && handler.completions.values.allSatisfy { $0 == 1 })
        #expect(tree.messages.processed == 300 && tree.messages.retried == 0 && tree.messages.deadLettered == 0)
        #expect(source.connections == connections)
        return report
    }

    @Test("a worker: its message is dealt again, and the attempt does not count")
    func worker() async throws {
        let report = try await crash(.worker(nil))
        #expect(report.sequence != nil)
    }

    @Test("a direct supervisor: its workers' messages are dealt again")
    func directSupervisor() async throws { _ = try await crash(.directSupervisor(nil)) }

    @Test("the main supervisor: the pool is built anew, no stream is closed")
    func mainSupervisor() async throws { _ = try await crash(.mainSupervisor) }

    @Test("the flow manager: receivers and workers wait for it, no stream is closed")
    func flowManager() async throws { _ = try await crash(.flowManager) }

    @Test("a receiver: it connects again and goes on after the last id that was admitted")
    func receiver() async throws { _ = try await crash(.receiver("a"), connections: 2) }

    @Test("the pool has its size again after the main supervisor has crashed")
    func sizeOutlivesCrash() async throws {
        let tree = TreeHarness([FeedSource("a", count: 0)])
        try tree.application.scale(to: 5)
        await tree.reaches(directSupervisors: 5)
        _ = try await tree.application.crash(.mainSupervisor)
        await tree.reaches(directSupervisors: 5)
        #expect(tree.application.status.workers == 10)
        await tree.finish()
    }

    @Test("an unknown worker, direct supervisor or stream cannot be crashed")
    func unknown() async {
        let tree = TreeHarness([FeedSource("a", count: 1)])
        await tree.handler.completed(1)
        await #expect(throws: CrashInjectionError.self) { try await tree.application.crash(.worker("worker.99.1")) }
        await #expect(throws: CrashInjectionError.self) { try await tree.application.crash(.directSupervisor("99")) }
        await #expect(throws: CrashInjectionError.self) { try await tree.application.crash(.receiver("b")) }
        await tree.finish()
    }

    @Test("when a direct supervisor's budget is spent, one ladder leads from the worker to the end of the tree")
    func ladder() async throws {
        var settings = ApplicationSettings.quick
        settings.directSupervisorBudget = RestartBudget(restarts: 0)
        settings.mainSupervisorBudget = RestartBudget(restarts: 0)
        settings.applicationBudget = RestartBudget(restarts: 0)
        let tree = TreeHarness([FeedSource("a", count: 1)], settings: settings)
        await tree.handler.completed(1)
        Task { try await tree.application.crash(.worker(nil)) }
        guard case .gaveUp(let child, _) = await tree.ending else {
            return #expect(Bool(false), "the tree did not give up")
        }
        #expect(child == "main_supervisor")
    }

    @Test("crashes of everything at random moments: each message is completed, the books balance at every look")
    func storm() async {
        let count = 4000
        let handler = DirectedHandler { _, _ in
            await Task.yield()
            return .done
        }
        var settings = ApplicationSettings.quick
        settings.maxInFlight = 256
        let tree = TreeHarness(
            [FeedSource("a", count: count), FeedSource("b", count: count)], settings: settings, handler: handler)
        let crashes = Task {
            var number = 0
            while !Task.isCancelled {
                number += 1
                let target: CrashTarget =
                    switch number % 20 {
                    case 0: .mainSupervisor
                    case 5: .flowManager
                    case 10: .receiver(nil)
                    case 3, 15: .directSupervisor(nil)
                    default: .worker(nil)
                    }
                _ = try? await tree.application.crash(target)
                #expect(tree.messages.isBalanced)
            }
            return number
        }
        await handler.completed(2 * count)
        crashes.cancel()
        #expect(await crashes.value > 1)
        #expect(await tree.finish().left == 0)
        #expect(handler.completions.count == 2 * count)
        // The handler cannot be interrupted between its effect and its end, so not even a crash makes it do things twice.
        #expect(handler.completions.values.allSatisfy { $0 == 1 })
        #expect(tree.messages.processed == UInt64(2 * count) && tree.messages.inFlight == 0)
        #expect(tree.messages.received == UInt64(2 * count))
    }
}
