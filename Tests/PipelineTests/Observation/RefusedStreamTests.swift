import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("A stream that its server refuses")
struct RefusedStreamTests {
    @Test("makes the daemon degraded with what the server said, until it is open or something else keeps it down")
    func degraded() {
        let source = TellingSource("a")
        let tree = VirtualTree([source], handler: DirectedHandler { _, _ in .done })
        func told(_ step: @escaping @Sendable (StreamIntake) -> Void) -> ApplicationStatus {
            source.tell(step)
            tree.settle()
            return tree.status
        }
        let reason = "the server answered 404: <h1>maintenance</h1>"
        #expect(told { $0.connecting() }.state == .running)
        let refused = told { $0.waiting(for: .seconds(60), because: reason, isRefused: true) }
        #expect(refused.state == .degraded && refused.problems.map(\.kind) == [.streamRefused])
        #expect(refused.degradedBecause == "stream a: is refused, try 1, next in 1m: \(reason)")
        // While it is tried again, it has not healed.
        #expect(told { $0.connecting() }.state == .degraded)
        let down = told { $0.waiting(for: .seconds(1), because: "connection refused") }
        #expect(down.state == .running && down.streams[0].error == "connection refused")
        _ = told { $0.waiting(for: .seconds(60), because: reason, isRefused: true) }
        #expect(told { _ = $0.opened() }.state == .running)
        _ = told { $0.waiting(for: .seconds(60), because: reason, isRefused: true) }
        let ended = told { $0.failed(because: "204") }
        #expect(ended.degradedBecause == "stream a: has ended for good: 204")
        tree.finish()
    }
}
