/// The supervisor's process: one message after another, as in OTP's `supervisor`. Static and dynamic supervisors differ
/// in who names the children, and in whether a child that is not restarted is kept.
struct SupervisorLoop {
    let supervisor: Supervisor
    var options: Supervisor.Options
    /// Nil: the supervisor is static.
    var template: SupervisorPlan.Template?
    let initial: [ChildSpecification]
    var children = ChildTable()
    var intensity: RestartIntensity
    /// Children that were left to themselves and have not ended yet.
    var abandoned: Set<UInt64> = []
    var lastRetry: UInt64 = 0
    /// The number of the last child of a dynamic supervisor.
    var lastDynamicChild: UInt64 = 0

    var runtime: SupervisionRuntime { supervisor.runtime }

    private init(_ supervisor: Supervisor, _ plan: SupervisorPlan) {
        self.supervisor = supervisor
        options = plan.options
        template = plan.template
        initial = plan.children
        intensity = RestartIntensity(plan.options.budget)
        children.reserveCapacity(plan.children.count)
    }

    /// Lives from the start to the end of a supervisor.
    static func run(_ supervisor: Supervisor, _ context: ChildContext?) async -> Supervisor.Ending {
        var loop: Self?
        let ending: Supervisor.Ending
        do {
            if let plan = try await supervisor.plan() {
                loop = Self(supervisor, plan)
                ending = await loop!.live(context, plan)
            } else {
                ending = .declined
            }
        } catch {
            ending = supervisor.stopping.isRequested ? .stopped : .startFailed(ChildID(supervisor.name), .error(error))
        }
        for message in supervisor.mailbox.close() {
            if case .exited(let id, let incarnation, _) = message, loop?.abandoned.contains(incarnation) == true {
                supervisor.reportEndOfAbandoned(id, incarnation)
            }
            message.refuse()
        }
        return ending
    }

    private mutating func live(_ context: ChildContext?, _ plan: SupervisorPlan) async -> Supervisor.Ending {
        if let (id, invalid) = plan.invalidPart(of: supervisor.name) { return .startFailed(id, .error(invalid)) }
        for specification in initial {
            children[specification.id] = Child(specification)
            switch await start(specification.id) {
            case .ready: emit(specification.id, .started)
            case .declined: retire(specification.id)
            case .interrupted:
                await stopAll()
                return .stopped
            case .ended(let reason):
                await stopAll()
                return .startFailed(specification.id, reason)
            }
        }
        context?.ready()
        while true {
            if let ending = await handle(supervisor.mailbox.receive()) { return ending }
        }
    }

    /// Handles one message. Not nil: the supervisor has ended.
    private mutating func handle(_ message: Supervisor.Message) async -> Supervisor.Ending? {
        switch message {
        case .stop:
            await stopAll()
            return .stopped
        case .exited(let id, let incarnation, let reason):
            return await exited(id, incarnation, reason)
        case .retry(let id, let number, let reason):
            guard isAwaited(id, number) else { return nil }
            // A child that cannot start burns the budget, whatever the reason: that is no input's fault.
            return await restart(id, after: reason, isCharged: true)
        case .restartDue(let id, let number, let reason):
            guard isAwaited(id, number) else { return nil }
            return await replace(id, after: reason, isHung: false)
        case .exitOverdue(let id, let incarnation):
            return await exitOverdue(id, incarnation)
        case .startChild(let specification, let reply):
            reply.resume(returning: await startChild(specification))
        case .startDynamicChild(let run, let reply):
            reply.resume(returning: await startDynamicChild(run))
        case .terminateChild(let id, let reply):
            reply.resume(returning: await terminateChild(id))
        case .restartChild(let id, let reply):
            reply.resume(returning: await restartChild(id))
        case .deleteChild(let id, let reply):
            reply.resume(returning: deleteChild(id))
        case .exit(let id, let incarnation, let error, let reply):
            reply.resume(returning: exit(id, incarnation, error))
        case .whichChildren(let reply):
            reply.resume(returning: .success(children.all.map(\.info)))
        case .countChildren(let reply):
            var counts = children.counts
            // In OTP, too, a dynamic supervisor has one specification, however many children.
            if template != nil { counts.specs = 1 }
            reply.resume(returning: .success(counts))
        case .look(let reply):
            reply.resume(
                returning: .success(
                    SupervisorLook(
                        strategy: options.strategy, budget: options.budget,
                        remainingRestarts: intensity.remaining(at: runtime.now), children: children.all.map(\.info))))
        case .reload(let plan, let commit, let reply):
            reply.resume(returning: reload(plan, commit))
        }
        return nil
    }

    func emit(
        _ id: ChildID, _ kind: SupervisionEvent.Kind, incarnation: UInt64? = nil, replacing previous: UInt64? = nil
    ) {
        let remaining: Int? =
            switch kind {
            case .restarting, .restarted, .restartFailed, .gaveUp: intensity.remaining(at: runtime.now)
            case .started, .exited, .abandoned, .abandonedEnded: nil
            }
        supervisor.observer(
            SupervisionEvent(
                supervisor: supervisor.name, child: id, incarnation: incarnation ?? children[id]?.incarnation ?? 0,
                kind: kind, previousIncarnation: previous, remainingRestarts: remaining))
    }
}
