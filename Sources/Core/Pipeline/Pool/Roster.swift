import DequeModule
import Locking
import Supervision

/// The workers of one incarnation of a direct supervisor: who is idle, which is its credit, and who holds what since when.
final class Roster: Sendable {
    let id: ChildID
    let incarnation: UInt64

    private struct State {
        var members: [UInt64: Member] = [:]
        var idle: Deque<Desk> = []
    }

    private struct Member {
        let worker: Worker
        /// What it holds, and since when its timeout runs; nil: it does not run.
        var held: (assignment: Assignment, since: Duration?)?
    }

    private let state = Locked(State())

    init(id: ChildID, incarnation: UInt64) {
        self.id = id
        self.incarnation = incarnation
    }

    func enlist(_ worker: Worker) {
        state.withLock { $0.members[worker.holder.worker] = Member(worker: worker) }
    }

    /// The worker has gone, or was left to itself. May be called again.
    func delist(_ holder: Holder) {
        state.withLock { state in
            state.members[holder.worker] = nil
            state.idle.removeAll { $0.holder == holder }
        }
    }

    /// The worker is idle: one more credit. One that was left to itself has none to give.
    func offer(_ desk: Desk) {
        state.withLock { state in
            guard state.members[desk.holder.worker] != nil else { return }
            state.idle.append(desk)
        }
    }

    /// Takes the desk of an idle worker, the one that has waited longest: one credit less.
    func takeIdle() -> Desk? {
        state.withLock { $0.idle.popFirst() }
    }

    func begin(_ assignment: Assignment, by holder: Holder, at now: Duration) {
        state.withLock { $0.members[holder.worker]?.held = (assignment, now) }
    }

    /// The worker's timeout does not run any longer for what it holds.
    func stopClock(of holder: Holder) {
        state.withLock { $0.members[holder.worker]?.held?.since = nil }
    }

    func end(by holder: Holder) {
        state.withLock { $0.members[holder.worker]?.held = nil }
    }

    /// Workers that live.
    var count: Int { state.withLock { $0.members.count } }

    /// Whether every living worker is idle: nothing was dealt here that is not done.
    var isIdle: Bool { state.withLock { $0.idle.count == $0.members.count } }

    /// What has been with a worker for longer than `timeout`.
    func overdue(at now: Duration, timeout: Duration) -> [(worker: Worker, assignment: Assignment)] {
        state.withLock { state in
            state.members.values.compactMap { member in
                guard let held = member.held, let since = held.since, now - since > timeout else { return nil }
                return (member.worker, held.assignment)
            }
        }.sorted { $0.worker.holder.worker < $1.worker.holder.worker }
    }

    /// The living workers and what they hold, by name.
    var workers: [(id: ChildID, incarnation: UInt64, sequence: UInt64?)] {
        state.withLock { state in
            state.members.values.map { ($0.worker.id, $0.worker.holder.worker, $0.held?.assignment.message.sequence) }
        }.sorted { $0.incarnation < $1.incarnation }
    }
}
