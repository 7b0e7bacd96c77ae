import Locking
import Supervision

/// The children that stream_supervisor is to have, and its living incarnation.
///
/// Both lie behind one lock. Whoever changes the children either finds the incarnation that began with the old ones, and
/// tells it of the change, or is there before the next one takes its list.
package final class StreamChildren: Sendable {
    private struct State {
        var specifications: [ChildSpecification]
        var supervisor: Supervisor?
    }

    private let state: Locked<State>

    package init(_ specifications: [ChildSpecification]) {
        state = Locked(State(specifications: specifications))
    }

    /// A new incarnation of stream_supervisor begins with the present children.
    package func begin(_ make: ([ChildSpecification]) -> Supervisor) -> Supervisor {
        state.withLock { state in
            let supervisor = make(state.specifications)
            state.supervisor = supervisor
            return supervisor
        }
    }

    /// The supervisor of the living incarnation; nil before the first.
    package var current: Supervisor? { state.withLock(\.supervisor) }

    /// Adds a child and starts it. If stream_supervisor does not run, its next incarnation does that.
    func add(_ specification: ChildSpecification) async {
        let supervisor = state.withLock { state in
            state.specifications.append(specification)
            return state.supervisor
        }
        _ = try? await supervisor?.startChild(specification)
    }

    /// Stops a child and removes it.
    func remove(_ id: ChildID) async {
        let supervisor = state.withLock { state in
            state.specifications.removeAll { $0.id == id }
            return state.supervisor
        }
        guard let supervisor else { return }
        _ = try? await supervisor.terminateChild(id)
        _ = try? await supervisor.deleteChild(id)
    }

    /// Stops a child and starts it again; that is not charged to anybody.
    ///
    /// - Parameter change: what is changed in between; also when there is no supervisor.
    func restart(_ id: ChildID, change: () -> Void = {}) async {
        var last = current
        _ = try? await last?.terminateChild(id)
        change()
        _ = try? await last?.restartChild(id)
        // An incarnation of stream_supervisor that has come meanwhile may have started the child before the change.
        while let next = current, next !== last {
            last = next
            _ = try? await next.terminateChild(id)
            _ = try? await next.restartChild(id)
        }
    }
}
