/// What a supervisor remembers of one child.
struct Child: Sendable {
    enum State: Sendable {
        case running(ChildProcess)
        /// Between two attempts to start it.
        case restarting(Retry)
        case stopped

        fileprivate var info: ChildInfo.State {
            switch self {
            case .running: .running
            case .restarting: .restarting
            case .stopped: .stopped
            }
        }
    }

    /// An attempt to start a child again that is still to come.
    struct Retry: Sendable {
        /// Tells it from those that were called off.
        let number: UInt64
        /// What it ended with last, or could not be started for.
        let reason: ExitReason
        /// Rings when it is due; nil when it is in the mailbox already, because a start failed.
        var alarm: Task<Void, Never>?
    }

    /// What a child that was told to exit is to have ended with, and what rings when it has not gone within its budget.
    struct Exit: Sendable {
        let error: any Error
        var alarm: Task<Void, Never>?
    }

    var specification: ChildSpecification
    var state: State = .stopped
    private(set) var incarnation: UInt64 = 0
    var restarts = 0
    /// How much it was restarted lately; kept only where restarts are delayed.
    var backoff: BackoffState?
    var exit: Exit?

    init(_ specification: ChildSpecification) { self.specification = specification }

    /// It runs in this incarnation from now on.
    mutating func begin(_ process: ChildProcess) {
        state = .running(process)
        incarnation = process.incarnation
    }

    var info: ChildInfo {
        ChildInfo(
            id: specification.id, state: state.info, kind: specification.traits.kind, incarnation: incarnation,
            restarts: restarts)
    }
}

/// The children of a supervisor in start order, and how many of each sort there are.
struct ChildTable: Sendable {
    private var table = OrderedTable<ChildID, Child>()
    private(set) var counts = ChildCounts()
    /// Significant children that run or will.
    private(set) var livingSignificant = 0

    var count: Int { table.count }
    var ids: [ChildID] { table.keys }
    var all: [Child] { table.values }

    /// Makes room for so many.
    mutating func reserveCapacity(_ count: Int) { table.reserveCapacity(count) }

    /// That child and those started after it.
    func ids(from id: ChildID) -> [ChildID] { table.keys(from: id) }

    /// Setting a new child adds it at the end of the start order; nil removes it.
    subscript(id: ChildID) -> Child? {
        get { table[id] }
        set {
            let old = table[id]
            if let old { tally(old, -1) }
            if let newValue { tally(newValue, 1) }
            table[id] = newValue
            #if DEBUG
            newValue?.checkStep(from: old ?? Child(newValue!.specification))
            #endif
        }
    }

    /// Puts the children into another start order; those not named come first.
    mutating func reorder(_ ids: [ChildID]) { table.reorder(ids) }

    private mutating func tally(_ child: Child, _ sign: Int) {
        let traits = child.specification.traits
        counts.specs += sign
        switch traits.kind {
        case .supervisor: counts.supervisors += sign
        case .worker: counts.workers += sign
        }
        if child.state.info == .running { counts.active += sign }
        if traits.isSignificant, child.state.info != .stopped { livingSignificant += sign }
    }
}

#if DEBUG
// Preconditions rather than assertions: the target is optimized for debugging, too.

extension Child {
    /// Checks that a child may become this one in a step.
    fileprivate func checkStep(from old: Child) {
        precondition(specification.id == old.specification.id, "a child stays in its place")
        precondition(
            restarts >= old.restarts && incarnation >= old.incarnation, "\(specification.id) goes back in time")
        precondition(exit == nil || state.info == .running, "\(specification.id) is told to exit, but does not run")
        switch (old.state, state) {
        case (.running, .running(let process)):
            precondition(process.incarnation == old.incarnation, "\(specification.id) has two tasks")
        case (.stopped, .running(let process)):
            precondition(process.incarnation == incarnation, "\(specification.id) runs as another incarnation")
        case (.restarting, .running): preconditionFailure("\(specification.id) runs, and is to be started")
        case (_, .restarting), (_, .stopped):
            precondition(incarnation == old.incarnation, "\(specification.id) has an incarnation that never ran")
        }
    }
}

extension ChildTable {
    /// Checks that the counts are those of the children, and the order is that of the table. Of a crowd it is not checked: it
    /// would cost each message as much as there are children.
    func checkInvariants() {
        guard count <= 64 else { return }
        table.checkInvariants()
        var recounted = ChildTable()
        for child in all {
            precondition(
                table[child.specification.id]?.incarnation == child.incarnation, "a child is under another's name")
            recounted.tally(child, 1)
        }
        precondition(counts == recounted.counts && livingSignificant == recounted.livingSignificant, "wrong counts")
    }
}
#endif
