import Locking

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// A source that reports what a test tells it to.
final class TellingSource: Source {
    let name: String
    let location = "test"
    let downAfter: Duration
    private let steps = Locked<[@Sendable (StreamIntake) -> Void]>([])
    private let notify = Notify()

    init(_ name: String, downAfter: Duration = .seconds(60)) {
        self.name = name
        self.downAfter = downAfter
    }

    func tell(_ step: @escaping @Sendable (StreamIntake) -> Void) {
        steps.withLock { $0.append(step) }
        notify.notify()
    }

    func run(_ intake: StreamIntake) async throws {
        while true {
            let next = steps.withLock { steps in
                defer { steps = [] }
                return steps
            }
            for step in next { step(intake) }
            try await notify.wait()
        }
    }
}
