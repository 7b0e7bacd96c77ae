public import Supervision

/// One child of the living tree.
public struct TreeLook: Sendable {
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
    public var holds: HeldMessageLook?
    /// How many messages are in its hands.
    public var inHand = 0
    /// What else there is to know.
    public var note: String?
    /// Its children, in the order of their start.
    public var children: [TreeLook] = []
}

extension Application {
    /// How long a supervisor has for its answer. One that waits for a child to start or to stop answers later.
    static let patienceWithSupervisors = Duration.milliseconds(500)

    /// The living tree, as its supervisors know it; they are asked at the same time.
    ///
    /// One that is busy with a child and does not answer in time is in the tree with a note, and without what only it knows.
    public func tree() async -> TreeLook {
        let members = pool.members
        let (main, receivers) = (pool.supervisor, streams.current)
        let answers = await looks.ask(
            [supervisor] + [main, receivers].compactMap { $0 } + members.compactMap(\.supervisor),
            within: Self.patienceWithSupervisors, runtime: runtime)
        var root = TreeLook(
            id: ChildID(supervisor.name), kind: .supervisor, state: .running, incarnation: 1, restarts: 0)
        let statuses = Dictionary(intake.statuses.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        root.fill(from: answers.look(supervisor)) { child in
            switch child.id {
            case .mainSupervisor:
                child.fill(from: answers.look(main)) { direct in
                    guard let member = members.first(where: { $0.id == direct.id }) else { return }
                    if member.isDraining, direct.state == .running { direct.state = .draining }
                    direct.addWorkers(of: member, as: answers.look(member.supervisor), at: runtime.now)
                }
            case .streamSupervisor:
                child.fill(from: answers.look(receivers)) { receiver in
                    guard let status = statuses[String(receiver.id.name.dropFirst("stream.".count))] else { return }
                    receiver.note = status.state.rawValue + (status.error.map { ": \($0)" } ?? "")
                }
            default: break
            }
        }
        return root
    }
}

extension TreeLook {
    private static let noAnswer = "it is busy with one of its children, and did not answer in time"

    init(_ child: ChildInfo) {
        let state: State =
            switch child.state {
            case .running: .running
            case .restarting: .restarting
            case .stopped: .stopped
            }
        self.init(
            id: child.id, kind: child.kind, state: state, incarnation: child.incarnation, restarts: child.restarts)
    }

    fileprivate mutating func fill(from look: SupervisorLook?, _ complete: (inout TreeLook) -> Void = { _ in }) {
        guard let look else {
            if state == .running || state == .draining { note = Self.noAnswer }
            return
        }
        rule = Rule(strategy: look.strategy, budget: look.budget, remainingRestarts: look.remainingRestarts)
        children = look.children.map { info in
            var child = TreeLook(info)
            complete(&child)
            return child
        }
    }

    /// The workers of a direct supervisor: with what they hold if they are on its table, else as its supervisor knows them.
    fileprivate mutating func addWorkers(of member: Pool.Member, as look: SupervisorLook?, at now: Duration) {
        let living = member.table?.look(at: now) ?? []
        let known = Dictionary(living.map { ($0.incarnation, $0) }, uniquingKeysWith: { $1 })
        fill(from: look) { worker in
            guard let found = known[worker.incarnation] else { return }
            worker.holds = found.holds
            worker.inHand = found.inHand
            if worker.state == .running { worker.state = found.state }
        }
        guard look == nil else { return }
        children = living.map { worker in
            TreeLook(
                id: worker.id, kind: .worker, state: worker.state,
                incarnation: worker.incarnation, restarts: worker.restarts, holds: worker.holds,
                inHand: worker.inHand)
        }
    }
}

extension WorkerLook {
    fileprivate var state: TreeLook.State { isBackingOff ? .backingOff : holds == nil ? .idle : .busy }
}
