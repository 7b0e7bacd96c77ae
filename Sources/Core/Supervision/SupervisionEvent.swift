/// Something that happened in a supervision tree, for whoever watches it.
///
/// `description` is the form for people, ``fields`` the one for machines.
public struct SupervisionEvent: Sendable {
    /// What happened.
    public enum Kind: Sendable {
        /// A child was started, at first or by an operator's hand.
        case started
        /// A child ended.
        case exited(ExitReason)
        /// A child that ended is started again.
        case restarted(after: ExitReason)
        /// A child could not be started again; it is tried once more.
        case restartFailed(ExitReason)
        /// The restart budget is spent: the supervisor stops its children and ends.
        case gaveUp(RestartBudget, ExitReason)
        /// A child did not go within its shutdown budget and was left to itself.
        case abandoned
        /// An abandoned child has ended after all.
        case abandonedEnded
    }

    /// The supervisor's name.
    public var supervisor: String
    /// The child it happened to; when the supervisor gave up, the last one that ended.
    public var child: ChildID
    /// The incarnation of that child.
    public var incarnation: UInt64
    /// What happened.
    public var kind: Kind
}

extension SupervisionEvent.Kind {
    /// The name of the kind, for machines.
    public var name: String {
        switch self {
        case .started: "started"
        case .exited: "exited"
        case .restarted: "restarted"
        case .restartFailed: "restart_failed"
        case .gaveUp: "gave_up"
        case .abandoned: "abandoned"
        case .abandonedEnded: "abandoned_ended"
        }
    }
}

extension SupervisionEvent: CustomStringConvertible {
    /// The form for people.
    public var description: String {
        switch kind {
        case .started: "\(child) started (incarnation \(incarnation))"
        case .exited(let reason): "\(child) ended: \(reason)"
        case .restarted(let reason): "\(child) restarted (incarnation \(incarnation)) after: \(reason)"
        case .restartFailed(let reason): "\(child) could not be restarted: \(reason)"
        case .gaveUp(let budget, let reason):
            "\(supervisor) gives up: more than \(budget.restarts) restarts within \(budget.period); the last was of \(child), after: \(reason)"
        case .abandoned: "\(child) did not stop in time and was abandoned (incarnation \(incarnation))"
        case .abandonedEnded: "\(child), abandoned before, has ended (incarnation \(incarnation))"
        }
    }

    /// The event as key and value, for structured logs.
    public var fields: [String: String] {
        var fields = [
            "supervisor": supervisor, "child": child.name, "incarnation": "\(incarnation)", "event": kind.name,
        ]
        switch kind {
        case .exited(let reason), .restarted(let reason), .restartFailed(let reason), .gaveUp(_, let reason):
            fields["reason"] = "\(reason)"
        case .started, .abandoned, .abandonedEnded: break
        }
        return fields
    }
}
