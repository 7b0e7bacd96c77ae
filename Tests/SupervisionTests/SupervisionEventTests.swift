import TestKit
import Testing

@testable import Supervision

@Suite("Events", .timeLimit(.minutes(1)))
struct SupervisionEventTests {
    @Test("what happens is reported in order, each event with the incarnation it is about")
    func order() async throws {
        try await TestTree(budget: RestartBudget(restarts: 2)) {
            [
                $0.child("a", shutdown: .timeout(.seconds(1)), stop: .ignores),
                $0.child("b", starts: [.succeeds, .fails, .succeeds]),
            ]
        }.run { tree in
            let (a, first) = (try await tree.incarnation("a"), try await tree.incarnation("b"))
            try await tree.end("b")
            await tree.children.journal.contains("start b", times: 2)
            let last = try await tree.incarnation("b")
            try await tree.end("b")
            await tree.clock.sleepers { $0 == [.seconds(1)] }
            tree.clock.advance(by: .seconds(1))
            #expect(await tree.ending == "gave up: b, crash")
            let events = tree.events.entries.filter { $0.kind.name != "restart_failed" }
            #expect(
                events.map(\.kind.name) == [
                    "started", "started", "exited", "restarted", "exited", "gave_up", "abandoned",
                ])
            #expect(events.map(\.incarnation) == [a, first, first, last, last, last, a])
            #expect(tree.children(with: "restart_failed") == ["b"])
        }
    }

    @Test("an event has a form for people and one for machines")
    func forms() {
        let event = SupervisionEvent(supervisor: "tree", child: "a", incarnation: 7, kind: .restarted(after: .crash))
        #expect("\(event)" == "a restarted (incarnation 7) after: crash")
        #expect(
            event.fields == [
                "supervisor": "tree", "child": "a", "incarnation": "7", "event": "restarted", "reason": "crash",
            ])
    }
}
