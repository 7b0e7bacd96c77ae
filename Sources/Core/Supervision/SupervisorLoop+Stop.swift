import Locking

// MARK: - Start and stop

extension SupervisorLoop {
    mutating func start(_ id: ChildID) async -> StartOutcome {
        let specification = children[id]!.specification
        let start = specification.startup == .whenReady ? OneShot<StartOutcome>() : nil
        let process = ChildProcess(specification, start: start, of: supervisor)
        children[id]?.state = .running(process)
        children[id]?.incarnation = process.incarnation
        guard let start else { return .ready(nil) }
        let outcome = await supervisor.stopping.outcome(of: start)
        switch outcome {
        case .ready, .interrupted: break
        case .ended, .declined: children[id]?.state = .stopped
        }
        return outcome
    }

    /// What becomes of a child that has stopped and is not to be restarted: a temporary one goes with its
    /// specification, and so do all of a dynamic supervisor.
    mutating func retire(_ id: ChildID) {
        if template != nil || children[id]?.specification.restart == .temporary { children[id] = nil }
    }

    /// Stops a child if it runs; its state is then `stopped`. False: it did not go within its budget, and was left to
    /// itself.
    @discardableResult
    mutating func stop(_ id: ChildID) async -> Bool {
        guard let process = haltedProcess(of: id), let child = children[id] else { return true }
        process.task.cancel()
        let alarm = ChildProcess.limitWait(
            for: [process.ended], to: child.specification.shutdown, since: runtime.now, runtime: runtime)
        defer { alarm?.cancel() }
        return await waitForEnd(of: id, process)
    }

    mutating func stopAll() async {
        switch options.stopOrder {
        case .reverse: for id in children.ids.reversed() { await stop(id) }
        case .parallel: await stopTogether()
        }
    }

    /// Asked together, children go together: whoever is waited for later has had the same time. There is one timer for
    /// each shutdown budget, however many children share it.
    private mutating func stopTogether() async {
        let asked = runtime.now
        var running: [(id: ChildID, process: ChildProcess)] = []
        var ends: [ShutdownBudget: [OneShot<ExitReason?>]] = [:]
        for child in children.all {
            let (id, budget) = (child.specification.id, child.specification.shutdown)
            guard let process = haltedProcess(of: id) else { continue }
            process.task.cancel()
            running.append((id, process))
            ends[budget, default: []].append(process.ended)
        }
        // All of them now: whoever is waited for first may take longer than the others may.
        let alarms = ends.map { budget, together in
            ChildProcess.limitWait(for: together, to: budget, since: asked, runtime: runtime)
        }
        defer { for alarm in alarms { alarm?.cancel() } }
        for (id, process) in running.reversed() { _ = await waitForEnd(of: id, process) }
    }

    /// The process of a child that is to stop. What else was planned for the child is called off; without a process it
    /// is stopped by that.
    private mutating func haltedProcess(of id: ChildID) -> ChildProcess? {
        forgetExit(of: id)
        switch children[id]?.state {
        case .running(let process)?: return process
        case .restarting(let retry)?:
            retry.alarm?.cancel()
            children[id]?.state = .stopped
            return nil
        case .stopped?, nil: return nil
        }
    }

    private mutating func waitForEnd(of id: ChildID, _ process: ChildProcess) async -> Bool {
        let reason = await process.ended.value
        if let reason { emit(id, .exited(reason)) } else { abandon(id, process) }
        children[id]?.state = .stopped
        return reason != nil
    }

    mutating func abandon(_ id: ChildID, _ process: ChildProcess) {
        abandoned.insert(process.incarnation)
        emit(id, .abandoned(stillRunning: runtime.abandoned.insert(process.incarnation)))
    }

    /// Ends what ``exit(_:_:_:)`` began.
    mutating func forgetExit(of id: ChildID) {
        guard let child = children[id], child.exitError != nil else { return }
        child.exitAlarm?.cancel()
        children[id]?.exitAlarm = nil
        children[id]?.exitError = nil
    }
}
