import ControlAPI
import Pipeline
import Supervision

// What the tree tells, in the documents of the API.

extension TreeNode {
    init(_ look: TreeLook) {
        self.init(
            id: look.id.name, kind: look.kind == .supervisor ? .supervisor : .worker,
            state: State(rawValue: look.state.rawValue), incarnation: look.incarnation, restarts: look.restarts,
            strategy: look.rule?.strategy.name,
            budget: look.rule.map { ControlAPI.RestartBudget($0.budget, left: $0.remainingRestarts) },
            holds: look.holds.map(HeldMessage.init), inHand: look.holds == nil ? nil : look.inHand, note: look.note,
            children: look.children.map(TreeNode.init))
    }
}

extension Supervisor.Strategy {
    fileprivate var name: String {
        switch self {
        case .oneForOne: "one_for_one"
        case .oneForAll: "one_for_all"
        case .restForOne: "rest_for_one"
        }
    }
}

extension ControlAPI.RestartBudget {
    init(_ budget: Supervision.RestartBudget, left: Int) {
        self.init(restarts: budget.restarts, withinSeconds: budget.period / .seconds(1), left: left)
    }
}

extension HeldMessage {
    init(_ look: HeldMessageLook) {
        self.init(
            sequence: look.sequence, stream: look.stream, eventID: look.eventID, attempt: look.attempt,
            heldForMilliseconds: look.heldFor.inMilliseconds)
    }
}

extension Worker {
    init(_ look: WorkerLook, of supervisor: DirectSupervisorLook) {
        self.init(
            id: look.id.name, supervisor: supervisor.id.name,
            state: look.isBackingOff ? .backingOff : look.holds == nil ? .idle : .busy,
            incarnation: look.incarnation, restarts: look.restarts, handled: look.handled,
            holds: look.holds.map(HeldMessage.init), inHand: look.inHand)
    }
}

extension SupervisorLoad {
    init(_ look: DirectSupervisorLook) {
        self.init(
            id: look.id.name, incarnation: look.incarnation,
            state: look.isDraining ? .draining : look.isRunning ? .running : .restarting,
            workers: look.workers.count, busy: look.workers.count { $0.holds != nil }, restarts: look.restarts,
            handled: look.handled)
    }
}

extension Duration {
    /// To the microsecond.
    var inMilliseconds: Double { (self / .microseconds(1)).rounded() / 1000 }
}
