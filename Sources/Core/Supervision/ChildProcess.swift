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
        _ specification: ChildSpecification, start: Latch<StartOutcome>, mailbox: Mailbox<Supervisor.Message>,
        runtime: SupervisionRuntime
    ) {
        let incarnation = Self.incarnations.wrappingAdd(1, ordering: .relaxed).newValue
        let ended = Latch<ExitReason?>()
        let context = ChildContext(id: specification.id, incarnation: incarnation, start: start)
        let run = specification.run
        self.incarnation = incarnation
        self.ended = ended
        task = runtime.spawn {
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
            ended.resolve(reason)
            mailbox.send(.exited(context.id, incarnation: incarnation, reason))
        }
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
