import Logging
import Supervision

/// Owns workers, hands them messages while it has credit, and sees to their ends: a worker that stopped is replaced, what it
/// held is answered for.
struct DirectSupervisor {
    let crew: Crew
    let workers: Int
    let budget: RestartBudget
    let observer: @Sendable (SupervisionEvent) -> Void
    let logger: Logger

    /// The body of the supervised child.
    func run(_ context: ChildContext) async throws {
        let number = context.id.name.split(separator: ".").last.map(String.init) ?? context.id.name
        let roster = Roster(
            id: context.id, incarnation: context.incarnation, size: workers, prefetch: crew.demand.prefetch)
        // One for all, and with the least that it can hold: there may be ten thousand of them.
        let hire = { @Sendable [crew, incarnation = context.incarnation] (worker: ChildContext) async throws -> Void in
            let holder = Holder(worker: worker.incarnation, supervisor: incarnation)
            try await Worker(id: worker.id, holder: holder, roster: roster, crew: crew).run()
        }
        let worker = ChildSpecification(
            id: "worker", shutdown: .timeout(.seconds(2)),
            isCharged: { reason in
                if case .error(is MessageFault) = reason { false } else { true }
            },
            run: hire)
        let supervisor = Supervisor(
            context.id.name,
            // The workers are alike and independent, so they are stopped together.
            options: Supervisor.Options(strategy: .oneForOne, budget: budget, stopOrder: .parallel),
            children: (1...workers).map { worker.named(ChildID("worker.\(number).\($0)")) },
            runtime: crew.runtime,
            observer: { [crew, observer] event in
                // A worker that was left to itself must not answer for its message any more, and does not count as one here.
                if case .abandoned = event.kind {
                    let holder = Holder(worker: event.incarnation, supervisor: context.incarnation)
                    roster.delist(holder)
                    crew.revoke { $0 == holder }
                }
                if case .restarted = event.kind { roster.noteRestart(of: event.child) }
                observer(event)
            })
        crew.pool.enlist(roster, under: supervisor)
        defer {
            crew.pool.delist(roster)
            crew.revoke { $0.supervisor == context.incarnation }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: crew.runtime.executor) { try await supervisor.runAsChild(context) }
            group.addTask(executorPreference: crew.runtime.executor) { try await watchTimeouts(of: roster, supervisor) }
            defer { group.cancelAll() }
            _ = try await group.next()
        }
        guard !Task.isCancelled else { return }
        // Asked to stop by the pool, and not by main_supervisor, which then need not wait for its workers. It is struck off
        // as soon as the pool knows that nothing is left of it.
        crew.pool.delist(roster)
        try await Bell().wait()
    }

    /// A message that takes too long counts as a crash: it is answered for at once, then its worker is told to go.
    private func watchTimeouts(of roster: Roster, _ supervisor: Supervisor) async throws {
        while true {
            let period = min(max(min(crew.timeouts.single, crew.timeouts.batch) / 10, .milliseconds(10)), .seconds(1))
            try await crew.runtime.sleep(until: crew.runtime.now + period)
            for overdue in roster.overdue(at: crew.runtime.now, crew.timeouts) {
                // While those before it were ended, it may have begun to hand over its result.
                guard let overdue = roster.giveUp(overdue.worker.holder, at: crew.runtime.now, crew.timeouts) else {
                    continue
                }
                await end(overdue, supervisor)
            }
        }
    }

    /// Who pays: the oldest message, if it is a single one; of a hand of several one is to blame, nobody knows which. What else the
    /// worker holds is given back as it is.
    private func end(_ overdue: Roster.Overdue, _ supervisor: Supervisor) async {
        let (worker, now) = (overdue.worker, crew.runtime.now)
        guard !overdue.isStuck, let hand = overdue.hand else {
            let stuck = StuckBody(limit: overdue.limit)
            logger.warning("\(worker.id): \(stuck); it is replaced", metadata: ["worker": "\(worker.id)"])
            _ = try? await supervisor.exit(worker.id, incarnation: worker.holder.worker, with: stuck)
            return
        }
        let fault = MessageFault(.timedOut(overdue.limit), over: hand, at: overdue.firstOpen, count: overdue.open)
        let tally: Ledger.AnswerTally? = crew.ledger.withLock { ledger in
            let open = hand.leases.filter(ledger.isCurrent)
            guard !open.isEmpty else { return nil }
            let isAlone = open.count == 1
            return ledger.timedOut(
                isAlone ? open[0] : nil, suspects: isAlone ? [] : open, reason: "\(fault)", by: worker.id.name, at: now)
        }
        // It has answered in this moment.
        guard let tally else { return worker.roster.pardon(worker.holder) }
        if tally.finished > 0 {
            worker.handled.add(UInt64(tally.finished), ordering: .relaxed)
            crew.flowBell.ring()
        }
        logger.warning(
            "\(worker.id): \(fault); it is replaced",
            metadata: [
                "worker": "\(worker.id)", "sequence": "\(fault.message.sequence)", "message_id": "worker-timed-out",
            ])
        _ = try? await supervisor.exit(worker.id, incarnation: worker.holder.worker, with: fault)
    }
}
