// MARK: - The end of a child, and what follows from it

extension SupervisorLoop {
    mutating func exited(_ id: ChildID, _ incarnation: UInt64, _ reason: ExitReason) async -> Supervisor.Ending? {
        if abandoned.remove(incarnation) != nil {
            supervisor.reportEndOfAbandoned(id, incarnation)
            return nil
        }
        // An exit that the supervisor has already dealt with (a stop, a group restart) is of an incarnation that has
        // gone.
        guard case .running(let process)? = children[id]?.state, process.incarnation == incarnation else { return nil }
        return await ended(id, reason: reason)
    }

    mutating func exitOverdue(_ id: ChildID, _ incarnation: UInt64) async -> Supervisor.Ending? {
        guard case .running(let process)? = children[id]?.state, process.incarnation == incarnation,
            // Otherwise it has gone in this moment, and its exit is on the way.
            process.ended.resolve(nil)
        else { return nil }
        abandon(id, process)
        return await ended(id, reason: .shutdown, isHung: true)
    }

    private mutating func ended(
        _ id: ChildID, reason reported: ExitReason, isHung: Bool = false
    ) async -> Supervisor.Ending? {
        guard let child = children[id] else { return nil }
        let reason = child.exitError.map(ExitReason.error) ?? reported
        forgetExit(of: id)
        emit(id, .exited(reason))
        switch RestartDecision(child.specification.restart, reason) {
        case .restart:
            return await restart(
                id, after: reason, isCharged: child.specification.isCharged(reason), isHung: isHung)
        case .keep:
            children[id]?.state = .stopped
            retire(id)
        case .remove:
            children[id] = nil
        }
        return await autoShutdown(after: child.specification)
    }

    private mutating func autoShutdown(after specification: ChildSpecification) async -> Supervisor.Ending? {
        guard specification.isSignificant else { return nil }
        switch options.autoShutdown {
        case .never: return nil
        case .anySignificant: break
        case .allSignificant: if children.livingSignificant > 0 { return nil }
        }
        await stopAll()
        return .autoShutdown(specification.id)
    }

    /// Decides on a restart: counts it, and does it at once or when its backoff is over.
    mutating func restart(
        _ id: ChildID, after reason: ExitReason, isCharged: Bool, isHung: Bool = false
    ) async -> Supervisor.Ending? {
        children[id]?.state = .stopped
        if isCharged, !intensity.allowsRestart(at: runtime.now) {
            emit(id, .gaveUp(.restartBudget(options.budget), reason))
            await stopAll()
            return .gaveUp(id, reason)
        }
        guard let backoff = options.backoff else {
            emit(id, .restarting(after: reason, delay: .zero))
            return await replace(id, after: reason, isHung: isHung)
        }
        var state = children[id]?.backoff ?? BackoffState()
        let now = runtime.now
        let delay = state.next(backoff, at: now, chance: runtime.chance)
        children[id]?.backoff = state
        emit(id, .restarting(after: reason, delay: delay))
        if let ending = await stopGroup(of: id, after: reason, isHung: isHung) { return ending }
        let (mailbox, number) = (supervisor.mailbox, nextRetry())
        let alarm = runtime.alarm(at: now + delay) { mailbox.send(.restartDue(id, number: number, reason)) }
        children[id]?.state = .restarting(Child.Retry(number: number, alarm: alarm))
        return nil
    }

    /// Starts a child again, and with it those that its strategy says.
    mutating func replace(_ id: ChildID, after reason: ExitReason, isHung: Bool) async -> Supervisor.Ending? {
        children[id]?.state = .stopped
        if let ending = await stopGroup(of: id, after: reason, isHung: isHung) { return ending }
        for member in restartGroup(of: id) {
            let previous = children[member]?.incarnation
            switch await start(member) {
            case .ready:
                children[member]?.restarts += 1
                emit(member, .restarted(after: reason), replacing: previous)
            case .declined: retire(member)
            case .interrupted:
                // The request to stop is the next message.
                return nil
            case .ended(let failure):
                let number = nextRetry()
                children[member]?.state = .restarting(Child.Retry(number: number))
                emit(member, .restartFailed(failure), replacing: previous)
                // By way of the mailbox, so that the supervisor keeps answering. What comes after it in the group is
                // stopped meanwhile; this one's restart takes it along.
                supervisor.mailbox.send(.retry(member, number: number, failure))
                return nil
            }
        }
        return nil
    }

    /// Stops those that are restarted with a child. Not nil: too many abandoned children run for it to be replaced.
    ///
    /// - Parameter isHung: whether the child itself was left to itself. A supervisor is no better while there are too
    ///   many: what hangs are its children, or soon will be.
    private mutating func stopGroup(
        of id: ChildID, after reason: ExitReason, isHung: Bool
    ) async -> Supervisor.Ending? {
        var isHung = isHung || children[id]?.specification.kind == .supervisor
        for other in restartGroup(of: id).reversed() where other != id {
            let isAbandoned = await !stop(other)
            if children[other]?.specification.restart == .temporary {
                children[other] = nil
            } else if isAbandoned {
                isHung = true
            }
        }
        guard isHung, let count = runtime.abandoned.excess else { return nil }
        emit(id, .gaveUp(.abandonedChildren(count, limit: runtime.abandonmentLimit ?? count), reason))
        await stopAll()
        return .tooManyAbandoned(id, count: count)
    }

    /// The children that are restarted with this one, itself included, in start order. Those that were stopped come
    /// back too, as in OTP: a group is in one state.
    private func restartGroup(of id: ChildID) -> [ChildID] {
        switch options.strategy {
        case .oneForOne: [id]
        case .oneForAll: children.ids
        case .restForOne: children.ids(from: id)
        }
    }

    private mutating func nextRetry() -> UInt64 {
        lastRetry += 1
        return lastRetry
    }

    /// Whether that attempt to start a child again was not called off.
    func isAwaited(_ id: ChildID, _ number: UInt64) -> Bool {
        guard case .restarting(let retry)? = children[id]?.state else { return false }
        return retry.number == number
    }
}
