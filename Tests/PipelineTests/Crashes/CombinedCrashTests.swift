import Supervision
import TestKit
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("Crashes that coincide")
struct CombinedCrashTests {
    struct Pair: Sendable, CustomTestStringConvertible {
        let first: CrashTarget
        let second: CrashTarget
        var testDescription: String { "\(first) and \(second)" }
    }

    /// Every two parts, in both orders.
    static let pairs = CrashScene.parts.flatMap { first in
        CrashScene.parts.filter { $0 != first }.map { Pair(first: first, second: $0) }
    }

    @Test(
        "two parts at once: each message is done once, in its first attempt, and the pool is whole again",
        arguments: pairs)
    func twoAtOnce(_ pair: Pair) {
        let scene = CrashScene()
        _ = scene.tree.crash(pair.first, pair.second)
        #expect(scene.tree.status.restarts > 0)
        scene.finish()
    }

    @Test("everything at once")
    func everything() {
        let scene = CrashScene()
        let reports = CrashScene.parts.map { part in
            scene.tree.begin { [scene] in try await scene.tree.application.crash(part) }
        }
        scene.tree.advance(by: .seconds(4))
        #expect(reports.compactMap(\.value).count >= 4)
        scene.finish()
    }

    @Test("the same part again and again: every time it is there again", arguments: CrashScene.parts)
    func again(_ part: CrashTarget) throws {
        let scene = CrashScene()
        for _ in 0..<20 {
            try scene.crash(part)
            scene.tree.advance(by: .milliseconds(7))
        }
        scene.finish()
    }

    @Test(
        "a crash during a restart that takes its time: nothing is lost, and the pool is whole again", arguments: pairs)
    func duringRestart(_ pair: Pair) throws {
        // Deaf workers: who stops one waits for two seconds.
        let gate = Gate()
        let clock = ManualClock()
        let scene = CrashScene(clock: clock) { _, context in
            if context.worker.hasPrefix("worker.1."), clock.now.offset < .milliseconds(400) {
                await gate.passStubbornly()
            }
            return .done
        }
        _ = scene.tree.crash(pair.first)
        scene.tree.advance(by: .seconds(1))
        _ = scene.tree.crash(pair.second)
        scene.tree.advance(by: .seconds(10))
        gate.open()
        #expect(scene.tree.advance(atMost: .seconds(60)) { scene.tree.messages.processed == 120 })
        #expect(scene.tree.status.directSupervisors == 2 && scene.tree.status.workers == 4)
        // Those that hung for five seconds have paid for it; the others have not.
        #expect(scene.tree.messages.retried <= 2)
        #expect(scene.tree.finish() == 0)
        #expect(scene.tree.messages.processed == 120 && scene.tree.messages.received == 120)
    }

    @Test(
        "a crash while the pool shrinks: it reaches its size, and each message is done once",
        arguments: CrashScene.parts)
    func duringScaleDown(_ part: CrashTarget) throws {
        var settings = ApplicationSettings.fixed
        settings.scaling.max = 6
        let scene = CrashScene(settings)
        try scene.tree.application.scale(to: 6)
        scene.tree.advance(by: .milliseconds(60))
        #expect(scene.tree.messages.leased == 12)
        try scene.tree.application.scale(to: 2)
        scene.tree.settle()
        #expect(scene.tree.status.directSupervisors == 6)
        try scene.crash(part)
        scene.finish()
    }

    @Test("a crash of a direct supervisor that is on its way out: it goes")
    func leavingSupervisor() throws {
        var settings = ApplicationSettings.fixed
        settings.scaling.max = 6
        let scene = CrashScene(settings)
        try scene.tree.application.scale(to: 6)
        scene.tree.advance(by: .milliseconds(60))
        try scene.tree.application.scale(to: 2)
        scene.tree.settle()
        _ = scene.tree.crash(.directSupervisor("direct_supervisor.6"), .directSupervisor("direct_supervisor.5"))
        #expect(scene.tree.status.directSupervisors == 4)
        scene.finish()
    }

    @Test(
        "a crash while the pool grows: it reaches its size, and each message is done once", arguments: CrashScene.parts)
    func duringScaleUp(_ part: CrashTarget) throws {
        var settings = ApplicationSettings.fixed
        settings.scaling.max = 6
        let scene = CrashScene(settings)
        try scene.tree.application.scale(to: 6)
        _ = scene.tree.crash(part)
        scene.finish(directSupervisors: 6)
    }

    @Test("a crash during a drain: it ends with nothing left", arguments: CrashScene.parts)
    func duringDrain(_ part: CrashTarget) {
        let scene = CrashScene()
        let left = scene.tree.begin { [scene] in await scene.tree.application.drain(within: .seconds(60)) }
        scene.tree.settle()
        let report = scene.tree.crash(part)[0]
        switch part {
        // They have stopped for good.
        case .streamSupervisor, .receiver: #expect(report.value == nil)
        default: #expect(report.value?.replacement != nil)
        }
        #expect(scene.tree.advance(atMost: .seconds(30)) { left.value != nil })
        #expect(left.value == 0)
        let messages = scene.tree.messages
        #expect(messages.processed == messages.received && messages.retried == 0)
        #expect(scene.handler.completions.count == Int(messages.received))
        #expect(scene.tree.finish() == 0)
    }

    @Test(
        "a crash at the moment at which a drain begins: nothing is received any more, and nothing is left",
        arguments: CrashScene.parts)
    func atDrain(_ part: CrashTarget) {
        let scene = CrashScene()
        _ = scene.tree.begin { [scene] in try await scene.tree.application.crash(part) }
        let left = scene.tree.begin { [scene] in await scene.tree.application.drain(within: .seconds(60)) }
        #expect(scene.tree.advance(atMost: .seconds(30)) { left.value != nil })
        #expect(left.value == 0)
        let received = scene.tree.messages.received
        scene.tree.advance(by: .seconds(30))
        #expect(scene.tree.messages.received == received && scene.tree.messages.processed == received)
        #expect(scene.tree.finish() == 0)
    }
}
