import Locking

typealias Reply<Answer: Sendable> = CheckedContinuation<Result<Answer, SupervisorError>, Never>

extension Supervisor {
    /// What a supervisor's mailbox receives.
    enum Message: Sendable {
        case stop
        case exited(ChildID, incarnation: UInt64, ExitReason)
        /// Try again to start a child whose restart failed.
        case retry(ChildID, ExitReason)
        /// A child that was told to exit did not go in time.
        case exitOverdue(ChildID, incarnation: UInt64)
        case startChild(ChildSpecification, Reply<UInt64>)
        case terminateChild(ChildID, Reply<Void>)
        case restartChild(ChildID, Reply<UInt64>)
        case deleteChild(ChildID, Reply<Void>)
        case exit(ChildID, UInt64?, any Error, Reply<UInt64>)
        case whichChildren(Reply<[ChildInfo]>)

        /// Answers a message that the supervisor did not live to read.
        func refuse() {
            switch self {
            case .stop, .exited, .retry, .exitOverdue: break
            case .startChild(_, let reply), .restartChild(_, let reply), .exit(_, _, _, let reply):
                reply.resume(returning: .failure(.notRunning))
            case .terminateChild(_, let reply), .deleteChild(_, let reply):
                reply.resume(returning: .failure(.notRunning))
            case .whichChildren(let reply): reply.resume(returning: .failure(.notRunning))
            }
        }
    }
}

/// Whether the supervisor was asked to stop: it must notice also while it waits for a child to start.
final class StopRequest: Sendable {
    private struct State {
        var isRequested = false
        var starting: Latch<StartOutcome>?
    }

    private let state = Locked(State())

    var isRequested: Bool { state.withLock(\.isRequested) }

    func request() {
        let starting = state.withLock { state in
            state.isRequested = true
            return state.starting.take()
        }
        starting?.resolve(.interrupted)
    }

    /// Waits for a start, but not longer than until the supervisor is asked to stop.
    func outcome(of start: Latch<StartOutcome>) async -> StartOutcome {
        let isRequested = state.withLock { state in
            if !state.isRequested { state.starting = start }
            return state.isRequested
        }
        if isRequested { start.resolve(.interrupted) }
        let outcome = await start.value
        state.withLock { $0.starting = nil }
        return outcome
    }
}
