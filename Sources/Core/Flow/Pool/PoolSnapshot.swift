public import Ledger
public import Supervision

/// A living worker, and what it has in hand.
public struct WorkerSnapshot: Sendable, Hashable {
    /// Its name.
    public var id: ChildID
    /// New at every restart.
    public var incarnation: UInt64
    /// How often the worker of that name was started again under this incarnation of its supervisor.
    public var restarts: Int
    /// How many messages this incarnation has ended with.
    public var handled: UInt64
    /// The oldest message in its hands; nil: it is idle.
    public var holds: HeldMessageSnapshot?
    /// How many messages are in its hands.
    public var inHand = 0
    /// What it does.
    public var state = State.idle
    /// For how long it has had its body; nil: it waits before it makes another one.
    public var age: Duration?
    /// What is seen of its body from outside, if that is a process.
    public var vitals: BodyVitals?

    /// What a worker does. The raw value is its name in the control API.
    public enum State: String, Sendable, Hashable {
        /// Its body is being started.
        case starting
        /// It waits for a message.
        case idle
        /// It has something in hand.
        case busy
        /// Its body could not be started, and it waits before it tries again.
        case backingOff = "backing_off"
        /// Its body is being ended.
        case stopping
    }

    /// Whether its body could not be started, and it waits before it tries again.
    public var isBackingOff: Bool { state == .backingOff }
}

/// A message in the hands of a worker.
public struct HeldMessageSnapshot: Sendable, Hashable {
    /// Its number.
    public var sequence: UInt64
    /// The name of the stream it came from.
    public var stream: String
    /// The beginning of its event id; may be empty.
    public var eventID: String
    /// Which attempt this is.
    public var attempt: Int
    /// For how long the worker has had it.
    public var heldFor: Duration
}

/// A direct supervisor and its workers.
public struct DirectSupervisorSnapshot: Sendable, Hashable {
    /// Its name.
    public var id: ChildID
    /// New at every restart; 0 while it restarts.
    public var incarnation: UInt64
    /// Whether it is told to go, and finishes what it holds.
    public var isDraining: Bool
    /// Whether it lives; it is restarting otherwise.
    public var isRunning: Bool
    /// How often its workers were replaced since it started.
    public var restarts: Int
    /// How many messages its workers have ended with since it started.
    public var handled: UInt64
    /// Its living workers.
    public var workers: [WorkerSnapshot]
}

extension Pool {
    /// The pool, by number, with all workers.
    package func snapshots(at now: Duration) -> [DirectSupervisorSnapshot] {
        members.sorted { $0.number < $1.number }.map { member in
            let totals = member.table?.totals
            return DirectSupervisorSnapshot(
                id: member.id, incarnation: member.table?.incarnation ?? 0, isDraining: member.isLeaving,
                isRunning: member.table != nil, restarts: totals?.restarts ?? 0, handled: totals?.handled ?? 0,
                workers: member.table?.snapshot(at: now) ?? [])
        }
    }
}
