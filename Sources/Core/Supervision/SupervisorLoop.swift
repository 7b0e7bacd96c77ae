import Locking

/// The supervisor's process: one message after another, as in OTP's `supervisor`. Static and dynamic supervisors differ
/// in who names the children, and in whether a child that is not restarted is kept.
///
/// It is whole, though it is long: all of it changes one state, which nobody else sees. What it decides by lies beside it, in
/// `RestartTables.swift`.
final class SupervisorLoop {
    private let supervisor: Supervisor
    private var options: Supervisor.Options
    /// Nil: the supervisor is static.
    private var template: SupervisorPlan.Template?
    private var children = ChildTable()
    private var intensity: RestartIntensity
    private var lastRetry: UInt64 = 0
    /// The number of the last child of a dynamic supervisor.
    private var lastDynamicChild: UInt64 = 0

    private var runtime: SupervisionRuntime { supervisor.runtime }

    private init(_ supervisor: Supervisor, _ plan: SupervisorPlan) {
        self.supervisor = supervisor
        options = plan.options
        template = plan.template
        intensity = RestartIntensity(plan.options.budget)
        children.reserveCapacity(plan.children.count)
    }

    // MARK: From the start to the end

    /// Lives from the start to the end of a supervisor.
    static func run(_ supervisor: Supervisor, _ context: ChildContext?) async -> Supervisor.Ending {
        let ending: Supervisor.Ending
        do {
            if let plan = try await supervisor.plan() {
                ending = await SupervisorLoop(supervisor, plan).live(context, plan)
            } else {
                ending = .declined
            }
        } catch {
            ending = supervisor.stopping.isRequested ? .stopped : .startFailed(ChildID(supervisor.name), .error(error))
        }
        for message in supervisor.mailbox.close() {
            switch message {
            case .abandonedEnded(let id, let incarnation): supervisor.reportEndOfAbandoned(id, incarnation)
            case .request(let serve): await serve(nil)
            case .stop, .exited, .retry, .exitOverdue: break
            }
        }
        return ending
    }

    private func live(_ context: ChildContext?, _ plan: SupervisorPlan) async -> Supervisor.Ending {
        if let (id, invalid) = plan.invalidPart(of: supervisor.name) { return .startFailed(id, .error(invalid)) }
        for specification in plan.children {
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
            let ending = await handle(supervisor.mailbox.receive())
            #if DEBUG
            children.checkInvariants()
            precondition(ending == nil || children.counts.active == 0, "a supervisor ends before its children")
            #endif
            if let ending { return ending }
        }
    }

    /// Handles one message. Not nil: the supervisor has ended.
    private func handle(_ message: SupervisorMessage) async -> Supervisor.Ending? {
        switch message {
        case .stop:
            await stopAll()
            return .stopped
        case .exited(let id, let incarnation, let reason):
            // One that the supervisor has already dealt with (a stop, a group restart) is of an incarnation that has gone.
            guard process(of: id, incarnation) != nil else { return nil }
            return await ended(id, reason: reason)
        case .exitOverdue(let id, let incarnation):
            guard let process = process(of: id, incarnation),
                // Otherwise it has gone in this moment, and its exit is on the way.
                process.ended.resolve(nil)
            else { return nil }
            abandon(id, process)
            return await ended(id, reason: .shutdown, isHung: true)
        case .abandonedEnded(let id, let incarnation):
            supervisor.reportEndOfAbandoned(id, incarnation)
            return nil
        case .retry(let id, let number):
            guard case .restarting(let retry)? = children[id]?.state, retry.number == number else { return nil }
            if retry.alarm != nil { return await replace(id, after: retry.reason, isHung: false) }
            // A child that cannot start burns the budget, whatever the reason: that is no input's fault.
            return await restart(id, after: retry.reason, isCharged: true)
        case .request(let serve):
            await serve(self)
            return nil
        }
    }

    private func emit(_ id: ChildID, _ kind: SupervisionEvent.Kind, replacing previous: UInt64? = nil) {
        let remaining: Int? =
            switch kind {
            case .restarting, .restarted, .restartFailed, .gaveUp: intensity.remaining(at: runtime.now)
            case .started, .exited, .abandoned, .abandonedEnded: nil
            }
        supervisor.observer(
            SupervisionEvent(
                supervisor: supervisor.name, child: id, incarnation: children[id]?.incarnation ?? 0, kind: kind,
                previousIncarnation: previous, remainingRestarts: remaining))
    }

    /// The process of a child that runs, of that incarnation or of any.
    private func process(of id: ChildID, _ incarnation: UInt64?) -> ChildProcess? {
        guard case .running(let process)? = children[id]?.state else { return nil }
        return incarnation == nil || incarnation == process.incarnation ? process : nil
    }

    // MARK: Start and stop

    private func start(_ id: ChildID) async -> StartOutcome {
        let specification = children[id]!.specification
        let start = specification.traits.startup == .whenReady ? OneShot<StartOutcome>() : nil
        children[id]?.begin(ChildProcess(specification, start: start, of: supervisor))
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
    private func retire(_ id: ChildID) {
        if template != nil || children[id]?.specification.traits.restart == .temporary { children[id] = nil }
    }

    private func stopAll() async {
        switch options.stopOrder {
        case .reverse: for id in children.ids.reversed() { await stop([id]) }
        case .parallel: await stop(children.ids)
        }
    }

    /// Stops those children that run; the state of all is then `stopped`. False: one did not go within its budget, and was
    /// left to itself.
    ///
    /// Asked together, children go together: whoever is waited for later has had the same time. There is one timer for
    /// each shutdown budget, however many children share it.
    @discardableResult
    private func stop(_ ids: [ChildID]) async -> Bool {
        let asked = runtime.now
        var running: [(id: ChildID, process: ChildProcess)] = []
        var ends: [ShutdownBudget: [OneShot<ExitReason?>]] = [:]
        for id in ids {
            guard let process = haltedProcess(of: id), let child = children[id] else { continue }
            process.task.cancel()
            running.append((id, process))
            ends[child.specification.traits.shutdown, default: []].append(process.ended)
        }
        // All of them now: whoever is waited for first may take longer than the others may.
        let alarms = ends.map { budget, together in
            budget.limit(since: asked, by: runtime) { for end in together { end.resolve(nil) } }
        }
        defer { for alarm in alarms { alarm?.cancel() } }
        var haveGone = true
        for (id, process) in running.reversed() {
            if let reason = await process.ended.value {
                emit(id, .exited(reason))
            } else {
                abandon(id, process)
                haveGone = false
            }
            children[id]?.state = .stopped
        }
        return haveGone
    }

    /// The process of a child that is to stop. What else was planned for the child is called off; without a process it
    /// is stopped by that.
    private func haltedProcess(of id: ChildID) -> ChildProcess? {
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

    private func abandon(_ id: ChildID, _ process: ChildProcess) {
        emit(id, .abandoned(stillRunning: runtime.abandoned.insert(process.incarnation)))
    }

    /// Ends what ``exit(_:_:_:)`` began.
    private func forgetExit(of id: ChildID) {
        guard let exit = children[id]?.exit else { return }
        exit.alarm?.cancel()
        children[id]?.exit = nil
    }

    // MARK: The end of a child, and what follows from it

    private func ended(
        _ id: ChildID, reason reported: ExitReason, isHung: Bool = false
    ) async -> Supervisor.Ending? {
        guard let child = children[id] else { return nil }
        let traits = child.specification.traits
        let reason = child.exit.map { .error($0.error) } ?? reported
        forgetExit(of: id)
        emit(id, .exited(reason))
        switch RestartDecision(traits.restart, reason) {
        case .restart: return await restart(id, after: reason, isCharged: traits.isCharged(reason), isHung: isHung)
        case .keep:
            children[id]?.state = .stopped
            retire(id)
        case .remove: children[id] = nil
        }
        guard
            options.autoShutdown.isDue(
                afterSignificant: traits.isSignificant, living: children.livingSignificant)
        else { return nil }
        await stopAll()
        return .autoShutdown(id)
    }

    /// Decides on a restart: counts it, and does it at once or when its backoff is over.
    private func restart(
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
        planRetry(of: id, after: reason, at: now + delay)
        return nil
    }

    /// Starts a child again, and with it those that its strategy says.
    private func replace(_ id: ChildID, after reason: ExitReason, isHung: Bool) async -> Supervisor.Ending? {
        children[id]?.state = .stopped
        if let ending = await stopGroup(of: id, after: reason, isHung: isHung) { return ending }
        for member in options.strategy.group(of: id, among: children) {
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
                emit(member, .restartFailed(failure), replacing: previous)
                // What comes after it in the group is stopped meanwhile; this one's restart takes it along.
                planRetry(of: member, after: failure)
                return nil
            }
        }
        return nil
    }

    /// Stops those that are restarted with a child. Not nil: too many abandoned children run for it to be replaced.
    ///
    /// - Parameter isHung: whether the child itself was left to itself. A supervisor is no better while there are too
    ///   many: what hangs are its children, or soon will be.
    private func stopGroup(of id: ChildID, after reason: ExitReason, isHung: Bool) async -> Supervisor.Ending? {
        var isHung = isHung || children[id]?.specification.traits.kind == .supervisor
        for other in options.strategy.group(of: id, among: children).reversed() where other != id {
            let isAbandoned = await !stop([other])
            if children[other]?.specification.traits.restart == .temporary {
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

    /// Has a child started at `due`, or tried again by way of the mailbox, so that the supervisor keeps answering.
    private func planRetry(of id: ChildID, after reason: ExitReason, at due: Duration? = nil) {
        lastRetry += 1
        let (mailbox, message) = (supervisor.mailbox, SupervisorMessage.retry(id, number: lastRetry))
        let alarm = due.map { runtime.alarm(at: $0) { mailbox.send(message) } }
        children[id]?.state = .restarting(Child.Retry(number: lastRetry, reason: reason, alarm: alarm))
        if alarm == nil { mailbox.send(message) }
    }

    // MARK: What is asked from outside

    func startChild(_ specification: ChildSpecification) async throws(SupervisorError) -> StartedChild {
        let id = specification.id
        do {
            try specification.validate(under: options.autoShutdown)
        } catch {
            throw .invalid(error)
        }
        switch children[id]?.state {
        case .running?: throw .alreadyStarted(id)
        case .restarting?, .stopped?: throw .alreadyPresent(id)
        case nil: break
        }
        children[id] = Child(specification)
        return try await startByHand(id, keepOnFailure: false)
    }

    func startDynamicChild(
        _ run: @escaping @Sendable (ChildContext) async throws -> Void
    ) async throws(SupervisorError) -> StartedChild {
        guard let template else { throw .notRunning }
        if let limit = template.maximumChildren, children.count >= limit { throw .maxChildren(limit) }
        lastDynamicChild += 1
        let id = ChildID("\(template.specification.id).\(lastDynamicChild)")
        children[id] = Child(template.specification.named(id, run))
        return try await startByHand(id, keepOnFailure: false)
    }

    func restartChild(_ id: ChildID) async throws(SupervisorError) -> StartedChild {
        try expectStopped(id)
        return try await startByHand(id, keepOnFailure: true)
    }

    private func startByHand(_ id: ChildID, keepOnFailure: Bool) async throws(SupervisorError) -> StartedChild {
        switch await start(id) {
        case .ready(let information):
            emit(id, .started)
            return StartedChild(id: id, incarnation: children[id]!.incarnation, information: information)
        case .declined:
            retire(id)
            return StartedChild(id: id, incarnation: 0)
        case .interrupted: throw .notRunning
        case .ended(let reason):
            if !keepOnFailure { children[id] = nil }
            throw .startFailed(id, reason)
        }
    }

    func terminateChild(_ id: ChildID) async throws(SupervisorError) {
        guard children[id] != nil else { throw .notFound(id) }
        await stop([id])
        retire(id)
    }

    func deleteChild(_ id: ChildID) throws(SupervisorError) {
        try expectStopped(id)
        children[id] = nil
    }

    private func expectStopped(_ id: ChildID) throws(SupervisorError) {
        switch children[id]?.state {
        case nil: throw .notFound(id)
        case .running?: throw .running(id)
        case .restarting?: throw .restarting(id)
        case .stopped?: break
        }
    }

    func exit(_ id: ChildID, _ incarnation: UInt64?, _ error: any Error) throws(SupervisorError) -> UInt64 {
        guard let child = children[id], let process = process(of: id, incarnation) else { throw .notFound(id) }
        // It is on its way out already; asking again must not give it more time.
        guard child.exit == nil else { return process.incarnation }
        process.task.cancel()
        let (mailbox, message) = (
            supervisor.mailbox, SupervisorMessage.exitOverdue(id, incarnation: process.incarnation)
        )
        let alarm = child.specification.traits.shutdown.limit(since: runtime.now, by: runtime) { mailbox.send(message) }
        children[id]?.exit = Child.Exit(error: error, alarm: alarm)
        return process.incarnation
    }

    func whichChildren() -> [ChildInfo] { children.all.map(\.info) }

    func countChildren() -> ChildCounts {
        var counts = children.counts
        // In OTP, too, a dynamic supervisor has one specification, however many children.
        if template != nil { counts.specs = 1 }
        return counts
    }

    func look() -> SupervisorSnapshot {
        SupervisorSnapshot(
            strategy: options.strategy, budget: options.budget, remainingRestarts: intensity.remaining(at: runtime.now),
            children: whichChildren())
    }

    /// - Parameter commit: is called when the plan is taken.
    func reload(_ plan: SupervisorPlan, commit: () -> Void = {}) throws(SupervisorError) {
        if let (_, invalid) = plan.invalidPart(of: supervisor.name) { throw .invalid(invalid) }
        commit()
        options = plan.options
        intensity.budget = plan.options.budget
        template = plan.template
        if let template {
            for child in children.all {
                let (id, run) = (child.specification.id, child.specification.run)
                children[id]?.specification = template.specification.named(id, run)
            }
        }
        for specification in plan.children {
            var child = children[specification.id] ?? Child(specification)
            child.specification = specification
            children[specification.id] = child
        }
        if !plan.children.isEmpty { children.reorder(plan.children.map(\.id)) }
    }
}
