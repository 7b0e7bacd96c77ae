import Locking
import Synchronization

/// One incarnation of a child: its task, and the wait for its end.
struct ChildProcess: Sendable {
    let incarnation: UInt64
    let task: Task<Void, Never>
    /// How it ended; nil when it was left to itself before that.
    let ended: OneShot<ExitReason?>

    private static let incarnations = Atomic<UInt64>(0)

    /// Starts a child's function in a task of its own, which reports its end to the supervisor's mailbox.
    init(_ specification: ChildSpecification, start: OneShot<StartOutcome>?, of supervisor: Supervisor) {
        let incarnation = Self.incarnations.wrappingAdd(1, ordering: .relaxed).newValue
        let ended = OneShot<ExitReason?>()
        let context = ChildContext(id: specification.id, incarnation: incarnation, start: start)
        let run = specification.run
        self.incarnation = incarnation
        self.ended = ended
        task = supervisor.runtime.spawn {
            do {
                try await run(context)
                Self.report(nil, context, ended, to: supervisor)
            } catch {
                Self.report(error, context, ended, to: supervisor)
            }
        }
    }

    /// Tells everybody whom it concerns that a child's function has ended, and how.
    ///
    /// Not inlined: it would take room in the frame of every child that waits.
    @inline(never)
    private static func report(
        _ error: (any Error)?, _ context: ChildContext, _ ended: OneShot<ExitReason?>, to supervisor: Supervisor
    ) {
        let reason = ExitReason(of: error, wasAsked: Task.isCancelled)
        context.start?.resolve(error is DeclinedToStart ? .declined : .ended(reason))
        let (id, incarnation) = (context.id, context.incarnation)
        if ended.resolve(reason) {
            supervisor.mailbox.send(.exited(id, incarnation: incarnation, reason))
        } else {
            // Here, and not in the supervisor: that may have ended long ago.
            supervisor.runtime.abandoned.remove(incarnation)
            let isReported = supervisor.mailbox.send(.abandonedEnded(id, incarnation: incarnation))
            if !isReported { supervisor.reportEndOfAbandoned(id, incarnation) }
        }
    }
}

extension ShutdownBudget {
    /// Calls `action` when the budget of children that were asked to go is used up: now, later or never. The alarm is to be
    /// cancelled when they have gone.
    func limit(
        since asked: Duration, by runtime: SupervisionRuntime, _ action: @escaping @Sendable () -> Void
    ) -> Task<Void, Never>? {
        switch self {
        case .infinity: return nil
        case .brutalKill:
            action()
            return nil
        case .timeout(let duration): return runtime.alarm(at: asked + duration, action)
        }
    }
}
