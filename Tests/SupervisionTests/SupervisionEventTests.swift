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
            let events = tree.events.entries
            #expect(
                events.map(\.kind.name) == [
                    "started", "started", "exited", "restarting", "restart_failed", "restarting", "restarted", "exited",
                    "gave_up", "abandoned",
                ])
            let failed = events[4].incarnation
            #expect(
                events.map(\.incarnation) == [a, first, first, first, failed, failed, last, last, last, a])
            #expect(
                events.map(\.previousIncarnation) == [nil, nil, nil, nil, first, nil, failed, nil, nil, nil])
            #expect(events.map(\.remainingRestarts) == [nil, nil, nil, 1, 1, 0, 0, nil, 0, nil])
            #expect(events.allSatisfy { $0.supervisor == "tree" })
            #expect(tree.children(with: "restart_failed") == ["b"])
        }
    }

    private static let budget = RestartBudget(restarts: 2, within: .milliseconds(1_500))

    /// Each kind of event, its form for people, and what is particular in the one for machines.
    static let forms: [(SupervisionEvent.Kind, String, [String: String])] = [
        (.started, "a started (incarnation 7)", ["event": "started"]),
        (.exited(.normal), "a ended: normal", ["event": "exited", "reason": "normal", "reason_kind": "normal"]),
        (
            .restarting(after: .crash, delay: .zero), "a is restarted after: crash",
            ["event": "restarting", "reason": "crash", "reason_kind": "error", "delay": "0.0"]
        ),
        (
            .restarting(after: .crash, delay: .milliseconds(250)), "a is restarted in 0.25 seconds after: crash",
            ["event": "restarting", "reason": "crash", "reason_kind": "error", "delay": "0.25"]
        ),
        (
            .restarted(after: .shutdown), "a restarted (incarnation 7) after: shutdown",
            ["event": "restarted", "reason": "shutdown", "reason_kind": "shutdown"]
        ),
        (
            .restartFailed(.crash), "a could not be restarted: crash",
            ["event": "restart_failed", "reason": "crash", "reason_kind": "error"]
        ),
        (
            .gaveUp(.restartBudget(budget), .crash),
            "tree gives up: more than 2 restarts within 1.5 seconds; the last was of a, after: crash",
            [
                "event": "gave_up", "reason": "crash", "reason_kind": "error", "cause": "restart_budget",
                "restarts": "2", "period": "1.5",
            ]
        ),
        (
            .gaveUp(.abandonedChildren(65, limit: 64), .crash),
            "tree gives up: 65 abandoned children still run, more than 64; the last to end was a: crash",
            [
                "event": "gave_up", "reason": "crash", "reason_kind": "error", "cause": "abandoned_children",
                "abandoned_children": "65", "limit": "64",
            ]
        ),
        (
            .abandoned(stillRunning: 3),
            "a did not stop in time and was abandoned (incarnation 7); abandoned children that still run: 3",
            ["event": "abandoned", "abandoned_children": "3"]
        ),
        (
            .abandonedEnded(stillRunning: 2),
            "a, abandoned before, has ended (incarnation 7); abandoned children that still run: 2",
            ["event": "abandoned_ended", "abandoned_children": "2"]
        ),
    ]

    @Test("every event has a form for people and one for machines")
    func forms() {
        for (kind, description, particulars) in Self.forms {
            let event = SupervisionEvent(supervisor: "tree", child: "a", incarnation: 7, kind: kind)
            #expect("\(event)" == description)
            let common = ["supervisor": "tree", "child": "a", "incarnation": "7"]
            #expect(event.fields == common.merging(particulars) { $1 })
        }
    }

    @Test("for machines it also says which incarnation went before, and what is left of the budget")
    func restartFields() {
        let event = SupervisionEvent(
            supervisor: "tree", child: "a", incarnation: 7, kind: .restarted(after: .crash), previousIncarnation: 5,
            remainingRestarts: 3)
        #expect(event.fields["previous_incarnation"] == "5")
        #expect(event.fields["remaining_restarts"] == "3")
    }
}
