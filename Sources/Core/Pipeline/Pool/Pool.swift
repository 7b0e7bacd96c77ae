import Locking
import Supervision

/// The pool of direct supervisors as main_supervisor sees it: how many there should be, who there is, whose turn it is.
///
/// The size that is wanted outlives main_supervisor, so that a new incarnation starts with the pool that the load needs.
final class Pool: Sendable {
    /// main_supervisor's: there may be something to deal, or the size has changed.
    let bell: Bell
    /// That main_supervisor deals.
    let pulse: Pulse

    struct Member {
        let number: Int
        /// Told to go: it gets no more credit, finishes what it holds, then stops.
        var isDraining = false
        /// What the living incarnation brought; nil while it restarts.
        var roster: Roster?
        var supervisor: Supervisor?

        var id: ChildID { Pool.id(number) }
    }

    private struct State {
        var desired: Int
        var members: [Member] = []
        /// Where the round robin stands.
        var turn = 0
        /// main_supervisor's, of the living incarnation.
        var supervisor: Supervisor?

        mutating func nextIdle() -> Desk? {
            for _ in members.indices {
                turn = turn + 1 < members.count ? turn + 1 : 0
                guard !members[turn].isDraining, let desk = members[turn].roster?.takeIdle() else { continue }
                return desk
            }
            return nil
        }
    }

    private let state: Locked<State>

    init(desired: Int) {
        bell = Bell()
        pulse = Pulse(bell)
        state = Locked(State(desired: desired))
    }

    static func id(_ number: Int) -> ChildID { ChildID("direct_supervisor.\(number)") }

    // MARK: - Size

    /// How many direct supervisors there should be.
    var desired: Int { state.withLock(\.desired) }

    func resize(to size: Int) {
        state.withLock { $0.desired = size }
        bell.ring()
    }

    /// A new incarnation of main_supervisor begins, with an empty pool.
    func begin(under supervisor: Supervisor) {
        state.withLock { state in
            state.members = []
            state.turn = 0
            state.supervisor = supervisor
        }
    }

    /// What is to be done to reach the wanted size: whom to start, and who has finished and is to be stopped. Marks who is to
    /// go, the newest first.
    func plan() -> (start: [Int], stop: [ChildID]) {
        state.withLock { state in
            var serving = state.members.count { !$0.isDraining }
            var start: [Int] = []
            for index in state.members.indices where serving < state.desired && state.members[index].isDraining {
                state.members[index].isDraining = false
                serving += 1
            }
            while serving < state.desired {
                let number = (1...).first { number in !state.members.contains { $0.number == number } }!
                state.members.append(Member(number: number))
                start.append(number)
                serving += 1
            }
            for index in state.members.indices.reversed()
            where serving > state.desired && !state.members[index].isDraining {
                state.members[index].isDraining = true
                serving -= 1
            }
            let stop = state.members.filter { $0.isDraining && $0.roster?.isIdle ?? true }.map(\.id)
            return (start, stop)
        }
    }

    /// A direct supervisor has been stopped and is no longer of the pool.
    func remove(_ id: ChildID) {
        state.withLock { $0.members.removeAll { $0.id == id } }
    }

    // MARK: - Members

    func enlist(_ roster: Roster, under supervisor: Supervisor) {
        state.withLock { state in
            guard let index = state.members.firstIndex(where: { $0.id == roster.id }) else { return }
            state.members[index].roster = roster
            state.members[index].supervisor = supervisor
        }
        bell.ring()
    }

    func delist(_ roster: Roster) {
        state.withLock { state in
            guard let index = state.members.firstIndex(where: { $0.roster === roster }) else { return }
            state.members[index].roster = nil
            state.members[index].supervisor = nil
        }
        bell.ring()
    }

    var members: [Member] { state.withLock(\.members) }

    /// main_supervisor's own supervisor; nil before its first incarnation.
    var supervisor: Supervisor? { state.withLock(\.supervisor) }

    // MARK: - Dealing

    /// Whether anybody who is not on the way out has credit.
    var hasCredit: Bool {
        state.withLock { state in state.members.contains { !$0.isDraining && $0.roster?.hasCredit == true } }
    }

    /// Deals from the queue's head, round robin over the direct supervisors that have credit, until there is no message or no
    /// credit left.
    func deal(from ledger: LedgerStore, at now: Duration, into batch: inout [(desk: Desk, assignment: Assignment)]) {
        batch.removeAll(keepingCapacity: true)
        state.withLock { state in
            ledger.withLock { ledger in
                while ledger.hasDealable(at: now), let desk = state.nextIdle(),
                    let assignment = ledger.leaseNext(to: desk.holder, at: now)
                {
                    batch.append((desk, assignment))
                }
            }
        }
    }
}
