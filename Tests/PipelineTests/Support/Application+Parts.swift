import Locking
import Supervision

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import Tree

/// The parts of a tree, for who looks at them one by one.
extension Application {
    var kernel: ErrorKernel { topology.kernel }
    var settings: ApplicationSettings { kernel.live.current.settings }
    var ledger: LedgerStore { kernel.ledger }
    var intake: Intake { kernel.intake }
    var pool: Pool { kernel.pool }
    var flow: FlowState { kernel.flow }
    var runtime: SupervisionRuntime { kernel.runtime }
    var supervisor: Supervisor { topology.root }
    var streams: StreamChildren { topology.streams }
    var stateWriter: StateWriter { topology.stateWriter }
    var events: EventLog { topology.events }

    /// Admits all stored dead letters anew that are meant: those that there are now, not those that die meanwhile. Returns how
    /// many.
    @discardableResult
    func replay(_ filter: DeadLetterFilter = DeadLetterFilter(), limit: Int = .max) async throws -> Int {
        var filter = filter
        filter.through = min(filter.through, try await stateWriter.store.newestDeadLetter() ?? 0)
        return try await replay(Array(deadLetters(filter, limit: 10_000).prefix(limit)))
    }
}

extension Intake {
    /// Admits what the window lets in, and lets go who waited for that. Returns how many events that were.
    @discardableResult
    func admit(at now: Duration = .zero) -> Int {
        let (count, waiters) = withLock { intake, ledger in
            defer { ledger.noteAdmission() }
            return intake.queue.admit(into: &ledger, at: now)
        }
        for waiter in waiters { waiter.resume(returning: true) }
        return count
    }
}
