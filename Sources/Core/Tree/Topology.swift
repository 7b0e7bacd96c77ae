import Flow
import Ledger
import Logging
import Supervision

/// The tree: every child specification, with its restart type, its budget and its place among the others.
///
///     application_supervisor     one_for_one
///     ├── the writers            what the handlers print through
///     ├── state_writer           checkpoints and dead letters
///     ├── main_supervisor        one_for_one over direct_supervisor.N, each one_for_one over worker.N.M
///     ├── flow_manager
///     └── stream_supervisor      one_for_one over stream.<name>
///
/// The order is that of dependence: what comes later uses what came before, so the start goes down the list and the stop up.
package struct Topology: Sendable {
    /// What outlives all of it.
    package let kernel: ErrorKernel
    /// application_supervisor.
    package let root: Supervisor
    /// What stream_supervisor supervises.
    package let streams: StreamChildren
    package let stateWriter: StateWriter
    package let manager: FlowManager
    package let events: EventLog
    /// Bodies that could not be started.
    package let starts: FailedStarts
    /// What the handler wants to have in hand.
    package let demand: Demand
    package let writers: [ChildID]
    package let observer: any Observer
    /// What operators change about the streams, one after another.
    package let commands: CommandQueue
    package let logger: Logger

    package init(
        _ kernel: ErrorKernel, sources: [any Source], handler: any Handler, writers: [ChildSpecification],
        isOutputBlocked: @escaping @Sendable () -> Bool, store: any StateStore, observer: any Observer, logger: Logger
    ) {
        let settings = kernel.live.current.settings
        let events = EventLog(observer, logger: logger)
        let stateWriter = StateWriter(kernel, store: store, observer: observer, logger: logger)
        let manager = FlowManager(kernel, observer: observer, isOutputBlocked: isOutputBlocked, logger: logger)
        let starts = FailedStarts(logger: logger)
        let shared = PoolContext(
            kernel, handler: handler, starts: starts, bodies: BodyLog(observer, logger: logger))
        let main = MainSupervisor(
            shared, budget: settings.mainSupervisorBudget,
            directSupervisor: { .directSupervisor($0, settings, shared, observer: events.note, logger: logger) },
            observer: events.note)
        let streams = StreamChildren(
            sources.enumerated().map { .receiver(of: StreamName(name: $1.name, index: $0), from: $1, to: kernel) })
        root = Supervisor(
            "application_supervisor",
            options: Supervisor.Options(strategy: .oneForOne, budget: settings.applicationBudget),
            children: writers + [
                ChildSpecification(id: .stateWriter) { _ in try await stateWriter.run() },
                ChildSpecification(id: .mainSupervisor, kind: .supervisor, startup: .whenReady) {
                    try await main.run($0)
                },
                ChildSpecification(id: .flowManager) { _ in try await manager.run() },
                .streamSupervisor(
                    streams, budget: settings.streamSupervisorBudget, kernel.runtime, observer: events.note),
            ],
            runtime: kernel.runtime, observer: events.note)
        self.kernel = kernel
        self.streams = streams
        self.stateWriter = stateWriter
        self.manager = manager
        self.events = events
        self.starts = starts
        self.observer = observer
        self.logger = logger
        demand = shared.demand
        self.writers = writers.map(\.id)
        commands = CommandQueue(kernel.runtime)
    }
}

extension ChildID {
    package static let mainSupervisor: ChildID = "main_supervisor"
    package static let flowManager: ChildID = "flow_manager"
    package static let streamSupervisor: ChildID = "stream_supervisor"
    package static let stateWriter: ChildID = "state_writer"

    /// The receiver of a stream.
    package static func stream(_ name: String) -> ChildID { ChildID("stream.\(name)") }
}

extension ChildSpecification {
    /// A direct supervisor with its workers, which are all alike.
    fileprivate static func directSupervisor(
        _ number: Int, _ settings: ApplicationSettings, _ shared: PoolContext,
        observer: @escaping @Sendable (SupervisionEvent) -> Void, logger: Logger
    ) -> ChildSpecification {
        let direct = DirectSupervisor(
            shared, workers: settings.scaling.workersPerSupervisor, budget: settings.directSupervisorBudget,
            worker: { .worker($0, grace: shared.handler.stopGrace) }, observer: observer, logger: logger)
        return ChildSpecification(id: Pool.id(number), kind: .supervisor, startup: .whenReady) { context in
            try await direct.run(context)
        }
    }

    /// A worker. What a message does to it is not charged to its supervisor: the message pays.
    fileprivate static func worker(_ run: @escaping DirectSupervisor.Body, grace: Duration) -> ChildSpecification {
        ChildSpecification(
            id: "worker", shutdown: .timeout(grace + .milliseconds(500)),
            isCharged: { reason in if case .error(is MessageFault) = reason { false } else { true } }, run: run)
    }

    fileprivate static func streamSupervisor(
        _ streams: StreamChildren, budget: RestartBudget, _ runtime: SupervisionRuntime,
        observer: @escaping @Sendable (SupervisionEvent) -> Void
    ) -> ChildSpecification {
        ChildSpecification(id: .streamSupervisor, kind: .supervisor, startup: .whenReady) { context in
            let supervisor = streams.begin { receivers in
                Supervisor(
                    context.id.name,
                    options: Supervisor.Options(strategy: .oneForOne, budget: budget, stopOrder: .parallel),
                    children: receivers, runtime: runtime, observer: observer)
            }
            try await supervisor.runAsChild(context)
        }
    }

    /// The receiver and parser of one stream.
    static func receiver(of stream: StreamName, from source: any Source, to kernel: ErrorKernel) -> ChildSpecification {
        ChildSpecification(id: .stream(stream.name), shutdown: .timeout(.seconds(2))) { context in
            try await source.run(kernel.begin(context.incarnation, of: stream))
        }
    }
}
