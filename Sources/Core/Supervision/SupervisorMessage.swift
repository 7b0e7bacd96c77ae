typealias Reply<Answer: Sendable> = CheckedContinuation<Result<Answer, SupervisorError>, Never>

extension Supervisor {
    /// What a supervisor's mailbox receives.
    enum Message: Sendable {
        case stop
        case exited(ChildID, incarnation: UInt64, ExitReason)
        /// Try again to start a child whose restart failed.
        case retry(ChildID, number: UInt64, ExitReason)
        /// The restart of a child was delayed, and is due.
        case restartDue(ChildID, number: UInt64, ExitReason)
        /// A child that was told to exit did not go in time.
        case exitOverdue(ChildID, incarnation: UInt64)
        case startChild(ChildSpecification, Reply<StartedChild>)
        case startDynamicChild(@Sendable (ChildContext) async throws -> Void, Reply<StartedChild>)
        case terminateChild(ChildID, Reply<Void>)
        case restartChild(ChildID, Reply<StartedChild>)
        case deleteChild(ChildID, Reply<Void>)
        case exit(ChildID, UInt64?, any Error, Reply<UInt64>)
        case whichChildren(Reply<[ChildInfo]>)
        case countChildren(Reply<ChildCounts>)
        case look(Reply<SupervisorLook>)
        /// `commit` is called when the plan is taken.
        case reload(SupervisorPlan, commit: @Sendable () -> Void, Reply<Void>)

        /// Answers a message that the supervisor did not live to read.
        func refuse() {
            switch self {
            case .stop, .exited, .retry, .restartDue, .exitOverdue: break
            case .startChild(_, let reply), .startDynamicChild(_, let reply), .restartChild(_, let reply):
                reply.resume(returning: .failure(.notRunning))
            case .terminateChild(_, let reply), .deleteChild(_, let reply), .reload(_, _, let reply):
                reply.resume(returning: .failure(.notRunning))
            case .exit(_, _, _, let reply): reply.resume(returning: .failure(.notRunning))
            case .whichChildren(let reply): reply.resume(returning: .failure(.notRunning))
            case .countChildren(let reply): reply.resume(returning: .failure(.notRunning))
            case .look(let reply): reply.resume(returning: .failure(.notRunning))
            }
        }
    }
}
