import Locking
import Supervision

extension Application {
    /// How long a supervisor that is being restarted is given before it is asked again.
    private static let pause = Duration.milliseconds(50)

    /// Goes once round the tree and returns when every station has answered: application_supervisor, main_supervisor with its
    /// dealing, flow_manager. One that is being restarted is waited for. Once the tree has ended there is nobody to ask, and it
    /// returns.
    ///
    /// - Parameter asking: told the station that is asked next.
    public func roundTrip(_ asking: @Sendable (String) -> Void) async {
        asking(supervisor.name)
        await answers { self.supervisor }
        asking(ChildID.mainSupervisor.name)
        await answers { self.pool.supervisor }
        await pool.pulse.next()
        asking(ChildID.flowManager.name)
        await flowPulse.next()
    }

    /// Waits until the living incarnation of a supervisor has answered a question.
    private func answers(_ living: () -> Supervisor?) async {
        while !flow.hasEnded {
            if let supervisor = living(), (try? await supervisor.countChildren()) != nil { return }
            try? await runtime.sleep(until: runtime.now + Self.pause)
        }
    }

    /// For how long messages have waited and workers have been idle without one message being dealt, as seen by its calls; nil:
    /// there was none to deal, nobody to deal to, or something was dealt since the last call.
    public var dealingStalledFor: Duration? { dealing.stalledFor(at: runtime.now) }
}

/// Sees whether messages are dealt when they can be.
final class DealingWatch: Sendable {
    private let ledger: LedgerStore
    private let pool: Pool
    private let demand: Demand
    /// When it was first seen that nothing had been dealt since so many hand-outs.
    private let seen = Locked<(since: Duration, handOuts: UInt64)?>(nil)

    init(ledger: LedgerStore, pool: Pool, demand: Demand = Demand()) {
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
