import Ledger
import Locking
import Logging
import Supervision

/// Owns workers, hands them messages while it has credit, and sees to their ends: a worker that stopped is replaced, what it
/// held is answered for.
package struct DirectSupervisor: Sendable {
    /// The body of a supervised child.
    package typealias Body = @Sendable (ChildContext) async throws -> Void

    private let shared: PoolContext
    private let workers: Int
    private let budget: RestartBudget
    private let worker: @Sendable (@escaping Body) -> ChildSpecification
    private let observer: @Sendable (SupervisionEvent) -> Void
    private let logger: Logger

    /// - Parameters:
    ///   - workers: how many there are to be.
    ///   - worker: the specification of one with this body; it is given a name here.
    package init(
        _ shared: PoolContext, workers: Int, budget: RestartBudget,
        worker: @escaping @Sendable (@escaping Body) -> ChildSpecification,
        observer: @escaping @Sendable (SupervisionEvent) -> Void, logger: Logger
    ) {
        self.shared = shared
        self.workers = workers
        self.budget = budget
        self.worker = worker
        self.observer = observer
        self.logger = logger
    }

    /// The body of the supervised child.
    package func run(_ context: ChildContext) async throws {
        let number = context.id.name.split(separator: ".").last.map(String.init) ?? context.id.name
        let table = WorkerTable(
            id: context.id, incarnation: context.incarnation, size: workers, prefetch: shared.demand.prefetch)
        // One for all, and with the least that it can hold: there may be ten thousand of them.
        let worker = worker { [shared, incarnation = context.incarnation] worker in
            let holder = Holder(worker: worker.incarnation, supervisor: incarnation)
            try await Worker(id: worker.id, holder: holder, table: table, shared: shared).run()
        }
        let supervisor = Supervisor(
            context.id.name,
            // The workers are alike and independent, so they are stopped together.
            options: Supervisor.Options(strategy: .oneForOne, budget: budget, stopOrder: .parallel),
            children: (1...workers).map { worker.named(ChildID("worker.\(number).\($0)")) },
            runtime: shared.runtime,
            observer: { [shared, observer] event in
                // A worker that was left to itself must not answer for its message any more, and does not count as one here.
                if case .abandoned = event.kind {
                    let holder = Holder(worker: event.incarnation, supervisor: context.incarnation)
                    table.unregister(holder)
                    shared.revoke { $0 == holder }
                }
                if case .restarted = event.kind { table.noteRestart(of: event.child) }
                observer(event)
            })
        shared.pool.register(table, under: supervisor)
        defer {
            shared.pool.unregister(table)
            shared.revoke { $0.supervisor == context.incarnation }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: shared.runtime.executor) { try await supervisor.runAsChild(context) }
            group.addTask(executorPreference: shared.runtime.executor) {
                try await watchTimeouts(of: table, supervisor)
            }
            defer { group.cancelAll() }
            _ = try await group.next()
        }
        guard !Task.isCancelled else { return }
        // Asked to stop by the pool, and not by main_supervisor, which then need not wait for its workers. It is struck off
        // as soon as the pool knows that nothing is left of it.
        shared.pool.unregister(table)
        try await Notify().wait()
    }

    /// A message that takes too long counts as a crash: it is answered for at once, then its worker is told to go.
    private func watchTimeouts(of table: WorkerTable, _ supervisor: Supervisor) async throws {
        while true {
            let period = min(
                max(min(shared.timeouts.single, shared.timeouts.batch) / 10, .milliseconds(10)), .seconds(1))
            // All supervisors at once, so that they cost one wake-up.
            try await shared.runtime.sleep(until: shared.runtime.nextMultiple(of: period))
            for overdue in table.overdue(at: shared.runtime.now, shared.timeouts) {
                // While those before it were ended, it may have begun to hand over its result.
                guard let overdue = table.giveUp(overdue.worker.holder, at: shared.runtime.now, shared.timeouts) else {
                    continue
                }
                await end(overdue, supervisor)
            }
        }
    }

    /// Who pays: the oldest message, if it is a single one; of a hand of several one is to blame, nobody knows which. What else the
    /// worker holds is given back as it is.
    private func end(_ overdue: WorkerTable.Overdue, _ supervisor: Supervisor) async {
        let (worker, now) = (overdue.worker, shared.runtime.now)
        guard !overdue.isStuck, let hand = overdue.hand else {
            let stuck = StuckBody(limit: overdue.limit)
            logger.warning("\(worker.id): \(stuck); it is replaced", metadata: ["worker": "\(worker.id)"])
            _ = try? await supervisor.exit(worker.id, incarnation: worker.holder.worker, with: stuck)
            return
        }
        let fault = MessageFault(
            .timedOut(overdue.limit), over: hand, at: overdue.firstOpen, count: overdue.open,
            note: worker.table.body(of: worker.holder)?.delayReason)
        let tally: Ledger.AnswerTally? = shared.ledger.withLock { ledger in
            let open = hand.leases.filter(ledger.isCurrent)
            guard !open.isEmpty else { return nil }
            let isAlone = open.count == 1
            return ledger.timedOut(
                isAlone ? open[0] : nil, suspects: isAlone ? [] : open, reason: "\(fault)", by: worker.id.name, at: now)
        }
        // It has answered in this moment.
        guard let tally else {
            worker.table.pardon(worker.holder)
            // It has credit again, and whoever took its answer has not seen that.
            return shared.pool.dealNotify.notify()
        }
        if tally.finished > 0 {
            worker.handled.add(UInt64(tally.finished), ordering: .relaxed)
            shared.flowNotify.notify()
        }
        logger.warning(
            "\(worker.id): \(fault); it is replaced",
            metadata: [
                "worker": "\(worker.id)", "sequence": "\(fault.message.sequence)", "message_id": "worker-timed-out",
            ])
        _ = try? await supervisor.exit(worker.id, incarnation: worker.holder.worker, with: fault)
    }
}
