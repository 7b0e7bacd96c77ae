import Ledger
import Locking
import Supervision
import Synchronization

/// The pool of direct supervisors as main_supervisor sees it: how many there should be, who there is, whose turn it is.
///
/// The size that is wanted outlives main_supervisor, so that a new incarnation starts with the pool that the load needs.
package final class Pool: Sendable {
    /// main_supervisor's: there may be something to deal.
    package let dealNotify: Notify
    /// main_supervisor's as well: somebody may have to come or go. Beside the other one, so that nothing that is waited for
    /// here holds up the dealing.
    let sizeNotify = Notify()
    /// That main_supervisor deals.
    package let pulse: Pulse

    package struct Member {
        package let number: Int
        /// Told to go: it gets no more credit, finishes what it holds, then stops.
        package var isLeaving = false
        /// Asked to stop, since it has finished. From there it does not come back.
        package var isStopping = false
        /// What the living incarnation brought; nil while it restarts.
        package var table: WorkerTable?
        package var supervisor: Supervisor?

        package var id: ChildID { Pool.id(number) }

        /// Whether it was told to go, and holds nothing any more, but has not been asked to stop.
        var hasFinished: Bool { isLeaving && !isStopping && table?.isIdle ?? true }
    }

    private struct State {
        var desired: Int
        var members: [Member] = []
        /// Where the round robin stands.
        var turn = 0
        /// main_supervisor's, of the living incarnation.
        var supervisor: Supervisor?

        /// The worker that is dealt to next; it is to be given a hand, or released.
        ///
        /// - Parameter isIdle: whether it must hold nothing.
        mutating func nextWorker(_ balance: Balance, isIdle: Bool) -> Worker? {
            switch balance {
            case .roundRobin:
                for _ in members.indices {
                    turn = turn + 1 < members.count ? turn + 1 : 0
                    guard !members[turn].isLeaving, let worker = members[turn].table?.take(isIdle: isIdle) else {
                        continue
                    }
                    return worker
                }
                return nil
            case .leastLoaded:
                var best: (index: Int, load: Int)?
                for step in members.indices {
                    let index = (turn + 1 + step) % members.count
                    guard !members[index].isLeaving, let load = members[index].table?.smallestLoad else { continue }
                    if load < best?.load ?? .max { best = (index, load) }
                    if load == 0 { break }
                }
                guard let best else { return nil }
                turn = best.index
                return members[turn].table?.take(isIdle: isIdle)
            }
        }
    }

    private let state: Locked<State>
    /// Whether somebody was told to go who may hold something: then the pool has to see when he does not any more. Set before it is
    /// looked whether he does, under the lock of his table as well, so one of the two sees the other.
    private let hasLeaving = Atomic(false)

    package init(desired: Int) {
        dealNotify = Notify()
        pulse = Pulse(dealNotify)
        state = Locked(State(desired: desired))
    }

    package static func id(_ number: Int) -> ChildID { ChildID("direct_supervisor.\(number)") }

    // MARK: - Size

    /// Whether somebody is on the way out.
    var isShrinking: Bool { hasLeaving.load(ordering: .relaxed) }

    /// How many direct supervisors there should be.
    package var desired: Int { state.withLock(\.desired) }

    /// Returns how many there should have been until now.
    @discardableResult
    package func resize(to size: Int) -> Int {
        let before = state.withLock { state in
            defer { state.desired = size }
            return state.desired
        }
        sizeNotify.notify()
        return before
    }

    /// A new incarnation of main_supervisor begins, with an empty pool.
    package func begin(under supervisor: Supervisor) {
        state.withLock { state in
            state.members = []
            state.turn = 0
            state.supervisor = supervisor
        }
    }

    /// What is to be done to reach the wanted size.
    struct Plan {
        /// Whom to start.
        var start: [Int] = []
        /// Who has finished and is to be asked to stop. It is not waited for: it may take its time, and others are to come
        /// and go meanwhile.
        var ask: [Supervisor] = []
        /// Whom nothing is left of: they are to be struck off.
        var remove: [ChildID] = []
    }

    /// Plans how the wanted size is reached. Marks who is to go, the newest first.
    func plan() -> Plan {
        state.withLock { state in
            var plan = Plan()
            var serving = state.members.count { !$0.isLeaving }
            for index in state.members.indices
            where serving < state.desired && state.members[index].isLeaving && !state.members[index].isStopping {
                state.members[index].isLeaving = false
                serving += 1
            }
            while serving < state.desired {
                let number = (1...).first { number in !state.members.contains { $0.number == number } }!
                state.members.append(Member(number: number))
                plan.start.append(number)
                serving += 1
            }
            for index in state.members.indices.reversed()
            where serving > state.desired && !state.members[index].isLeaving {
                state.members[index].isLeaving = true
                serving -= 1
            }
            hasLeaving.store(state.members.contains(where: \.isLeaving), ordering: .relaxed)
            for index in state.members.indices where state.members[index].isLeaving {
                guard state.members[index].table != nil, let supervisor = state.members[index].supervisor else {
                    plan.remove.append(state.members[index].id)
                    continue
                }
                guard state.members[index].hasFinished else { continue }
                state.members[index].isStopping = true
                plan.ask.append(supervisor)
            }
            return plan
        }
    }

    /// A direct supervisor has been stopped and is no longer of the pool.
    func remove(_ id: ChildID) {
        state.withLock { $0.members.removeAll { $0.id == id } }
    }

    // MARK: - Members

    func register(_ table: WorkerTable, under supervisor: Supervisor) {
        state.withLock { state in
            guard let index = state.members.firstIndex(where: { $0.id == table.id }) else { return }
            state.members[index].table = table
            state.members[index].supervisor = supervisor
            // An incarnation that nobody has asked yet.
            state.members[index].isStopping = false
        }
        dealNotify.notify()
        sizeNotify.notify()
    }

    func unregister(_ table: WorkerTable) {
        state.withLock { state in
            guard let index = state.members.firstIndex(where: { $0.table === table }) else { return }
            state.members[index].table = nil
            state.members[index].supervisor = nil
        }
        dealNotify.notify()
        sizeNotify.notify()
    }

    package var members: [Member] { state.withLock(\.members) }

    /// main_supervisor's own supervisor; nil before its first incarnation.
    package var supervisor: Supervisor? { state.withLock(\.supervisor) }

    // MARK: - Dealing

    /// Whether anybody who is not on the way out has credit for it.
    package func hasCredit(for dealable: Ledger.Dealable) -> Bool {
        state.withLock { state in
            state.members.contains { member in
                guard !member.isLeaving, let table = member.table else { return false }
                return switch dealable {
                case .nothing: false
                case .alone: table.hasIdle
                case .shared: table.hasCredit
                }
            }
        }
    }

    /// Hands that were dealt and are not done.
    var hands: Int { state.withLock { $0.members.reduce(0) { $0 + ($1.table?.hands ?? 0) } } }

    /// Workers that live, how many of them have a body that could not be started the last time, and how many have tried it
    /// several times; and how many take hands.
    package var starts: (workers: Int, failing: Int, stuck: Int, ready: Int) {
        state.withLock { state in
            state.members.reduce(into: (0, 0, 0, 0)) { sum, member in
                sum.0 += member.table?.count ?? 0
                sum.1 += member.table?.failing ?? 0
                sum.2 += member.table?.stuck ?? 0
                sum.3 += member.table?.ready ?? 0
            }
        }
    }

    /// Deals from the queue's head, over the workers that have credit, until there is no message or no credit left.
    ///
    /// - Returns: when there may be more to deal, though nobody rings: a hand that waits to become full has waited long enough.
    func deal(
        from ledger: LedgerStore, _ demand: Demand = Demand(), _ balance: Balance = .roundRobin, at now: Duration,
        into hands: inout [(worker: Worker, hand: Hand)]
    ) -> Duration? {
        hands.removeAll(keepingCapacity: true)
        let (mayResize, formingUntil) = state.withLock { state in
            let formingUntil = ledger.withLock { ledger in
                while let (worker, isAlone) = next(&state, &ledger, demand, balance, at: now) {
                    let entries = ledger.leaseHand(to: worker.holder, demand, at: now)
                    guard !entries.isEmpty else {
                        worker.table.release(worker)
                        break
                    }
                    let hand = Hand(
                        entries, number: ledger.handOuts, holder: worker.holder, worker: worker.id.name,
                        isAlone: isAlone, keeper: worker)
                    if worker.table.deal(hand, at: now) {
                        hands.append((worker, hand))
                    } else {
                        for lease in hand.leases { _ = ledger.giveBack(lease) }
                    }
                }
                return ledger.formingUntil
            }
            return (state.members.indices.contains { state.members[$0].hasFinished }, formingUntil)
        }
        if mayResize { sizeNotify.notify() }
        return formingUntil
    }

    private func next(
        _ state: inout State, _ ledger: inout Ledger, _ demand: Demand, _ balance: Balance, at now: Duration
    ) -> (worker: Worker, isAlone: Bool)? {
        switch ledger.dealable(demand, at: now) {
        case .nothing: nil
        // While what is to be dealt alone waits for a worker with nothing in hand, nobody gets more: one of them soon has nothing.
        case .alone: state.nextWorker(balance, isIdle: true).map { ($0, true) }
        case .shared: state.nextWorker(balance, isIdle: false).map { ($0, false) }
        }
    }
}

/// Whom main_supervisor deals to next.
public enum Balance: String, Sendable, Hashable, CaseIterable {
    /// The direct supervisors that have credit, in turn.
    case roundRobin = "round_robin"
    /// Whoever has a worker that holds least.
    case leastLoaded = "least_loaded"
}
