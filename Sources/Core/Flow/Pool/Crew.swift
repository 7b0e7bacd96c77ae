import NIOCore
import Supervision

/// What the workers of the pool have in common.
final class Crew: Sendable {
    let handler: any Handler
    /// What the handler wants to have in hand.
    let demand: Demand
    let ledger: LedgerStore
    let pool: Pool
    /// flow_manager's.
    let flowBell: Bell
    let runtime: SupervisionRuntime
    let live: LiveSettings
    /// Bodies that could not be started.
    let starts: FailedStarts

    init(
        handler: any Handler, ledger: LedgerStore, pool: Pool, flowBell: Bell, runtime: SupervisionRuntime,
        live: LiveSettings, starts: FailedStarts = FailedStarts()
    ) {
        self.handler = handler
        demand = handler.demand
        self.ledger = ledger
        self.pool = pool
        self.flowBell = flowBell
        self.runtime = runtime
        self.live = live
        self.starts = starts
    }

    /// Whom to deal to next: where a worker holds several hands, in turn would queue behind the slow ones.
    var balance: Balance { live.current.settings.balance ?? (demand.prefetch > 1 ? .leastLoaded : .roundRobin) }

    /// How long a worker may take.
    var timeouts: Roster.Timeouts {
        let single = live.current.settings.workerTimeout
        return Roster.Timeouts(single: single, batch: demand.timeout ?? single)
    }

    /// How long a body may take to stop in good order: less than its supervisor waits for the worker.
    var grace: Duration { .milliseconds(1500) }

    /// Enters a verdict in the ledger.
    ///
    /// - Returns: false when the lease is not the current one; the outcome came too late.
    func finish(_ lease: Lease, _ verdict: Verdict, by worker: ChildID) -> Bool {
        let now = runtime.now
        let isTaken = ledger.withLock { $0.finish(lease, verdict, by: worker.name, at: now) }
        if isTaken { flowBell.ring() }
        return isTaken
    }

    /// Takes back what someone who has gone still holds.
    func revoke(where isGone: (Holder) -> Bool) {
        let count = ledger.withLock { $0.revoke(where: isGone) }
        if count > 0 { pool.bell.ring() }
    }

    /// Takes back a hand that nobody has taken up.
    func takeBack(_ hand: Hand) {
        ledger.withLock { ledger in for lease in hand.leases { _ = ledger.giveBack(lease) } }
        pool.bell.ring()
    }
}
