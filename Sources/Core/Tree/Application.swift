public import CoreMetrics
import Locking
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
    let live: LiveSettings
    let ledger: LedgerStore
    let intake: Intake
    let pool: Pool
    let flow: FlowState
    let runtime: SupervisionRuntime
    /// The streams of the start.
    let firstSources: [any Source]
    /// The streams at present, by their names.
    let sources: Locked<[String: any Source]>
    /// Those that are told what becomes of their messages.
    let recipients: Recipients
    let events: EventLog
    let observation: Observation
    let looks = SupervisorLooks()
    let supervisor: Supervisor
    let streams: StreamChildren
    let stateWriter: StateWriter
    let manager: FlowManager
    let writers: [ChildID]
    let starts: FailedStarts
    let outputTrouble: @Sendable () -> String?
    let hostProblems: @Sendable () -> [ApplicationStatus.Problem]
    let flowNotify: Notify
    /// That flow_manager goes round.
    let flowPulse: Pulse
    let dealing: DealingWatch
    /// What operators change about the streams.
    let turns: CommandQueue
    let logger: Logger

    /// Makes a tree; ``run()`` brings it to life.
    ///
    /// - Parameters:
    ///   - sources: the streams; their names are unique.
    ///   - handler: what the workers do.
    ///   - writers: supervised children that the handler depends on; started first, stopped last.
    ///   - outputTrouble: what holds up the writers, in words; nil when nothing does.
    ///   - hostProblems: what goes wrong around the tree, such as a listener that cannot be had.
    ///   - store: where checkpoints and dead letters go.
    ///   - metrics: where to measure to; those of the process if they have been set up, else nowhere.
    ///   - wallClock: microseconds since 1970.
    public init(
        settings: ApplicationSettings = ApplicationSettings(), sources: [any Source], handler: any Handler,
        writers: [ChildSpecification] = [], outputTrouble: @escaping @Sendable () -> String? = { nil },
        hostProblems: @escaping @Sendable () -> [ApplicationStatus.Problem] = { [] }, store: any StateStore,
        runtime: SupervisionRuntime = SupervisionRuntime(),
        metrics: any MetricsFactory = MetricsSystem.factory, wallClock: @escaping @Sendable () -> Int64, logger: Logger
    ) {
        let names = sources.enumerated().map { StreamName(name: $1.name, index: $0) }
        let recipients = Recipients()
        let numbers = sources.map(recipients.begin)
        let live = LiveSettings(settings)
        let ledger = LedgerStore(
            Ledger(
                limits: settings.ledgerLimits,
                streams: zip(names, sources).map {
                    StreamLedger(name: $0, location: $1.location, policy: $1.positions)
                },
                breaker: settings.breaker))
        ledger.withLock { ledger in
            ledger.outage.longestAsked = settings.longestAskedBackoff
            ledger.killMessage = live.current.killMessage
            ledger.life = (0..<16).map { _ in UInt8.random(in: .min ... .max) }
            for (place, source) in sources.enumerated() {
                ledger.identify(place, as: source.identity)
                ledger.streams[place].notices = PendingNotices(to: numbers[place])
            }
        }
        let flowNotify = Notify()
        let flowPulse = Pulse(flowNotify)
        let intake = Intake(
            streams: sources.map { StreamStatus(name: $0.name, location: $0.location) }, ledger: ledger, bell: flowNotify)
        let pool = Pool(desired: settings.scaling.min)
        let observation = Observation(
            ledger: ledger, settings: { live.current.settings }, metrics: PipelineMetrics(metrics), runtime: runtime,
            wallClock: wallClock)
        let events = EventLog(observation, logger: logger)
        let flow = FlowState(at: runtime.now)
        let stateWriter = StateWriter(
            ledger: ledger, store: store, interval: settings.storeInterval, runtime: runtime,
            events: observation.events, flowNotify: flowNotify, logger: logger)
        let starts = FailedStarts(logger: logger)
        let shared = PoolContext(
            handler: handler, ledger: ledger, pool: pool, flowNotify: flowNotify, runtime: runtime, live: live,
            starts: starts)
        let main = MainSupervisor(
            shared: shared, workersPerSupervisor: settings.scaling.workersPerSupervisor,
            budget: settings.mainSupervisorBudget,
            directSupervisorBudget: settings.directSupervisorBudget, observer: events.note, logger: logger)
        let manager = FlowManager(
            ledger: ledger, intake: intake, recipients: recipients, pool: pool, flow: flow, bell: flowNotify,
            pulse: flowPulse, live: live,
            runtime: runtime, wallClock: wallClock, observation: observation,
            isOutputBlocked: { outputTrouble() != nil }, logger: logger)
        let streams = StreamChildren(
            names.indices.map { place in
                .receiver(
                    of: names[place], from: sources[place], to: intake, recipient: numbers[place], runtime: runtime)
            })
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
                    let supervisor = streams.begin { receivers in
                        Supervisor(
                            context.id.name,
                            options: Supervisor.Options(
                                strategy: .oneForOne, budget: settings.streamSupervisorBudget, stopOrder: .parallel),
                            children: receivers, runtime: runtime, observer: events.note)
                    }
                    try await supervisor.runAsChild(context)
                },
            ],
            runtime: runtime, observer: events.note)
        self.live = live
        firstSources = sources
        self.sources = Locked(Dictionary(sources.map { ($0.name, $0) }, uniquingKeysWith: { $1 }))
        self.recipients = recipients
        self.ledger = ledger
        self.intake = intake
        self.pool = pool
        self.flow = flow
        self.runtime = runtime
        self.events = events
        self.observation = observation
        self.streams = streams
        self.stateWriter = stateWriter
        self.manager = manager
        self.writers = writers.map(\.id)
        self.starts = starts
        self.outputTrouble = outputTrouble
        self.hostProblems = hostProblems
        self.flowNotify = flowNotify
        self.flowPulse = flowPulse
        dealing = DealingWatch(ledger: ledger, pool: pool, demand: shared.demand)
        turns = CommandQueue(runtime)
        self.logger = logger
    }

    /// The settings that the tree lives by at the moment.
    var settings: ApplicationSettings { live.current.settings }

    /// How long the last write may take: the end of the process does not wait for a disk that hangs.
    private static let lastWrite = Duration.seconds(2)

    /// Runs the tree until it has stopped, or has given up.
    public func run() async -> Supervisor.Ending {
        let ending = await supervisor.run()
        flow.end()
        pool.pulse.end()
        flowPulse.end()
        intake.close()
        // What workers have ended with since flow_manager was stopped.
        manager.settle(at: runtime.now)
        manager.tellSources()
        // Also when it gave up: dead letters of a feed without ids are nowhere else. But a disk that hangs does not hold up
        // the end: what it does not take is said.
        await stateWriter.write(until: runtime.now + Self.lastWrite)
        manager.tellSources()
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
    /// Pauses end with it, since what was read is to be finished. The pool does not shrink meanwhile, and may grow. What is
    /// settled by then is stored, if the store takes it in that time. ``stop()`` is still to be called.
    /// - Returns: how many messages are left.
    public func drain(within timeout: Duration) async -> Int {
        let deadline = runtime.now + timeout
        flow.beginDrain()
        intake.beginStop()
        // A supervisor that is busy with a part that hangs answers late.
        _ = await runtime.wait(until: deadline) { [supervisor] in
            _ = try? await supervisor.terminateChild(.streamSupervisor)
        }
        intake.hearNobody()
        // Only now, or the receivers would go on with their reading.
        intake.endAllPauses()
        repeat {
            await becomesEmpty(until: deadline)
            await stateWriter.write(until: deadline)
            // A receiver that was left to itself may have brought something while that was stored.
        } while left > 0 && runtime.now < deadline && !flow.hasEnded
        return left
    }

    /// Waits until nothing is in process, the deadline has come, or the tree has ended. To be called when no stream reads any
    /// more: else nothing in process would not mean that it stays so.
    private func becomesEmpty(until deadline: Duration) async {
        let (empty, whenEmpty) = AsyncStream<Void>.makeStream()
        let alarm = runtime.spawn { [runtime] in
            try? await runtime.sleep(until: deadline)
            whenEmpty.finish()
        }
        flow.noteEmpty(to: whenEmpty)
        ledger.withLock { ledger in
            ledger.breaker.hurry()
            ledger.outage.hurry()
        }
        pool.dealNotify.notify()
        flowNotify.notify()
        for await _ in empty {}
        alarm.cancel()
    }

    /// What is not stored: all of it, if this is asked after ``run()``.
    public var unstored: UnstoredState { ledger.withLock { $0.unstored() }.amount }

    /// The tree's time: what ``ScalingDecision/heldUntil`` counts by.
    public var now: Duration { runtime.now }

    /// Whether it has been told to drain, and takes nothing new.
    public var isStopping: Bool { flow.isDraining }

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

    /// The receiver of a stream.
    static func stream(_ name: String) -> ChildID { ChildID("stream.\(name)") }
}

extension ChildSpecification {
    /// The receiver and parser of one stream.
    static func receiver(
        of stream: StreamName, from source: any Source, to intake: Intake, recipient: UInt64,
        runtime: SupervisionRuntime
    ) -> ChildSpecification {
        ChildSpecification(id: .stream(stream.name), shutdown: .timeout(.seconds(2))) { context in
            intake.begin(context.incarnation, of: stream.index)
            try await source.run(
                StreamIntake(
                    stream: stream, incarnation: context.incarnation, recipient: recipient, intake: intake,
                    ledger: intake.ledger, runtime: runtime))
        }
    }
}
