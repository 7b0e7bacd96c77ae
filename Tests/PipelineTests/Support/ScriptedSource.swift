import Locking

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// Brings what a test tells it to.
final class ScriptedSource: Source {
    let name = "scripted"
    let location = "test"
    private let queue = Locked<[String]>([])
    private let notify = Notify()

    func send(_ data: String...) {
        queue.withLock { $0 += data }
        notify.notify()
    }

    func run(_ intake: StreamIntake) async throws {
        _ = intake.opened()
        while true {
            let batch = queue.withLock { queue in
                defer { queue = [] }
                return queue
            }
            if !batch.isEmpty { try await intake.bring(batch.map { .named($0) }, bytes: 10) }
            try await notify.wait()
        }
    }
}

/// The ids that a source was told to go on after.
final class RecordedIDs: Sendable {
    private let ids = Locked<[String]>([])

    var all: [String] { ids.withLock { $0 } }

    func add(_ id: String) { ids.withLock { $0.append(id) } }
}
