import Flow
import Ledger
import Locking
import Supervision

/// Whether all of a tree lives: for whoever has to prove it to systemd.
package struct ProofOfLife: Sendable {
    private let topology: Topology
    private let dealing: DealingWatch

    package init(_ topology: Topology) {
        self.topology = topology
        dealing = DealingWatch(ledger: topology.kernel.ledger, pool: topology.kernel.pool, demand: topology.demand)
    }

    private var kernel: ErrorKernel { topology.kernel }

    /// How long a supervisor that is being restarted is given before it is asked again.
    private static let pause = Duration.milliseconds(50)

    /// Goes once round the tree and returns when every station has answered.
    package func roundTrip(_ asking: @Sendable (String) -> Void) async {
        asking(topology.root.name)
        await answers { topology.root }
        asking(ChildID.mainSupervisor.name)
        await answers { kernel.pool.supervisor }
        await kernel.pool.pulse.next()
        asking(ChildID.flowManager.name)
        await kernel.flowPulse.next()
    }

    /// Waits until the living incarnation of a supervisor has answered a question.
    private func answers(_ living: () -> Supervisor?) async {
        while !kernel.flow.hasEnded {
            if let supervisor = living(), (try? await supervisor.countChildren()) != nil { return }
            try? await kernel.runtime.sleep(until: kernel.runtime.now + Self.pause)
        }
    }

    /// For how long something could have been dealt and was not, as seen by its calls.
    package var dealingStalledFor: Duration? { dealing.stalledFor(at: kernel.runtime.now) }
}

/// Sees whether messages are dealt when they can be.
final class DealingWatch: Sendable {
    private let ledger: LedgerStore
    private let pool: Pool
    private let demand: Demand
    /// When it was first seen that nothing had been dealt since so many hand-outs.
    private let seen = Locked<(since: Duration, handOuts: UInt64)?>(nil)

    package init(ledger: LedgerStore, pool: Pool, demand: Demand = Demand()) {
        self.ledger = ledger
        self.pool = pool
        self.demand = demand
    }

    /// How long it has been so that something could be dealt and nothing was.
    func stalledFor(at now: Duration) -> Duration? {
        let (dealable, handOuts) = ledger.withLock { ($0.dealable(demand, at: now), $0.handOuts) }
        let couldDeal = pool.hasCredit(for: dealable)
        return seen.withLock { seen in
            guard couldDeal else {
                seen = nil
                return nil
            }
            if let seen, seen.handOuts == handOuts { return now - seen.since }
            seen = (now, handOuts)
            return nil
        }
    }
}
