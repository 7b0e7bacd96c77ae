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
}
