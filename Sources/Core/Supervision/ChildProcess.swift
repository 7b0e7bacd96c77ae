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
        let (reason, outcome) = end(error)
        context.start?.resolve(outcome)
        let wasAbandoned = !ended.resolve(reason)
        // Here, and not in the supervisor: that may have ended long ago.
        if wasAbandoned { supervisor.runtime.abandoned.remove(context.incarnation) }
        let isReported = supervisor.mailbox.send(.exited(context.id, incarnation: context.incarnation, reason))
        if wasAbandoned, !isReported { supervisor.reportEndOfAbandoned(context.id, context.incarnation) }
    }

    /// What a child's function ended with, by its error: also what it means for a start that was still waited for.
    private static func end(_ error: (any Error)?) -> (reason: ExitReason, start: StartOutcome) {
        let reason: ExitReason
        switch error {
        case nil: reason = Task.isCancelled ? .shutdown : .normal
        case is DeclinedToStart: return (.normal, .declined)
        case is Shutdown: reason = .shutdown
        case is CancellationError where Task.isCancelled: reason = .shutdown
        case let error?: reason = .error(error)
        }
        return (reason, .ended(reason))
    }

    /// Stops the wait for its end, now or when its budget is used up. The alarm is to be cancelled when it has ended.
    static func limitWait(
        for ends: [OneShot<ExitReason?>], to budget: ShutdownBudget, since asked: Duration, runtime: SupervisionRuntime
    ) -> Task<Void, Never>? {
        switch budget {
        case .infinity: return nil
        case .brutalKill:
            for end in ends { end.resolve(nil) }
            return nil
        case .timeout(let duration):
            return runtime.alarm(at: asked + duration) { for end in ends { end.resolve(nil) } }
        }
    }
}
