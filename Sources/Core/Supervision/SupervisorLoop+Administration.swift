// MARK: - What is asked from outside

extension SupervisorLoop {
    mutating func startChild(_ specification: ChildSpecification) async -> Result<StartedChild, SupervisorError> {
        let id = specification.id
        do {
            try specification.validate(under: options.autoShutdown)
        } catch {
            return .failure(.invalid(error))
        }
        switch children[id]?.state {
        case .running?: return .failure(.alreadyStarted(id))
        case .restarting?, .stopped?: return .failure(.alreadyPresent(id))
        case nil: break
        }
        children[id] = Child(specification)
        return await answer(toStartOf: id, keepOnFailure: false)
    }

    mutating func startDynamicChild(
        _ run: @escaping @Sendable (ChildContext) async throws -> Void
    ) async -> Result<StartedChild, SupervisorError> {
        guard let template else { return .failure(.notRunning) }
        if let limit = template.maximumChildren, children.count >= limit { return .failure(.maxChildren(limit)) }
        lastDynamicChild += 1
        let id = ChildID("\(template.specification.id).\(lastDynamicChild)")
        children[id] = Child(template.specification.with(id, run))
        return await answer(toStartOf: id, keepOnFailure: false)
    }

    mutating func restartChild(_ id: ChildID) async -> Result<StartedChild, SupervisorError> {
        switch children[id]?.state {
        case nil: .failure(.notFound(id))
        case .running?: .failure(.running(id))
        case .restarting?: .failure(.restarting(id))
        case .stopped?: await answer(toStartOf: id, keepOnFailure: true)
        }
    }

    private mutating func answer(
        toStartOf id: ChildID, keepOnFailure: Bool
    ) async -> Result<StartedChild, SupervisorError> {
        switch await start(id) {
        case .ready(let information):
            emit(id, .started)
            return .success(
                StartedChild(id: id, incarnation: children[id]!.incarnation, information: information))
        case .declined:
            retire(id)
            return .success(StartedChild(id: id, incarnation: 0))
        case .interrupted:
            return .failure(.notRunning)
        case .ended(let reason):
            if !keepOnFailure { children[id] = nil }
            return .failure(.startFailed(id, reason))
        }
    }

    mutating func terminateChild(_ id: ChildID) async -> Result<Void, SupervisorError> {
        guard children[id] != nil else { return .failure(.notFound(id)) }
        await stop(id)
        retire(id)
        return .success(())
    }

    mutating func deleteChild(_ id: ChildID) -> Result<Void, SupervisorError> {
        switch children[id]?.state {
        case nil: return .failure(.notFound(id))
        case .running?: return .failure(.running(id))
        case .restarting?: return .failure(.restarting(id))
        case .stopped?:
            children[id] = nil
            return .success(())
        }
    }

    mutating func exit(
        _ id: ChildID, _ incarnation: UInt64?, _ error: any Error
    ) -> Result<UInt64, SupervisorError> {
        guard let child = children[id], case .running(let process) = child.state,
            incarnation == nil || incarnation == process.incarnation
        else { return .failure(.notFound(id)) }
        // It is on its way out already; asking again must not give it more time.
        guard child.exitError == nil else { return .success(process.incarnation) }
        children[id]?.exitError = error
        process.task.cancel()
        let mailbox = supervisor.mailbox
        switch child.specification.shutdown {
        case .infinity: break
        case .brutalKill: mailbox.send(.exitOverdue(id, incarnation: process.incarnation))
        case .timeout(let budget):
            let alarm = runtime.alarm(at: runtime.now + budget) {
                mailbox.send(.exitOverdue(id, incarnation: process.incarnation))
            }
            children[id]?.exitAlarm = alarm
        }
        return .success(process.incarnation)
    }

    mutating func reload(_ plan: SupervisorPlan, _ commit: () -> Void) -> Result<Void, SupervisorError> {
        if let (_, invalid) = plan.invalidPart(of: supervisor.name) { return .failure(.invalid(invalid)) }
        commit()
        options = plan.options
        intensity.budget = plan.options.budget
        template = plan.template
        if let template {
            for child in children.all {
                let (id, run) = (child.specification.id, child.specification.run)
                children[id]?.specification = template.specification.with(id, run)
            }
        }
        for specification in plan.children {
            var child = children[specification.id] ?? Child(specification)
            child.specification = specification
            children[specification.id] = child
        }
        if !plan.children.isEmpty { children.reorder(plan.children.map(\.id)) }
        return .success(())
    }
}

extension ChildSpecification {
    /// The same for a child of that name and function.
    fileprivate func with(
        _ id: ChildID, _ run: @escaping @Sendable (ChildContext) async throws -> Void
    ) -> ChildSpecification {
        var specification = self
        specification.id = id
        specification.run = run
        return specification
    }
}
