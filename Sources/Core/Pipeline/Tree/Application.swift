public import CoreMetrics
public import Logging
import NIOCore
public import Supervision

/// The whole tree: application_supervisor with all that lives under it, and the books that outlive its parts.
///
///     application_supervisor     one_for_one
///     ├── the writers            what the handlers print through
///     ├── state_writer           checkpoints and dead letters
///     ├── main_supervisor        one_for_one over direct_supervisor.N, each one_for_one over worker.N.M
///     ├── flow_manager
///     └── stream_supervisor      one_for_one over stream.<name>
///
/// The order is that of dependence: what comes later uses what came before, so the start goes down the list and the stop up.
public final class Application: Sendable {
    let settings: ApplicationSettings
    let ledger: LedgerStore
    let intake: Intake
    let pool: Pool
    let flow: FlowState
    let runtime: SupervisionRuntime
    let events: EventLog
    let observation: Observation
    let looks = SupervisorLooks()
    let supervisor: Supervisor
    let streams: SupervisorReference
    let stateWriter: StateWriter
    let writers: [ChildID]
    let flowBell: Bell
    let logger: Logger

    /// Makes a tree; ``run()`` brings it to life.
    ///
    /// - Parameters:
    ///   - sources: the streams; their names are unique.
    ///   - handler: what the workers do.
    ///   - writers: supervised children that the handler depends on; started first, stopped last.
    ///   - store: where checkpoints and dead letters go.
    ///   - metrics: where to measure to; those of the process if they have been set up, else nowhere.
    ///   - wallClock: microseconds since 1970.
    public init(
        settings: ApplicationSettings = ApplicationSettings(), sources: [any Source], handler: any Handler,
        writers: [ChildSpecification] = [], store: any StateStore, runtime: SupervisionRuntime = SupervisionRuntime(),
        metrics: any MetricsFactory = MetricsSystem.factory, wallClock: @escaping @Sendable () -> Int64, logger: Logger
    ) {
        let names = sources.enumerated().map { StreamName(name: $1.name, index: $0) }
        let ledger = LedgerStore(Ledger(limits: settings.ledgerLimits, streams: names, breaker: settings.breaker))
        let flowBell = Bell()
        let intake = Intake(
            streams: sources.map { StreamStatus(name: $0.name, location: $0.location) }, ledger: ledger, bell: flowBell)
        let pool = Pool(desired: settings.scaling.min)
        let observation = Observation(
            ledger: ledger, settings: { settings }, metrics: PipelineMetrics(metrics), runtime: runtime,
            wallClock: wallClock)
        let events = EventLog(observation, logger: logger)
        let flow = FlowState(at: runtime.now)
        let streams = SupervisorReference()
        let stateWriter = StateWriter(
            ledger: ledger, store: store,
            locations: Dictionary(sources.map { ($0.name, $0.location) }, uniquingKeysWith: { $1 }),
            interval: settings.storeInterval, runtime: runtime, events: observation.events, logger: logger)
        let crew = Crew(
            handler: handler, ledger: ledger, pool: pool, flowBell: flowBell, runtime: runtime,
            killMessage: settings.killMessage.isEmpty ? nil : ByteBuffer(bytes: settings.killMessage),
            timeout: settings.workerTimeout)
        let main = MainSupervisor(
            crew: crew, workersPerSupervisor: settings.scaling.workersPerSupervisor,
            budget: settings.mainSupervisorBudget,
            directSupervisorBudget: settings.directSupervisorBudget, observer: events.note, logger: logger)
        let manager = FlowManager(
            ledger: ledger, intake: intake, pool: pool, flow: flow, bell: flowBell, retry: settings.retryPolicy,
            scaling: settings.scaling, runtime: runtime, wallClock: wallClock, observation: observation,
            logger: logger)
        let receivers = zip(names, sources).map { name, source in
            ChildSpecification(id: ChildID("stream.\(name.name)"), shutdown: .timeout(.seconds(2))) { context in
                intake.begin(context.incarnation, of: name.index)
                try await source.run(
                    StreamIntake(
                        stream: name, incarnation: context.incarnation, intake: intake, ledger: ledger, runtime: runtime
                    ))
            }
        }
        supervisor = Supervisor(
            "application_supervisor",
            options: Supervisor.Options(strategy: .oneForOne, budget: settings.applicationBudget),
            children: writers + [
                ChildSpecification(id: .stateWriter) { _ in try await stateWriter.run() },
                ChildSpecification(id: .mainSupervisor, kind: .supervisor, startup: .whenReady) {
                    try await main.run($0)
                },
                ChildSpecification(id: .flowManager) { _ in try await manager.run() },
                ChildSpecification(id: .streamSupervisor, kind: .supervisor, startup: .whenReady) { context in
                    let supervisor = Supervisor(
                        context.id.name,
                        options: Supervisor.Options(
                            strategy: .oneForOne, budget: settings.streamSupervisorBudget, stopOrder: .parallel),
                        children: receivers, runtime: runtime, observer: events.note)
                    streams.set(supervisor)
                    try await supervisor.runAsChild(context)
                },
            ],
            runtime: runtime, observer: events.note)
        self.settings = settings
        self.ledger = ledger
        self.intake = intake
        self.pool = pool
        self.flow = flow
        self.runtime = runtime
        self.events = events
        self.observation = observation
        self.streams = streams
        self.stateWriter = stateWriter
        self.writers = writers.map(\.id)
        self.flowBell = flowBell
        self.logger = logger
    }

    /// Reads the checkpoints of the last life, so that the streams go on from there. To be called before ``run()``.
    ///
    /// A checkpoint of another location than the stream's is passed over: its id would mean nothing there, or the wrong thing.
    /// Locations hold no values of a query, so a new access token in one does not cost the place.
    public func recover() async throws {
        let locations = intake.statuses.map(\.location)
        for checkpoint in try await stateWriter.store.checkpoints() {
            ledger.withLock { ledger in
                guard let index = ledger.streams.firstIndex(where: { $0.name.name == checkpoint.stream }) else {
                    return
                }
                if let location = checkpoint.location, location != locations[index] {
                    logger.warning(
                        """
                        stream \(checkpoint.stream) comes from \(locations[index]) now, its checkpoint from \(location): \
                        it is not used, and the stream begins anew
                        """, metadata: ["stream": "\(checkpoint.stream)"])
                    return
                }
                ledger.resume(index, after: checkpoint)
            }
        }
    }

    /// Runs the tree until it has stopped, or has given up.
    public func run() async -> Supervisor.Ending {
        let ending = await supervisor.run()
        flow.end()
        // Also when it gave up: dead letters of a feed without ids are nowhere else.
        await stateWriter.write()
        observation.end()
        return ending
    }

    /// Stops the tree at once, in the reverse order of its start. What is in process is left as it is.
    public func stop() {
        supervisor.stop()
    }

    /// Stops receiving, and waits until everything that was received is done or the tree has ended, but not longer than
    /// `timeout`.
    ///
    /// The pool does not shrink meanwhile, and may grow. What is settled by then is stored. ``stop()`` is still to be called.
    /// - Returns: how many messages are left.
    public func drain(within timeout: Duration) async -> Int {
        let (empty, whenEmpty) = AsyncStream<Void>.makeStream()
        let deadline = runtime.now + timeout
        flow.beginDrain()
        let alarm = runtime.spawn { [runtime] in
            try? await runtime.sleep(until: deadline)
            whenEmpty.finish()
        }
        _ = try? await supervisor.terminateChild(.streamSupervisor)
        // Only now: while a stream still read, nothing in process would not mean that it stays so.
        flow.noteEmpty(to: whenEmpty)
        flowBell.ring()
        for await _ in empty {}
        alarm.cancel()
        await stateWriter.write()
        return left
    }

    /// What was received and is not settled: in flight, or still waiting for admission.
    public var left: Int { ledger.snapshot.inFlight + waiting }

    /// What was read and still waits for admission.
    public var waiting: Int { intake.waiting }
}

extension ChildID {
    static let mainSupervisor: ChildID = "main_supervisor"
    static let flowManager: ChildID = "flow_manager"
    static let streamSupervisor: ChildID = "stream_supervisor"
    static let stateWriter: ChildID = "state_writer"
}

extension ApplicationSettings {
    var ledgerLimits: LedgerLimits {
        LedgerLimits(inFlight: maxInFlight, inFlightBytes: maxInFlightBytes, span: maxSpan, eventBytes: maxEventBytes)
    }

    var retryPolicy: RetryPolicy {
        RetryPolicy(maxAttempts: maxAttempts, initialDelay: initialBackoff, maximumDelay: maximumBackoff)
    }
}
