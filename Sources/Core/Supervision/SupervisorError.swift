/// Why a supervisor could not do what it was asked to.
public enum SupervisorError: Error, Sendable, CustomStringConvertible {
    case notRunning
    /// It runs, or has run: a supervisor lives once.
    case alreadyRan
    case notFound(ChildID)
    /// A child of that id runs.
    case alreadyStarted(ChildID)
    /// A child of that id is stopped or about to be restarted.
    case alreadyPresent(ChildID)
    /// The child runs; it must be stopped first.
    case running(ChildID)
    /// The child is about to be restarted.
    case restarting(ChildID)
    case startFailed(ChildID, ExitReason)
    case invalid(InvalidSpecification)
    /// A dynamic supervisor has as many children as it may, those that are restarting included.
    case maxChildren(Int)

    /// In words, for people.
    public var description: String {
        switch self {
        case .notRunning: "the supervisor does not run"
        case .alreadyRan: "the supervisor runs already, or has run: make a new one"
        case .notFound(let id): "there is no child \(id)"
        case .alreadyStarted(let id): "\(id) is already started"
        case .alreadyPresent(let id): "\(id) is already present, but does not run: restart or delete it"
        case .running(let id): "\(id) runs: terminate it first"
        case .restarting(let id): "\(id) is being restarted"
        case .startFailed(let id, let reason): "\(id) did not start: \(reason)"
        case .invalid(let invalid): "\(invalid)"
        case .maxChildren(let limit): "there are \(limit) children, as many as there may be"
        }
    }
}
