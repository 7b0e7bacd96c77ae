import Supervision
import Testing

@testable import Pipeline

@Suite("The size of the pool")
struct ScalingTests {
    @Test("grows with the count of messages in process, up to the maximum")
    func grows() async {
        let gate = Gate()
        let handler = DirectedHandler { _, _ in
            try await gate.pass()
            return .done
        }
        let tree = TreeHarness([FeedSource("a", count: 64)], handler: handler)
        await tree.reaches(directSupervisors: 8)
        await gate.arrivals(16)
        #expect(tree.application.status.workers == 16)
        #expect(tree.application.status.messages.leased == 16)
        gate.open()
        await handler.completed(64)
        #expect(await tree.finish().left == 0)
    }

    @Test("set by hand it is reached, and a direct supervisor that goes finishes what it holds")
    func pinned() async throws {
        let gate = Gate()
        let handler = DirectedHandler { _, _ in
            try await gate.pass()
            return .done
        }
        let tree = TreeHarness([FeedSource("a", count: 100)], handler: handler)
        try tree.application.scale(to: 6)
        await tree.reaches(directSupervisors: 6)
        await gate.arrivals(12)
        try tree.application.scale(to: 2)
        gate.open()
        await tree.reaches(directSupervisors: 2)
        await handler.completed(100)
        #expect(await tree.finish().left == 0)
        #expect(handler.completions.values.allSatisfy { $0 == 1 })
        #expect(tree.messages.retried == 0)
    }

    @Test("outside of the bounds it is refused")
    func bounds() async {
        let tree = TreeHarness([FeedSource("a", count: 0)])
        #expect(throws: ScaleOutOfBounds(size: 9, min: 2, max: 8)) { try tree.application.scale(to: 9) }
        #expect(throws: ScaleOutOfBounds(size: 1, min: 2, max: 8)) { try tree.application.scale(to: 1) }
        await tree.finish()
    }
}

extension TreeHarness {
    /// Waits until there are so many direct supervisors, looking again at each event of the tree.
    func reaches(directSupervisors count: Int) async {
        while application.status.directSupervisors != count || application.status.workers != 2 * count {
            _ = await application.events.first(
                where: { _ in true }, within: .milliseconds(20), runtime: application.runtime
            ) { true }
        }
    }
}
