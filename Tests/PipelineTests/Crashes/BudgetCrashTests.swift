import Supervision
import TestKit
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// A restart budget of none for one supervisor: the first crash under it makes it give up, and the one above it starts it again.
@Suite("A crash beyond the budget of its supervisor")
struct BudgetCrashTests {
    private static let none = RestartBudget(restarts: 0)

    private func report(
        _ target: CrashTarget, _ change: (inout ApplicationSettings) -> Void
    ) throws -> (scene: CrashScene, report: CrashReport) {
        var settings = ApplicationSettings.fixed
        change(&settings)
        let scene = CrashScene(settings)
        let answer = scene.tree.begin { [tree = scene.tree] in try await tree.application.crash(target) }
        #expect(scene.tree.advance(atMost: .seconds(4)) { answer.value != nil })
        return (scene, try #require(answer.value))
    }

    @Test("a receiver's waits until it is back, and says that stream_supervisor gave up and who restarted it")
    func receiver() throws {
        let (scene, report) = try report(.receiver("a")) { $0.streamSupervisorBudget = Self.none }
        #expect(report.gaveUp == ["stream_supervisor"] && report.restartedBy == "application_supervisor")
        #expect(report.detection != nil && report.recovery != nil)
        #expect(try #require(report.replacement) > report.incarnation)
        scene.finish()
    }

    @Test("a worker's waits until its direct supervisor is back with it")
    func worker() throws {
        let (scene, report) = try report(.worker("worker.1.1")) { $0.directSupervisorBudget = Self.none }
        #expect(report.child == "worker.1.1" && report.gaveUp == ["direct_supervisor.1"])
        #expect(report.restartedBy == "main_supervisor" && report.recovery != nil)
        #expect(try #require(report.replacement) > report.incarnation)
        scene.finish()
    }

    @Test("a direct supervisor's waits until main_supervisor is back with it")
    func directSupervisor() throws {
        let (scene, report) = try report(.directSupervisor("direct_supervisor.2")) {
            $0.mainSupervisorBudget = Self.none
        }
        #expect(report.gaveUp == ["main_supervisor"] && report.restartedBy == "application_supervisor")
        #expect(try #require(report.replacement) > report.incarnation && report.recovery != nil)
        scene.finish()
    }

    @Test("two budgets that are spent are told from below")
    func twoLevels() throws {
        let (scene, report) = try report(.worker("worker.2.2")) { settings in
            settings.directSupervisorBudget = Self.none
            settings.mainSupervisorBudget = Self.none
        }
        #expect(report.gaveUp == ["direct_supervisor.2", "main_supervisor"])
        #expect(report.restartedBy == "application_supervisor")
        #expect(try #require(report.replacement) > report.incarnation)
        scene.finish()
    }

    @Test("where nobody is above it, the answer says so at once")
    func wholeTree() throws {
        let (scene, report) = try report(.flowManager) { $0.applicationBudget = Self.none }
        #expect(report.gaveUp == ["application_supervisor"] && report.restartedBy == nil)
        #expect(report.replacement == nil && report.recovery == nil)
        #expect(scene.tree.advance(atMost: .seconds(60)) { scene.tree.ending != nil })
    }

    @Test("within the budget nobody gives up")
    func withinBudget() throws {
        let (scene, report) = try report(.receiver("a")) { $0.streamSupervisorBudget.restarts = 1 }
        #expect(report.gaveUp.isEmpty && report.restartedBy == nil && report.replacement != nil)
        scene.finish()
    }
}
