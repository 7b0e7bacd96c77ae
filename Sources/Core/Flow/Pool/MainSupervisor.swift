import Ledger
import Supervision

/// Deals the messages of the one queue over the direct supervisors, and adds or removes direct supervisors as flow_manager
/// decides.
///
/// One queue with credit, and not a mailbox per worker: what is dealt blindly strands behind a slow worker while others idle.
package struct MainSupervisor: Sendable {
    private let shared: PoolContext
    private let budget: RestartBudget
    private let directSupervisor: @Sendable (Int) -> ChildSpecification
    private let observer: @Sendable (SupervisionEvent) -> Void

    /// - Parameter directSupervisor: the specification of the one of this number.
    package init(
        _ shared: PoolContext, budget: RestartBudget,
        directSupervisor: @escaping @Sendable (Int) -> ChildSpecification,
        observer: @escaping @Sendable (SupervisionEvent) -> Void
    ) {
        self.shared = shared
        self.budget = budget
        self.directSupervisor = directSupervisor
        self.observer = observer
    }

    private var pool: Pool { shared.pool }

    /// The body of the supervised child.
    package func run(_ context: ChildContext) async throws {
        let supervisor = Supervisor(
            context.id.name,
            options: Supervisor.Options(strategy: .oneForOne, budget: budget, stopOrder: .parallel),
            runtime: shared.runtime, observer: observer)
        pool.begin(under: supervisor)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: shared.runtime.executor) { try await supervisor.runAsChild(context) }
            group.addTask(executorPreference: shared.runtime.executor) { try await deal() }
            group.addTask(executorPreference: shared.runtime.executor) { try await resize(supervisor) }
            defer { group.cancelAll() }
            _ = try await group.next()
        }
    }

    private func deal() async throws {
        let alarm = Alarm(pool.dealNotify, runtime: shared.runtime)
        while true {
            if let formingUntil = shared.dealAll() { alarm.set(formingUntil) }
            pool.pulse.beat()
            try await pool.dealNotify.wait()
        }
    }

    /// Lets direct supervisors come and go, beside the dealing: a supervisor that is waited for must not hold that up.
    private func resize(_ supervisor: Supervisor) async throws {
        while true {
            do {
                try await carryOut(pool.plan(), under: supervisor)
            } catch SupervisorError.notRunning {
                // It is about to end, and says why better than this does.
            }
            try await pool.sizeNotify.wait()
        }
    }

    private func carryOut(_ plan: Pool.Plan, under supervisor: Supervisor) async throws {
        for number in plan.start { try await supervisor.startChild(directSupervisor(number)) }
        for direct in plan.ask { direct.stop() }
        for id in plan.remove {
            try await supervisor.terminateChild(id)
            try await supervisor.deleteChild(id)
            pool.remove(id)
        }
    }
}
