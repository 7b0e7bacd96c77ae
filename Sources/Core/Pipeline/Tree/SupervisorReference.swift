import Locking
import Supervision

/// Points to the supervisor of the living incarnation of a child that is one.
final class SupervisorReference: Sendable {
    private let supervisor = Locked<Supervisor?>(nil)

    func set(_ supervisor: Supervisor) { self.supervisor.withLock { $0 = supervisor } }

    var current: Supervisor? { supervisor.withLock { $0 } }
}
