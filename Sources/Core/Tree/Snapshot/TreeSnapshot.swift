public import Flow
public import Ledger
public import Supervision

/// One child of the living tree.
public struct TreeSnapshot: Sendable {
    /// What a child does. The raw value is its name in the control API.
    public enum State: String, Sendable, Hashable {
        case running
        /// A worker that waits for a message.
        case idle
        /// A worker with a message in hand.
        case busy
        /// It gets no more messages, and is stopped when it has finished what it holds.
        case draining
        /// A worker whose body could not be started: it waits before it tries again.
        case backingOff = "backing_off"
        /// A worker whose body is being started.
        case starting
        /// A worker whose body is being ended.
        case stopping
        case restarting
        case stopped
    }

    /// What a supervisor lives by.
    public struct Rule: Sendable, Hashable {
        /// What it does when a child ends.
        public var strategy: Supervisor.Strategy
        /// The restarts that it bears.
        public var budget: RestartBudget
        /// How many of them are left.
        public var remainingRestarts: Int
    }

    /// Its name.
    public var id: ChildID
    /// Whether it works or supervises.
    public var kind: ChildKind
    /// What it does.
    public var state: State
    /// New at every restart; 0 if it never ran.
    public var incarnation: UInt64
    /// How often it was started again since its supervisor started.
    public var restarts: Int
    /// A supervisor's; nil of a worker, and of a supervisor that did not answer.
    public var rule: Rule?
    /// The oldest message in a worker's hands.
    public var holds: HeldMessageSnapshot?
    /// How many messages are in its hands.
    public var inHand = 0
    /// For how long a worker has had its body.
    public var age: Duration?
    /// What is seen of a worker's body from outside, if that is a process.
    public var vitals: BodyVitals?
    /// What else there is to know.
    public var note: String?
    /// Its children, in the order of their start.
    public var children: [TreeSnapshot] = []
}

extension TreeSnapshot {
    private static let noAnswer = "it is busy with one of its children, and did not answer in time"

    package init(_ child: ChildInfo) {
        let state: State =
            switch child.state {
            case .running: .running
            case .restarting: .restarting
            case .stopped: .stopped
            }
        self.init(
            id: child.id, kind: child.kind, state: state, incarnation: child.incarnation, restarts: child.restarts)
    }

    mutating func fill(from look: SupervisorSnapshot?, _ complete: (inout TreeSnapshot) -> Void = { _ in }) {
        guard let look else {
            if state == .running || state == .draining { note = Self.noAnswer }
            return
        }
        rule = Rule(strategy: look.strategy, budget: look.budget, remainingRestarts: look.remainingRestarts)
        children = look.children.map { info in
            var child = TreeSnapshot(info)
            complete(&child)
            return child
        }
    }

    /// The workers of a direct supervisor: with what they hold if they are on its table, else as its supervisor knows them.
    mutating func addWorkers(of member: Pool.Member, as look: SupervisorSnapshot?, at now: Duration) {
        let living = member.table?.snapshot(at: now) ?? []
        let known = Dictionary(living.map { ($0.incarnation, $0) }, uniquingKeysWith: { $1 })
        fill(from: look) { worker in
            guard let found = known[worker.incarnation] else { return }
            worker.holds = found.holds
            worker.inHand = found.inHand
            (worker.age, worker.vitals) = (found.age, found.vitals)
            if worker.state == .running { worker.state = State(found.state) }
        }
        guard look == nil else { return }
        children = living.map { worker in
            TreeSnapshot(
                id: worker.id, kind: .worker, state: State(worker.state),
                incarnation: worker.incarnation, restarts: worker.restarts, holds: worker.holds,
                inHand: worker.inHand, age: worker.age, vitals: worker.vitals)
        }
    }
}

extension TreeSnapshot.State {
    fileprivate init(_ state: WorkerSnapshot.State) {
        self =
            switch state {
            case .starting: .starting
            case .idle: .idle
            case .busy: .busy
            case .backingOff: .backingOff
            case .stopping: .stopping
            }
    }
}
