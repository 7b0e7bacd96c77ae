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
        /// It is decided that a child that ended is started again, after that delay; zero is at once.
        case restarting(after: ExitReason, delay: Duration)
        /// A child that ended has been started again, or one whose sibling ended, with it.
        case restarted(after: ExitReason)
        /// A child could not be started again; it is tried once more.
        case restartFailed(ExitReason)
        /// The supervisor stops its children and ends, for that cause; the reason is that of the last child to end.
        case gaveUp(Cause, ExitReason)
        /// A child did not go within its shutdown budget and was left to itself. With it, so many of the tree still
        /// run.
        case abandoned(stillRunning: Int)
        /// An abandoned child has ended after all. So many of the tree still run.
        case abandonedEnded(stillRunning: Int)
    }

    /// Why a supervisor gives up.
    public enum Cause: Sendable, Hashable {
        /// It had more restarts than that.
        case restartBudget(RestartBudget)
        /// So many abandoned children of the tree still run, more than the limit.
        case abandonedChildren(Int, limit: Int)
    }

    /// The supervisor's name.
    public var supervisor: String
    /// The child it happened to; when the supervisor gave up, the last one that ended.
    public var child: ChildID
    /// The incarnation of that child: of one that was restarted, the new one; of one that could not be, the one that
    /// failed.
    public var incarnation: UInt64
    /// What happened.
    public var kind: Kind
    /// Of a child that was restarted, or could not be: the incarnation before that, which ended. 0 when there was none.
    public var previousIncarnation: UInt64?
    /// Of a restart, an attempt at one, or giving up: how many more the supervisor bears at this moment.
    public var remainingRestarts: Int?
}

extension SupervisionEvent.Kind {
    /// The name of the kind, for machines.
    public var name: String {
        switch self {
        case .started: "started"
        case .exited: "exited"
        case .restarting: "restarting"
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
        case .restarting(let reason, .zero): "\(child) is restarted after: \(reason)"
        case .restarting(let reason, let delay): "\(child) is restarted in \(delay) after: \(reason)"
        case .restarted(let reason): "\(child) restarted (incarnation \(incarnation)) after: \(reason)"
        case .restartFailed(let reason): "\(child) could not be restarted: \(reason)"
        case .gaveUp(.restartBudget(let budget), let reason):
            "\(supervisor) gives up: more than \(budget.restarts) restarts within \(budget.period); the last was of \(child), after: \(reason)"
        case .gaveUp(.abandonedChildren(let count, let limit), let reason):
            "\(supervisor) gives up: \(count) abandoned children still run, more than \(limit); the last to end was \(child): \(reason)"
        case .abandoned(let count):
            "\(child) did not stop in time and was abandoned (incarnation \(incarnation)); abandoned children that still run: \(count)"
        case .abandonedEnded(let count):
            "\(child), abandoned before, has ended (incarnation \(incarnation)); abandoned children that still run: \(count)"
        }
    }

    /// The event as key and value, for structured logs. Durations are in seconds.
    ///
    /// Always there: `supervisor`, `child`, `incarnation`, `event` (the kind's name). Where they apply: `reason` (for
    /// people) and `reason_kind` (`normal`, `shutdown`, `error`), `previous_incarnation`, `remaining_restarts`,
    /// `delay`, `cause` (`restart_budget` with `restarts` and `period`, or `abandoned_children` with `limit`), and
    /// `abandoned_children`, how many of the tree still run.
    public var fields: [String: String] {
        var fields = [
            "supervisor": supervisor, "child": child.name, "incarnation": "\(incarnation)", "event": kind.name,
        ]
        fields["previous_incarnation"] = previousIncarnation.map { "\($0)" }
        fields["remaining_restarts"] = remainingRestarts.map { "\($0)" }
        if let reason {
            fields["reason"] = "\(reason)"
            fields["reason_kind"] = reason.kind
        }
        switch kind {
        case .restarting(_, let delay): fields["delay"] = Self.seconds(delay)
        case .gaveUp(.restartBudget(let budget), _):
            fields["cause"] = "restart_budget"
            fields["restarts"] = "\(budget.restarts)"
            fields["period"] = Self.seconds(budget.period)
        case .gaveUp(.abandonedChildren(let count, let limit), _):
            fields["cause"] = "abandoned_children"
            fields["abandoned_children"] = "\(count)"
            fields["limit"] = "\(limit)"
        case .abandoned(let count), .abandonedEnded(let count): fields["abandoned_children"] = "\(count)"
        case .started, .exited, .restarted, .restartFailed: break
        }
        return fields
    }

    /// How the child ended that the event is about; nil when it is not about an end.
    public var reason: ExitReason? {
        switch kind {
        case .exited(let reason), .restarting(let reason, _), .restarted(let reason), .restartFailed(let reason),
            .gaveUp(_, let reason):
            reason
        case .started, .abandoned, .abandonedEnded: nil
        }
    }

    private static func seconds(_ duration: Duration) -> String { "\(duration / .seconds(1))" }
}
