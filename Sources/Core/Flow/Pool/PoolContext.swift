import Ledger
import Locking
import Supervision

/// What the workers of the pool have in common.
package final class PoolContext: Sendable {
    package let handler: any Handler
    /// What the handler wants to have in hand.
    package let demand: Demand
    package let ledger: LedgerStore
    package let pool: Pool
    /// flow_manager's.
    package let flowNotify: Notify
    package let runtime: SupervisionRuntime
    package let live: LiveSettings
    private let isLeaving: @Sendable () -> Bool
    /// Bodies that could not be started.
    package let starts: FailedStarts
    /// What becomes of bodies that are processes.
    package let bodies: BodyLog

    package init(
        _ kernel: ErrorKernel, handler: any Handler, starts: FailedStarts = FailedStarts(), bodies: BodyLog = BodyLog()
    ) {
        self.handler = handler
        demand = handler.demand
        ledger = kernel.ledger
        pool = kernel.pool
        flowNotify = kernel.flowNotify
        runtime = kernel.runtime
        live = kernel.live
        isLeaving = { [flow = kernel.flow] in flow.isDraining }
        self.starts = starts
        self.bodies = bodies
    }

    /// Whom to deal to next: where a worker holds several hands, in turn would queue behind the slow ones.
    package var balance: Balance { live.current.settings.balance ?? (demand.prefetch > 1 ? .leastLoaded : .roundRobin) }

    /// How long a worker may take.
    var timeouts: WorkerTable.Timeouts {
        let single = live.current.settings.workerTimeout
        return WorkerTable.Timeouts(
            single: single, batch: demand.timeout ?? single,
            end: max(WorkerTable.Timeouts.shortestEnd, handler.stopGrace + .seconds(1)))
    }

    /// How long a body may take to stop in good order: less than its supervisor waits for the worker, and at the end of the tree no
    /// longer than the way out may take.
    var grace: Duration { isLeaving() ? min(handler.stopGrace, Self.longestGraceOnTheWayOut) : handler.stopGrace }

    private static let longestGraceOnTheWayOut = Duration.milliseconds(3500)

    /// Enters a verdict in the ledger.
    ///
    /// - Returns: false when the lease is not the current one; the outcome came too late.
    package func finish(_ lease: Lease, _ verdict: Verdict, by worker: ChildID) -> Bool {
        let now = runtime.now
        let isTaken = ledger.withLock { $0.finish(lease, verdict, by: worker.name, at: now) }
        if isTaken { flowNotify.notify() }
        return isTaken
    }

    /// Somebody has room again: main_supervisor is woken, if that matters to it. Looked at when the room is there: what is admitted
    /// later finds it.
    func noteCredit() {
        if pool.isShrinking || ledger.withLock({ $0.hasQueued }) { pool.dealNotify.notify() }
    }

    /// Deals in the step of whoever has made room for that, so that nobody is woken for it.
    func deal() {
        // The alarm is main_supervisor's.
        if dealAll() != nil { pool.dealNotify.notify() }
    }

    /// Deals what there is, and hands it over.
    ///
    /// - Returns: when there may be more to deal, though nobody rings.
    func dealAll() -> Duration? {
        let now = runtime.now
        var hands: [(worker: Worker, hand: Hand)] = []
        let formingUntil = pool.deal(from: ledger, demand, balance, at: now, into: &hands)
        var kept: [any DirectBody] = []
        for (worker, hand) in hands {
            let (isTaken, body) = worker.give(hand, at: now)
            if let body, kept.last !== body { kept.append(body) }
            guard !isTaken else { continue }
            worker.table.drop(hand)
            takeBack(hand)
        }
        for body in kept { body.flush() }
        return formingUntil
    }

    /// Takes back what someone who has gone still holds.
    func revoke(where isGone: (Holder) -> Bool) {
        let count = ledger.withLock { $0.revoke(where: isGone) }
        if count > 0 { pool.dealNotify.notify() }
    }

    /// Takes back a hand that nobody has taken up.
    func takeBack(_ hand: Hand) {
        ledger.withLock { ledger in for lease in hand.leases { _ = ledger.giveBack(lease) } }
        pool.dealNotify.notify()
    }
}
