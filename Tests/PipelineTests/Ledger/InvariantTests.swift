import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("A ledger looks at itself")
struct InvariantTests {
    @Test("a sum that is wrong is counted at each transition, and each kind is told once")
    func sums() throws {
        var ledger = Ledger.ofStreams()
        ledger.admit([.named("1"), .named("2")])
        #expect(ledger.snapshot.brokenInvariants == 0)
        ledger.window.add(10, of: 0)
        let lease = try ledger.lease()
        ledger.answer(lease, .done)
        #expect(ledger.broken.kinds == [.window] && ledger.snapshot.brokenInvariants == 2)
        #expect(ledger.broken.takeUnreported() == [.window])
        ledger.settle()
        #expect(ledger.broken.takeUnreported().isEmpty && ledger.snapshot.brokenInvariants == 3)
    }

    @Test("what no sum shows is found when everything is looked at")
    func parts() throws {
        var ledger = Ledger.ofStreams(2)
        ledger.isAudited = true
        ledger.admit([.named("1"), .named("2")])
        // The sums are right: one stream has what the other should have.
        ledger.window.remove(5, of: 0)
        ledger.window.add(5, of: 1)
        _ = try ledger.lease()
        #expect(ledger.broken.kinds == [.bytes])
    }

    @Test("it is logged once, counted in every answer, and nothing stops")
    func told() throws {
        let handler = DirectedHandler()
        let source = FeedSource("a", count: 5)
        let tree = VirtualTree([source], toleratesBrokenBooks: true, handler: handler)
        tree.application.ledger.withLock { $0.window.add(10, of: 0) }
        _ = tree.crash(.flowManager)
        tree.application.ledger.withLock { $0.checkInvariants() }
        tree.advance(by: .seconds(10))
        #expect(tree.status.messages.brokenInvariants > 0)
        #expect(tree.log.lines(.error).count { $0.contains("the books are wrong: what the window holds") } == 1)
        #expect(tree.ending == nil)
    }
}
