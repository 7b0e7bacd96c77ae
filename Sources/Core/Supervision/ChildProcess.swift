import Synchronization

/// One incarnation of a child: its task, and the wait for its end.
struct ChildProcess: Sendable {
    let incarnation: UInt64
    let task: Task<Void, Never>
    /// How it ended; nil when it was abandoned before that.
    let ended: Latch<ExitReason?>

    private static let incarnations = Atomic<UInt64>(0)

    /// Starts a child's function in a task of its own, which reports its end to `mailbox`.
    init(
        _ specification: ChildSpecification, start: Latch<StartOutcome>?, mailbox: Mailbox<Supervisor.Message>,
        runtime: SupervisionRuntime
    ) {
        let incarnation = Self.incarnations.wrappingAdd(1, ordering: .relaxed).newValue
        let ended = Latch<ExitReason?>()
        let context = ChildContext(id: specification.id, incarnation: incarnation, start: start)
        let run = specification.run
        self.incarnation = incarnation
        self.ended = ended
        task = runtime.spawn {
            let end: (reason: ExitReason, start: StartOutcome)
            do {
                try await run(context)
                end = Self.end(nil)
            } catch {
                end = Self.end(error)
            }
            let reason = end.reason
            context.start?.resolve(end.start)
            ended.resolve(reason)
            mailbox.send(.exited(context.id, incarnation: incarnation, reason))
        }
    }

    /// What a child's function ended with, by its error: also what it means for a start that was still waited for.
    ///
    /// Not inlined: the error's casts would take room in the frame of every child that waits.
    @inline(never)
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

    /// Asks the child to stop and waits for as long as its budget says, counted from `asked`. Nil: it did not go, and is abandoned.
    func stop(
        within budget: ShutdownBudget, since asked: Duration, runtime: SupervisionRuntime
    ) async -> ExitReason? {
        task.cancel()
        let alarm: Task<Void, Never>?
        switch budget {
        case .infinity: alarm = nil
        case .brutalKill:
            ended.resolve(nil)
            alarm = nil
        case .timeout(let duration):
            let deadline = asked + duration
            alarm = runtime.spawn { [ended] in
                try? await runtime.sleep(until: deadline)
                if !Task.isCancelled { ended.resolve(nil) }
            }
        }
        defer { alarm?.cancel() }
        return await ended.value
    }
}
