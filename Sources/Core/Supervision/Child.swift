/// What a supervisor remembers of one child.
struct Child: Sendable {
    enum State: Sendable {
        case running(ChildProcess)
        /// Between two attempts to start it.
        case restarting(Retry)
        case stopped
    }

    /// An attempt to start a child again that is still to come.
    struct Retry: Sendable {
        /// Tells it from those that were called off.
        let number: UInt64
        /// Rings when it is due; nil when it is in the mailbox already.
        var alarm: Task<Void, Never>?
    }

    var specification: ChildSpecification
    var state: State = .stopped
    var incarnation: UInt64 = 0
    var restarts = 0
    /// How much it was restarted lately; kept only where restarts are delayed.
    var backoff: BackoffState?
    /// Set while it was told to exit: what it is to have ended with.
    var exitError: (any Error)?
    /// Rings when a child that was told to exit has not done so within its budget.
    var exitAlarm: Task<Void, Never>?

    init(_ specification: ChildSpecification) { self.specification = specification }

    var info: ChildInfo {
        let state: ChildInfo.State =
            switch self.state {
            case .running: .running
            case .restarting: .restarting
            case .stopped: .stopped
            }
        return ChildInfo(
            id: specification.id, state: state, kind: specification.kind, incarnation: incarnation, restarts: restarts)
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
            if let old = table[id] { tally(old, -1) }
            if let newValue { tally(newValue, 1) }
            table[id] = newValue
        }
    }

    /// Puts the children into another start order; those not named come first.
    mutating func reorder(_ ids: [ChildID]) { table.reorder(ids) }

    private mutating func tally(_ child: Child, _ sign: Int) {
        counts.specs += sign
        switch child.specification.kind {
        case .supervisor: counts.supervisors += sign
        case .worker: counts.workers += sign
        }
        if case .running = child.state { counts.active += sign }
        guard child.specification.isSignificant else { return }
        switch child.state {
        case .running, .restarting: livingSignificant += sign
        case .stopped: break
        }
    }
}
