import DequeModule
import Locking
import Supervision
import Synchronization

/// The workers of one incarnation of a direct supervisor: who is idle, which is its credit, and who holds what since when.
final class Roster: Sendable {
    let id: ChildID
    let incarnation: UInt64

    private struct State {
        /// The living workers by their incarnation.
        var members: [UInt64: Worker] = [:]
        /// What those that are not idle hold, and since when their timeout runs; nil: it does not run.
        var held: [UInt64: (assignment: Assignment, begun: Duration, since: Duration?)] = [:]
        var idle: Deque<Desk> = []
        /// How often a worker was started again, by its name; those that never were are not in it.
        var restarts: [ChildID: Int] = [:]
        /// How many messages those that have gone had ended with.
        var handledBefore: UInt64 = 0
    }

    private let state = Locked(State())

    /// - Parameter size: how many workers there will be.
    init(id: ChildID, incarnation: UInt64, size: Int) {
        self.id = id
        self.incarnation = incarnation
        state.withLock { $0.members.reserveCapacity(size) }
    }

    func enlist(_ worker: Worker) {
        state.withLock { $0.members[worker.holder.worker] = worker }
    }

    /// The worker has gone, or was left to itself. May be called again.
    func delist(_ holder: Holder) {
        state.withLock { state in
            let worker = state.members.removeValue(forKey: holder.worker)
            state.handledBefore += worker?.handled.load(ordering: .relaxed) ?? 0
            state.held[holder.worker] = nil
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
        state.withLock { state in
            guard state.members[holder.worker] != nil else { return }
            state.held[holder.worker] = (assignment, now, now)
        }
    }

    /// The worker's timeout does not run any longer for what it holds. False: it holds nothing any more, somebody else has
    /// answered for it.
    @discardableResult
    func stopClock(of holder: Holder) -> Bool {
        state.withLock { state in
            guard state.held[holder.worker] != nil else { return false }
            state.held[holder.worker]?.since = nil
            return true
        }
    }

    /// Takes a message from a worker that still has it for longer than `timeout`: from now on the worker has nothing to hand
    /// over. False: it is not so any more. Whoever saw it before may have waited since.
    func giveUp(_ lease: Lease, at now: Duration, timeout: Duration) -> Bool {
        state.withLock { state in
            guard let held = state.held[lease.holder.worker], held.assignment.lease == lease, let since = held.since,
                now - since > timeout
            else { return false }
            state.held[lease.holder.worker] = nil
            return true
        }
    }

    func end(by holder: Holder) {
        state.withLock { $0.held[holder.worker] = nil }
    }

    /// A worker was started again.
    func noteRestart(of worker: ChildID) {
        state.withLock { $0.restarts[worker, default: 0] += 1 }
    }

    /// How often workers were started again, and how many messages they ended with.
    var totals: (restarts: Int, handled: UInt64) {
        state.withLock { state in
            (
                state.restarts.values.reduce(0, +),
                state.members.values.reduce(state.handledBefore) { $0 + $1.handled.load(ordering: .relaxed) }
            )
        }
    }

    /// Workers that live.
    var count: Int { state.withLock { $0.members.count } }

    /// Whether a worker is idle.
    var hasCredit: Bool { state.withLock { !$0.idle.isEmpty } }

    /// Whether every living worker is idle: nothing was dealt here that is not done.
    var isIdle: Bool { state.withLock { $0.idle.count == $0.members.count } }

    /// What has been with a worker for longer than `timeout`. To be looked at again where it is ended.
    func overdue(at now: Duration, timeout: Duration) -> [(worker: Worker, assignment: Assignment)] {
        state.withLock { state in
            state.held.compactMap { number, held in
                guard let since = held.since, now - since > timeout, let worker = state.members[number] else {
                    return nil
                }
                return (worker, held.assignment)
            }
        }.sorted { $0.worker.holder.worker < $1.worker.holder.worker }
    }

    /// The living workers and what they hold, by incarnation.
    var workers: [(id: ChildID, incarnation: UInt64, sequence: UInt64?)] {
        state.withLock { state in
            state.members.values.map { worker in
                let number = worker.holder.worker
                return (worker.id, number, state.held[number]?.assignment.message.sequence)
            }
        }.sorted { $0.incarnation < $1.incarnation }
    }

    /// How many messages are in its workers' hands.
    var held: Int { state.withLock { $0.held.count } }

    /// What a worker holds.
    func assignment(of incarnation: UInt64) -> Assignment? { state.withLock { $0.held[incarnation]?.assignment } }

    /// The living workers as an operator sees them, by name.
    func look(at now: Duration) -> [WorkerLook] {
        state.withLock { state in
            state.members.values.map { worker in
                let number = worker.holder.worker
                return WorkerLook(
                    id: worker.id, incarnation: number, restarts: state.restarts[worker.id] ?? 0,
                    handled: worker.handled.load(ordering: .relaxed),
                    holds: state.held[number].map { held in
                        // It may have begun after the clock was read.
                        HeldMessageLook(
                            sequence: held.assignment.lease.sequence, stream: held.assignment.message.stream.name,
                            eventID: held.assignment.message.event.id.beginning,
                            attempt: held.assignment.lease.attempt, heldFor: max(now - held.begun, .zero))
                    })
            }
        }.sorted { ($0.id.name.utf8.count, $0.id.name) < ($1.id.name.utf8.count, $1.id.name) }
    }
}
