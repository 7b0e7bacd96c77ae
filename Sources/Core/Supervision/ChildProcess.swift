import Synchronization

/// One incarnation of a child: its task, and the wait for its end.
struct ChildProcess: Sendable {
    let incarnation: UInt64
    let task: Task<Void, Never>
    /// How it ended; nil when it was left to itself before that.
    let ended: Latch<ExitReason?>

    private static let incarnations = Atomic<UInt64>(0)

    /// Starts a child's function in a task of its own, which reports its end to the supervisor's mailbox.
    init(_ specification: ChildSpecification, start: Latch<StartOutcome>, of supervisor: Supervisor) {
        let incarnation = Self.incarnations.wrappingAdd(1, ordering: .relaxed).newValue
        let ended = Latch<ExitReason?>()
        let context = ChildContext(id: specification.id, incarnation: incarnation, start: start)
        let run = specification.run
        self.incarnation = incarnation
        self.ended = ended
        task = supervisor.runtime.spawn {
            var declined = false
            let reason: ExitReason
            do {
                try await run(context)
                reason = Task.isCancelled ? .shutdown : .normal
            } catch is DeclinedToStart {
                declined = true
                reason = .normal
            } catch is Shutdown {
                reason = .shutdown
            } catch is CancellationError where Task.isCancelled {
                reason = .shutdown
            } catch {
                reason = .error(error)
            }
            context.start.resolve(declined ? .declined : .ended(reason))
            let wasAbandoned = !ended.resolve(reason)
            // Here, and not in the supervisor: that may have ended long ago.
            if wasAbandoned { supervisor.runtime.abandoned.remove(incarnation) }
            let isReported = supervisor.mailbox.send(.exited(context.id, incarnation: incarnation, reason))
            if wasAbandoned, !isReported { supervisor.reportEndOfAbandoned(context.id, incarnation) }
        }
    }

    /// Stops the wait for its end, now or when its budget is used up. The alarm is to be cancelled when it has ended.
    static func limitWait(
        for ends: [Latch<ExitReason?>], to budget: ShutdownBudget, since asked: Duration, runtime: SupervisionRuntime
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
