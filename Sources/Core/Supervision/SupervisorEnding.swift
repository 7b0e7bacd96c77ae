extension Supervisor {
    /// How a supervisor ended.
    public enum Ending: Sendable {
        /// It was asked to stop.
        case stopped
        /// Its restart budget was spent; the last child to end, and why.
        case gaveUp(ChildID, ExitReason)
        /// A child would have had to be replaced by another while more abandoned children than
        /// ``SupervisionRuntime/abandonmentLimit`` still run; only the end of the process frees them. A supervisor
        /// above gives up in its turn rather than start this one again, for as long as they run.
        case tooManyAbandoned(ChildID, count: Int)
        /// A child could not be started at first; or what was to be started is not valid (``InvalidSpecification``),
        /// and nothing was. The identifier is the supervisor's own name when its options, or what gives them, are at
        /// fault.
        case startFailed(ChildID, ExitReason)
        /// It declined to start (OTP's `ignore`).
        case declined
        /// Its significant children had ended.
        case autoShutdown(ChildID)
        /// It was run a second time; the first is not touched by that.
        case alreadyRan
    }
}

extension Supervisor.Ending {
    /// In words, for people, with the supervisor's name as the subject.
    func sentence(about name: String) -> String {
        switch self {
        case .stopped: "\(name) stopped"
        case .gaveUp(let child, let reason):
            "\(name) gave up: \(child) ended too often, the last time with: \(reason)"
        case .tooManyAbandoned(let child, let count):
            "\(name) gave up: \(child) cannot be replaced, because \(count) abandoned children still run"
        case .startFailed(let child, let reason): "\(name) did not start: \(child): \(reason)"
        case .declined: "\(name) declined to start"
        case .autoShutdown(let child): "\(name) ended with its significant child \(child)"
        case .alreadyRan: "\(name) did not start: it was run before, and a supervisor lives once"
        }
    }

    /// How a supervisor that is a child ends: not a stop means an error, or `shutdown` when it gave up (OTP).
    func asChild(named name: String) throws {
        switch self {
        case .stopped: break
        case .gaveUp, .tooManyAbandoned, .autoShutdown: throw Shutdown(because: sentence(about: name))
        case .startFailed(let child, let reason): throw SupervisorError.startFailed(child, reason)
        case .declined: throw DeclinedToStart()
        case .alreadyRan: throw SupervisorError.alreadyRan
        }
    }
}
