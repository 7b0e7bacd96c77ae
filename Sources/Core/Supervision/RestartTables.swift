// What a supervisor decides by, as tables: how a child's function ended, what is done with the child, which others are
// restarted with it, whether the supervisor ends with it, and as what it then ends itself. OTP has them in `do_restart` and
// `do_auto_shutdown` of `supervisor.erl`. What is done about a decision is in `SupervisorLoop`.

extension ExitReason {
    /// The end of a child's function.
    ///
    /// - Parameters:
    ///   - error: what it threw; nil: it returned.
    ///   - wasAsked: whether it had been asked to stop.
    init(of error: (any Error)?, wasAsked: Bool) {
        self =
            switch (error, wasAsked) {
            case (nil, false): .normal
            case (nil, true): .shutdown
            case (is DeclinedToStart, _): .normal
            case (is Shutdown, _): .shutdown
            case (is CancellationError, true): .shutdown
            case (let error?, _): .error(error)
            }
    }
}

/// What a supervisor does with a child that ended by itself.
enum RestartDecision: Sendable, Hashable {
    case restart
    /// It stays stopped, its specification is kept.
    case keep
    /// It goes, with its specification.
    case remove

    init(_ restart: RestartType, _ reason: ExitReason) {
        self =
            switch (restart, reason) {
            case (.permanent, _): .restart
            case (.transient, .error): .restart
            case (.transient, .normal), (.transient, .shutdown): .keep
            case (.temporary, _): .remove
            }
    }
}

extension Supervisor.Strategy {
    /// The children that are restarted with one, itself included, in start order. Those that were stopped come back too, as
    /// in OTP: a group is in one state.
    func group(of id: ChildID, among children: ChildTable) -> [ChildID] {
        switch self {
        case .oneForOne: [id]
        case .oneForAll: children.ids
        case .restForOne: children.ids(from: id)
        }
    }
}

extension Supervisor.AutoShutdown {
    /// Whether the supervisor ends when a child has ended for good.
    ///
    /// - Parameter living: how many significant children run or will.
    func isDue(afterSignificant isSignificant: Bool, living: Int) -> Bool {
        switch (self, isSignificant) {
        case (.never, _), (_, false): false
        case (.anySignificant, true): true
        case (.allSignificant, true): living == 0
        }
    }
}

extension Supervisor.Ending {
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
