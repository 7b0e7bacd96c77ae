import DequeModule

/// The supervisor's process: one message after another, as in OTP's `supervisor`.
struct SupervisorLoop {
    private let supervisor: Supervisor
    private var children: [ChildID: Child] = [:]
    private var intensity: RestartIntensity
    private var nextOrder: UInt64 = 0
    /// Children that were left to themselves and have not ended yet.
    private var abandoned: Set<UInt64> = []

    private struct Child {
        enum State {
            case running(ChildProcess)
            case restarting
            case stopped
        }

        var specification: ChildSpecification
        /// Its place in the start order.
        var order: UInt64
        var state: State = .stopped
        var incarnation: UInt64 = 0
        var restarts = 0
        /// Set while it was told to exit: what it is to have ended with.
        var exitError: (any Error)?
        /// Rings when a child that was told to exit has not done so within its budget.
        var exitAlarm: Task<Void, Never>?

        var info: ChildInfo {
            let state: ChildInfo.State =
                switch self.state {
                case .running: .running
                case .restarting: .restarting
                case .stopped: .stopped
                }
            return ChildInfo(
                id: specification.id, state: state, kind: specification.kind, incarnation: incarnation,
                restarts: restarts)
        }
    }

    init(_ supervisor: Supervisor) {
        self.supervisor = supervisor
        intensity = RestartIntensity(supervisor.options.budget)
        children.reserveCapacity(supervisor.children.count)
    }

    mutating func run(_ context: ChildContext?) async -> Supervisor.Ending {
        let ending = await live(context)
        for message in supervisor.mailbox.close() { message.refuse() }
        return ending
    }

    private mutating func live(_ context: ChildContext?) async -> Supervisor.Ending {
        if let (id, invalid) = supervisor.invalidPart { return .startFailed(id, .error(invalid)) }
        for specification in supervisor.children {
            add(specification)
            switch await start(specification.id) {
            case .ready: emit(specification.id, .started)
            case .declined: if specification.restart == .temporary { children[specification.id] = nil }
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
        case .retry(let id, let reason):
            guard case .restarting? = children[id]?.state else { return nil }
            // A child that cannot start burns the budget, whatever the reason: that is no input's fault.
            return await restart(id, after: reason, isCharged: true)
        case .exitOverdue(let id, let incarnation):
            guard case .running(let process)? = children[id]?.state, process.incarnation == incarnation else {
                return nil
            }
            abandon(id, process)
            return await ended(id, reason: .shutdown)
        case .startChild(let specification, let reply):
            reply.resume(returning: await startChild(specification))
        case .terminateChild(let id, let reply):
            reply.resume(returning: await terminateChild(id))
        case .restartChild(let id, let reply):
            reply.resume(returning: await restartChild(id))
        case .deleteChild(let id, let reply):
            reply.resume(returning: deleteChild(id))
        case .exit(let id, let incarnation, let error, let reply):
            reply.resume(returning: exit(id, incarnation, error))
        case .whichChildren(let reply):
            reply.resume(returning: .success(inStartOrder().map { children[$0]!.info }))
        }
        return nil
    }

    // MARK: - The end of a child

    private mutating func exited(
        _ id: ChildID, _ incarnation: UInt64, _ reason: ExitReason
    ) async -> Supervisor.Ending? {
        if abandoned.remove(incarnation) != nil {
            emit(id, .abandonedEnded, incarnation)
            return nil
        }
        // An exit that the supervisor has already dealt with (a stop, a group restart) is of an incarnation that has gone.
        guard case .running(let process)? = children[id]?.state, process.incarnation == incarnation else { return nil }
        return await ended(id, reason: reason)
    }

    private mutating func ended(_ id: ChildID, reason reported: ExitReason) async -> Supervisor.Ending? {
        guard let child = children[id] else { return nil }
        let reason = child.exitError.map(ExitReason.error) ?? reported
        child.exitAlarm?.cancel()
        children[id]?.exitAlarm = nil
        children[id]?.exitError = nil
        emit(id, .exited(reason))
        switch RestartDecision(child.specification.restart, reason) {
        case .restart:
            return await restart(id, after: reason, isCharged: child.specification.isCharged(reason))
        case .keep:
            children[id]?.state = .stopped
        case .remove:
            children[id] = nil
        }
        return await autoShutdown(after: child.specification)
    }

    private mutating func autoShutdown(after specification: ChildSpecification) async -> Supervisor.Ending? {
        guard specification.isSignificant else { return nil }
        switch supervisor.options.autoShutdown {
        case .never: return nil
        case .anySignificant: break
        case .allSignificant:
            let othersLive = children.values.contains { child in
                if case .stopped = child.state { return false }
                return child.specification.isSignificant
            }
            if othersLive { return nil }
        }
        await stopAll()
        return .autoShutdown(specification.id)
    }

    private mutating func restart(
        _ id: ChildID, after reason: ExitReason, isCharged: Bool
    ) async -> Supervisor.Ending? {
        children[id]?.state = .stopped
        if isCharged, !intensity.allowsRestart(at: supervisor.runtime.now) {
            emit(id, .gaveUp(supervisor.options.budget, reason))
            await stopAll()
            return .gaveUp(id, reason)
        }
        let group = restartGroup(of: id)
        for other in group.reversed() where other != id {
            await stop(other)
            if children[other]?.specification.restart == .temporary { children[other] = nil }
        }
        for member in group where children[member] != nil {
            switch await start(member) {
            case .ready:
                children[member]?.restarts += 1
                emit(member, .restarted(after: reason))
            case .declined:
                if children[member]?.specification.restart == .temporary { children[member] = nil }
            case .interrupted:
                // The request to stop is the next message.
                return nil
            case .ended(let failure):
                children[member]?.state = .restarting
                emit(member, .restartFailed(failure))
                // By way of the mailbox, so that the supervisor keeps answering. What comes after it in the group is stopped
                // meanwhile; this one's restart takes it along.
                supervisor.mailbox.send(.retry(member, failure))
                return nil
            }
        }
        return nil
    }

    /// The children that are restarted with this one, itself included, in start order. Those that were stopped come back too, as
    /// in OTP: a group is in one state.
    private func restartGroup(of id: ChildID) -> [ChildID] {
        switch supervisor.options.strategy {
        case .oneForOne: [id]
        case .oneForAll: inStartOrder()
        case .restForOne: Array(inStartOrder().drop { $0 != id })
        }
    }

    // MARK: - Start and stop

    private mutating func add(_ specification: ChildSpecification) {
        children[specification.id] = Child(specification: specification, order: nextOrder)
        nextOrder += 1
    }

    private mutating func start(_ id: ChildID) async -> StartOutcome {
        let specification = children[id]!.specification
        let start = specification.startup == .whenReady ? Latch<StartOutcome>() : nil
        let process = ChildProcess(
            specification, start: start, mailbox: supervisor.mailbox, runtime: supervisor.runtime)
        children[id]?.state = .running(process)
        children[id]?.incarnation = process.incarnation
        guard let start else { return .ready }
        let outcome = await supervisor.stopping.outcome(of: start)
        switch outcome {
        case .ready, .interrupted: break
        case .ended, .declined: children[id]?.state = .stopped
        }
        return outcome
    }

    /// Stops a child that runs; its state is then `stopped`. Its budget runs from when it was `asked`, if that was before.
    private mutating func stop(_ id: ChildID, asked: Duration? = nil) async {
        guard let child = children[id], case .running(let process) = child.state else {
            children[id]?.state = .stopped
            return
        }
        let (budget, runtime) = (child.specification.shutdown, supervisor.runtime)
        child.exitAlarm?.cancel()
        children[id]?.exitAlarm = nil
        children[id]?.exitError = nil
        if let reason = await process.stop(within: budget, since: asked ?? runtime.now, runtime: runtime) {
            emit(id, .exited(reason))
        } else {
            abandon(id, process)
        }
        children[id]?.state = .stopped
    }

    private mutating func abandon(_ id: ChildID, _ process: ChildProcess) {
        abandoned.insert(process.incarnation)
        emit(id, .abandoned)
    }

    private mutating func stopAll() async {
        let order = inStartOrder()
        var asked: Duration?
        if supervisor.options.stopOrder == .parallel {
            // Asked together, they go together: whoever is waited for later has had the same time.
            asked = supervisor.runtime.now
            for case .running(let process) in order.map({ children[$0]!.state }) { process.task.cancel() }
        }
        for id in order.reversed() { await stop(id, asked: asked) }
    }

    private func inStartOrder() -> [ChildID] {
        children.values.sorted { $0.order < $1.order }.map(\.specification.id)
    }

    private func emit(_ id: ChildID, _ kind: SupervisionEvent.Kind, _ incarnation: UInt64? = nil) {
        supervisor.observer(
            SupervisionEvent(
                supervisor: supervisor.name, child: id, incarnation: incarnation ?? children[id]?.incarnation ?? 0,
                kind: kind))
    }

    // MARK: - What is asked from outside

    private mutating func startChild(_ specification: ChildSpecification) async -> Result<UInt64, SupervisorError> {
        let id = specification.id
        do {
            try specification.validate(under: supervisor.options.autoShutdown)
        } catch {
            return .failure(.invalid(error))
        }
        switch children[id]?.state {
        case .running?: return .failure(.alreadyStarted(id))
        case .restarting?, .stopped?: return .failure(.alreadyPresent(id))
        case nil: break
        }
        add(specification)
        return await answer(toStartOf: id, keepOnFailure: false)
    }

    private mutating func restartChild(_ id: ChildID) async -> Result<UInt64, SupervisorError> {
        switch children[id]?.state {
        case nil: .failure(.notFound(id))
        case .running?: .failure(.running(id))
        case .restarting?: .failure(.restarting(id))
        case .stopped?: await answer(toStartOf: id, keepOnFailure: true)
        }
    }

    private mutating func answer(
        toStartOf id: ChildID, keepOnFailure: Bool
    ) async -> Result<UInt64, SupervisorError> {
        switch await start(id) {
        case .ready:
            emit(id, .started)
            return .success(children[id]!.incarnation)
        case .declined:
            if children[id]?.specification.restart == .temporary { children[id] = nil }
            return .success(0)
        case .interrupted:
            return .failure(.notRunning)
        case .ended(let reason):
            if !keepOnFailure { children[id] = nil }
            return .failure(.startFailed(id, reason))
        }
    }

    private mutating func terminateChild(_ id: ChildID) async -> Result<Void, SupervisorError> {
        guard children[id] != nil else { return .failure(.notFound(id)) }
        await stop(id)
        if children[id]?.specification.restart == .temporary { children[id] = nil }
        return .success(())
    }

    private mutating func deleteChild(_ id: ChildID) -> Result<Void, SupervisorError> {
        switch children[id]?.state {
        case nil: return .failure(.notFound(id))
        case .running?: return .failure(.running(id))
        case .restarting?: return .failure(.restarting(id))
        case .stopped?:
            children[id] = nil
            return .success(())
        }
    }

    private mutating func exit(
        _ id: ChildID, _ incarnation: UInt64?, _ error: any Error
    ) -> Result<UInt64, SupervisorError> {
        guard let child = children[id], case .running(let process) = child.state,
            incarnation == nil || incarnation == process.incarnation
        else { return .failure(.notFound(id)) }
        // It is on its way out already; asking again must not give it more time.
        guard child.exitError == nil else { return .success(process.incarnation) }
        children[id]?.exitError = error
        process.task.cancel()
        let (mailbox, runtime) = (supervisor.mailbox, supervisor.runtime)
        switch child.specification.shutdown {
        case .infinity: break
        case .brutalKill: mailbox.send(.exitOverdue(id, incarnation: process.incarnation))
        case .timeout(let budget):
            let deadline = runtime.now + budget
            children[id]?.exitAlarm = runtime.spawn {
                try? await runtime.sleep(until: deadline)
                if !Task.isCancelled { mailbox.send(.exitOverdue(id, incarnation: process.incarnation)) }
            }
        }
        return .success(process.incarnation)
    }
}
