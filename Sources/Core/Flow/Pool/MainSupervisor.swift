import Logging
import Supervision

/// Deals the messages of the one queue over the direct supervisors, and adds or removes direct supervisors as flow_manager
/// decides.
///
/// One queue with credit, and not a mailbox per worker: what is dealt blindly strands behind a slow worker while others idle.
struct MainSupervisor {
    let crew: Crew
    let workersPerSupervisor: Int
    let budget: RestartBudget
    let directSupervisorBudget: RestartBudget
    let observer: @Sendable (SupervisionEvent) -> Void
    let logger: Logger

    private var pool: Pool { crew.pool }

    /// The body of the supervised child.
    func run(_ context: ChildContext) async throws {
        let supervisor = Supervisor(
            context.id.name,
            options: Supervisor.Options(strategy: .oneForOne, budget: budget, stopOrder: .parallel),
            runtime: crew.runtime, observer: observer)
        pool.begin(under: supervisor)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: crew.runtime.executor) { try await supervisor.runAsChild(context) }
            group.addTask(executorPreference: crew.runtime.executor) { try await deal() }
            group.addTask(executorPreference: crew.runtime.executor) { try await resize(supervisor) }
            defer { group.cancelAll() }
            _ = try await group.next()
        }
    }

    private func deal() async throws {
        var hands: [(worker: Worker, hand: Hand)] = []
        let alarm = Alarm(pool.bell, runtime: crew.runtime)
        while true {
            let formingUntil = pool.deal(
                from: crew.ledger, crew.demand, crew.balance, at: crew.runtime.now, into: &hands)
            for (worker, hand) in hands where !worker.desk.hand(hand) {
                worker.roster.drop(hand)
                crew.takeBack(hand)
            }
            // Or it would keep the messages for as long as nothing else is dealt.
            hands.removeAll(keepingCapacity: true)
            if let formingUntil { alarm.set(formingUntil) }
            pool.pulse.beat()
            try await pool.bell.wait()
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
            try await pool.sizeBell.wait()
        }
    }

    private func carryOut(_ plan: Pool.Plan, under supervisor: Supervisor) async throws {
        for number in plan.start {
            let direct = DirectSupervisor(
                crew: crew, workers: workersPerSupervisor, budget: directSupervisorBudget, observer: observer,
                logger: logger)
            try await supervisor.startChild(
                ChildSpecification(id: Pool.id(number), kind: .supervisor, startup: .whenReady) { context in
                    try await direct.run(context)
                })
        }
        for direct in plan.ask { direct.stop() }
        for id in plan.remove {
            try await supervisor.terminateChild(id)
            try await supervisor.deleteChild(id)
            pool.remove(id)
        }
    }
}
