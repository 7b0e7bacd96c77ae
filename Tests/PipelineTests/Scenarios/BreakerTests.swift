import Locking
import Supervision
import TestKit
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("The tree while its handler is broken")
struct BreakerTests {
    /// A tree of 2 streams with 250 messages each, and a handler that takes 20 ms and is broken for a time.
    private final class Outage: Sendable {
        let tree: VirtualTree
        let handler: DirectedHandler
        private let count: Int

        /// - Parameters:
        ///   - isBroken: whether it is, at a time.
        ///   - poison: the data of a message that never works.
        init(
            _ settings: ApplicationSettings = .guarded, count: Int = 250, poison: String? = nil,
            isBroken: @escaping @Sendable (Duration) -> Bool
        ) {
            let clock = ManualClock()
            self.count = count
            handler = DirectedHandler { data, _ in
                try await clock.sleep(for: .milliseconds(20))
                if data == poison { return .failed("poisoned") }
                if isBroken(clock.now.offset) { throw Broken() }
                return .done
            }
            tree = VirtualTree(
                [FeedSource("a", count: count), FeedSource("b", count: count)], settings: settings, clock: clock,
                handler: handler)
        }

        /// Lets it come to its end, with all that the streams have to bring.
        func finish() {
            #expect(tree.advance(atMost: .seconds(600)) { tree.messages.received == UInt64(2 * count) })
            #expect(tree.finish() == 0)
            let messages = tree.messages
            #expect(messages.processed + messages.deadLettered == UInt64(2 * count))
            #expect(handler.completions.values.allSatisfy { $0 == 1 })
        }

        var isOpen: Bool { tree.application.ledger.withLock { !$0.breaker.isClosed } }
        var isTrying: Bool {
            tree.application.ledger.withLock { if case .trying = $0.breaker.state { true } else { false } }
        }
    }

    private struct Broken: Error, CustomStringConvertible {
        var description: String { "the wheels have come off" }
    }

    @Test("a handler that is broken for half a minute costs a few dead letters, and everything else is done")
    func recovers() {
        let outage = Outage { $0 < .seconds(30) }
        #expect(outage.tree.advance(atMost: .seconds(5)) { outage.isOpen })
        outage.finish()
        #expect(outage.tree.messages.deadLettered <= 4)
    }

    @Test("without a breaker the same outage costs most of the stream")
    func withoutBreaker() {
        var settings = ApplicationSettings.guarded
        settings.breaker.isEnabled = false
        let outage = Outage(settings) { $0 < .seconds(30) }
        outage.finish()
        #expect(outage.tree.messages.deadLettered > 400)
    }

    @Test("while it is open nothing is admitted, the size stays, and the status is degraded and says why")
    func open() throws {
        let outage = Outage { $0 < .seconds(30) }
        #expect(outage.tree.advance(atMost: .seconds(5)) { outage.isOpen })
        outage.tree.advance(by: .milliseconds(200))
        let before = outage.tree.status
        #expect(before.state == .degraded)
        let why = try #require(before.degradedBecause)
        #expect(why.contains("circuit breaker open: "))
        #expect(
            why.contains(" attempts failed in 10 s, the last: the wheels have come off; tries one message in 0.8 s"))
        outage.tree.advance(by: .seconds(20))
        let after = outage.tree.status
        #expect(outage.isOpen)
        #expect(after.messages.received == before.messages.received)
        #expect(after.scaling.target == before.scaling.target)
        #expect(after.scaling.lastDecision?.reason == .breakerOpen)
        #expect(after.degradedBecause?.contains("trials since, the last: the wheels") == true)
        #expect(outage.tree.advance(atMost: .seconds(60)) { !outage.isOpen })
        #expect(outage.tree.status.state == .running)
        outage.tree.finish()
        #expect(outage.tree.log.lines(.warning).contains { $0.hasPrefix("circuit breaker opens: ") })
        #expect(outage.tree.log.lines(.warning).contains { $0.hasPrefix("circuit breaker stays open: ") })
        #expect(outage.tree.log.lines(.notice).contains { $0.hasPrefix("circuit breaker: message ") })
        #expect(outage.tree.log.lines(.notice).contains { $0.hasPrefix("circuit breaker closes after ") })
    }

    @Test("one message at a time is tried while it is open")
    func oneAtATime() {
        let outage = Outage { $0 < .seconds(30) }
        #expect(outage.tree.advance(atMost: .seconds(5)) { outage.isOpen })
        // What was dealt before it opened comes to its end.
        outage.tree.advance(by: .milliseconds(500))
        let retried = outage.tree.messages.retried
        var most = 0
        _ = outage.tree.advance(atMost: .seconds(25)) {
            most = max(most, outage.tree.messages.leased)
            return false
        }
        #expect(most == 1)
        #expect(outage.tree.messages.retried - retried < 30)
        outage.tree.finish()
    }

    @Test("a message at the head that never works cannot hold it open for ever: it is a dead letter in the end")
    func poison() {
        let outage = Outage(poison: "a:1") { $0 < .seconds(3) }
        #expect(outage.tree.advance(atMost: .seconds(5)) { outage.isOpen })
        outage.finish()
        #expect(outage.tree.store.deadLetters.contains { $0.eventID == .init(string: "1") && $0.stream == "a" })
        #expect(outage.handler.completions["a:1"] == nil)
        #expect(outage.tree.messages.deadLettered <= 4)
    }

    @Test("with nothing held, one message is let in to be tried")
    func nothingHeld() {
        var settings = ApplicationSettings.guarded
        settings.maxAttempts = 1
        settings.maxInFlight = 2
        settings.scaling = ScalingPolicy(min: 1, max: 1, workersPerSupervisor: 2, tick: .milliseconds(100))
        let outage = Outage(settings) { $0 < .seconds(10) }
        #expect(outage.tree.advance(atMost: .seconds(5)) { outage.isOpen && outage.tree.messages.inFlight == 0 })
        let received = outage.tree.messages.received
        #expect(outage.tree.advance(atMost: .seconds(2)) { outage.isTrying })
        #expect(outage.tree.messages.received == received + 1)
        #expect(outage.tree.advance(atMost: .seconds(60)) { !outage.isOpen })
        outage.tree.advance(by: .milliseconds(10))
        #expect(outage.tree.messages.inFlight == 2)
        outage.finish()
    }

    static let crashes: [CrashTarget] = [
        .flowManager, .mainSupervisor, .directSupervisor(nil), .worker(nil), .streamSupervisor, .stateWriter,
    ]

    @Test("a crash of any part while it is open changes nothing about it", arguments: crashes)
    func crashWhileOpen(_ target: CrashTarget) throws {
        let outage = Outage { $0 < .seconds(20) }
        #expect(outage.tree.advance(atMost: .seconds(5)) { outage.isOpen })
        outage.tree.advance(by: .milliseconds(500))
        let before = outage.tree.application.ledger.withLock { $0.breaker.state }
        let received = outage.tree.messages.received
        let report = try #require(outage.tree.crash(target).first?.value)
        #expect(report.replacement != nil)
        #expect(outage.tree.application.ledger.withLock { $0.breaker.state } == before)
        #expect(outage.tree.messages.received == received)
        outage.finish()
        #expect(outage.tree.messages.deadLettered <= 4)
    }

    @Test("a crash of any part while a message is tried: it is tried to its end, or another time", arguments: crashes)
    func crashWhileTrying(_ target: CrashTarget) throws {
        let outage = Outage { $0 < .seconds(20) }
        #expect(outage.tree.advance(atMost: .seconds(5)) { outage.isOpen })
        outage.tree.advance(by: .milliseconds(500))
        #expect(outage.tree.advance(atMost: .seconds(5)) { outage.isTrying })
        let retried = outage.tree.messages.retried
        let report = try #require(outage.tree.crash(target).first?.value)
        #expect(report.replacement != nil)
        #expect(outage.isTrying)
        #expect(outage.tree.messages.leased == 1)
        #expect(outage.tree.messages.retried == retried)
        outage.finish()
        #expect(outage.tree.messages.deadLettered <= 4)
    }

    @Test("a drain while it is open goes on trying, and finishes what is held when the handler works again")
    func drainRecovers() {
        let outage = Outage { $0 < .seconds(20) }
        #expect(outage.tree.advance(atMost: .seconds(5)) { outage.isOpen })
        #expect(outage.tree.finish(within: .seconds(100)) == 0)
        let messages = outage.tree.messages
        #expect(messages.processed + messages.deadLettered == messages.received)
        #expect(messages.deadLettered <= 4)
    }

    @Test("a drain while it stays open counts what is left, and leaves it before the checkpoint")
    func drainTimesOut() throws {
        let outage = Outage { _ in true }
        #expect(outage.tree.advance(atMost: .seconds(5)) { outage.isOpen })
        let left = try #require(outage.tree.finish(within: .seconds(8)))
        #expect(left > 40)
        #expect(left == outage.tree.messages.inFlight + outage.tree.application.waiting)
        for stream in ["a", "b"] {
            let settled = outage.tree.store.deadLetters.filter { $0.stream == stream }.count
            #expect(Int(outage.tree.store.checkpoint(of: stream) ?? "0")! <= settled)
        }
    }
}

extension ApplicationSettings {
    /// With a circuit breaker as it is by default.
    fileprivate static var guarded: ApplicationSettings {
        var settings = ApplicationSettings.virtual
        settings.breaker = BreakerPolicy()
        settings.initialBackoff = .milliseconds(100)
        settings.maximumBackoff = .seconds(1)
        return settings
    }
}
