import DequeModule
import Supervision
import Synchronization

/// The workers of one incarnation of a direct supervisor: who is idle, which is its credit, and who holds what since when.
final class Roster: Sendable {
    let id: ChildID
    let incarnation: UInt64

    private struct State {
        var members: [UInt64: Member] = [:]
        var idle: Deque<Worker> = []
    }

    private struct Member {
        let worker: Worker
        var assignment: Assignment?
        var since: Duration = .zero
    }

    private let state = Mutex(State())

    init(id: ChildID, incarnation: UInt64) {
        self.id = id
        self.incarnation = incarnation
    }

    func enlist(_ worker: Worker) {
        state.withLock { $0.members[worker.holder.worker] = Member(worker: worker) }
    }

    func delist(_ worker: Worker) {
        state.withLock { state in
            state.members[worker.holder.worker] = nil
            state.idle.removeAll { $0.holder == worker.holder }
        }
    }

    /// The worker is idle: one more credit.
    func offer(_ worker: Worker) {
        state.withLock { $0.idle.append(worker) }
    }

    /// Takes an idle worker, the one that has waited longest: one credit less.
    func takeIdle() -> Worker? {
        state.withLock { $0.idle.popFirst() }
    }

    func begin(_ assignment: Assignment, by worker: Worker, at now: Duration) {
        state.withLock { state in
            state.members[worker.holder.worker]?.assignment = assignment
            state.members[worker.holder.worker]?.since = now
        }
    }

    func end(by worker: Worker) {
        state.withLock { $0.members[worker.holder.worker]?.assignment = nil }
    }

    /// Workers that live.
    var count: Int { state.withLock { $0.members.count } }

    /// Whether every living worker is idle: nothing was dealt here that is not done.
    var isIdle: Bool { state.withLock { $0.idle.count == $0.members.count } }

    /// What has been with a worker for longer than `timeout`.
    func overdue(at now: Duration, timeout: Duration) -> [(worker: Worker, assignment: Assignment)] {
        state.withLock { state in
            state.members.values.compactMap { member in
                guard let assignment = member.assignment, now - member.since > timeout else { return nil }
                return (member.worker, assignment)
            }
        }
    }

    /// The living workers and what they hold, by name.
    var workers: [(id: ChildID, incarnation: UInt64, sequence: UInt64?)] {
        state.withLock { state in
            state.members.values.map { ($0.worker.id, $0.worker.holder.worker, $0.assignment?.message.sequence) }
        }.sorted { $0.incarnation < $1.incarnation }
    }
}
