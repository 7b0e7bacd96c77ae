import Locking
import Supervision

/// The pool of direct supervisors as main_supervisor sees it: how many there should be, who there is, whose turn it is.
///
/// The size that is wanted outlives main_supervisor, so that a new incarnation starts with the pool that the load needs.
final class Pool: Sendable {
    /// main_supervisor's: there may be something to deal.
    let bell: Bell
    /// main_supervisor's as well: somebody may have to come or go. Beside the other one, so that nothing that is waited for
    /// here holds up the dealing.
    let sizeBell = Bell()
    /// That main_supervisor deals.
    let pulse: Pulse

    struct Member {
        let number: Int
        /// Told to go: it gets no more credit, finishes what it holds, then stops.
        var isDraining = false
        /// Asked to stop, since it has finished. From there it does not come back.
        var isStopping = false
        /// What the living incarnation brought; nil while it restarts.
        var roster: Roster?
        var supervisor: Supervisor?

        var id: ChildID { Pool.id(number) }

        /// Whether it was told to go, and holds nothing any more, but has not been asked to stop.
        var hasFinished: Bool { isDraining && !isStopping && roster?.isIdle ?? true }
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

    /// Returns how many there should have been until now.
    @discardableResult
    func resize(to size: Int) -> Int {
        let before = state.withLock { state in
            defer { state.desired = size }
            return state.desired
        }
        sizeBell.ring()
        return before
    }

    /// A new incarnation of main_supervisor begins, with an empty pool.
    func begin(under supervisor: Supervisor) {
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
            var serving = state.members.count { !$0.isDraining }
            for index in state.members.indices
            where serving < state.desired && state.members[index].isDraining && !state.members[index].isStopping {
                state.members[index].isDraining = false
                serving += 1
            }
            while serving < state.desired {
                let number = (1...).first { number in !state.members.contains { $0.number == number } }!
                state.members.append(Member(number: number))
                plan.start.append(number)
                serving += 1
            }
            for index in state.members.indices.reversed()
            where serving > state.desired && !state.members[index].isDraining {
                state.members[index].isDraining = true
                serving -= 1
            }
            for index in state.members.indices where state.members[index].isDraining {
                guard state.members[index].roster != nil, let supervisor = state.members[index].supervisor else {
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

    func enlist(_ roster: Roster, under supervisor: Supervisor) {
        state.withLock { state in
            guard let index = state.members.firstIndex(where: { $0.id == roster.id }) else { return }
            state.members[index].roster = roster
            state.members[index].supervisor = supervisor
            // An incarnation that nobody has asked yet.
            state.members[index].isStopping = false
        }
        bell.ring()
        sizeBell.ring()
    }

    func delist(_ roster: Roster) {
        state.withLock { state in
            guard let index = state.members.firstIndex(where: { $0.roster === roster }) else { return }
            state.members[index].roster = nil
            state.members[index].supervisor = nil
        }
        bell.ring()
        sizeBell.ring()
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
        let mayResize = state.withLock { state in
            ledger.withLock { ledger in
                while ledger.hasDealable(at: now), let desk = state.nextIdle(),
                    let assignment = ledger.leaseNext(to: desk.holder, at: now)
                {
                    batch.append((desk, assignment))
                }
            }
            return state.members.indices.contains { state.members[$0].hasFinished }
        }
        if mayResize { sizeBell.ring() }
    }
}
