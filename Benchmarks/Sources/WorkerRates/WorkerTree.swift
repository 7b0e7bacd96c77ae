import Handlers
import Launching
import Logging
import NIOCore
import Pipeline
import Supervision
import Synchronization
import TreeParts

/// A whole tree on a feed in memory.
final class WorkerTree: Sendable {
    private let feed: MemoryFeed
    private let application: Application
    private let life = Mutex<Task<Supervisor.Ending, Never>?>(nil)
    private let workers: Int
    /// So many messages are held at most.
    private static let held = 1024

    /// - Parameter handler: makes the handler, with the tree's time.
    init(
        directSupervisors: Int = 1, workersEach: Int = 1, data: ByteBuffer,
        handler: (SupervisionRuntime) -> any Handler
    ) {
        feed = MemoryFeed(data: data)
        var settings = ApplicationSettings()
        settings.scaling = ScalingPolicy(
            min: directSupervisors, max: directSupervisors, workersPerSupervisor: workersEach)
        settings.maxInFlight = Self.held
        workers = directSupervisors * workersEach
        let runtime = SupervisionRuntime()
        application = Application(
            settings: settings, sources: [feed], handler: handler(runtime), store: ForgetfulStore(), runtime: runtime,
            wallClock: { 0 }, logger: silent)
    }

    /// Brings the tree to life, and waits until all workers are there.
    func start() async throws {
        life.withLock { $0 = Task { [application] in await application.run() } }
        while application.status.workers < workers { try await Task.sleep(for: .milliseconds(1)) }
    }

    func stop() async {
        _ = await application.drain(within: .seconds(20))
        application.stop()
        _ = await life.withLock { $0 }?.value
    }

    /// Brings that many messages while as many as may be are held, and returns how many were settled in a second.
    func rate(of count: Int) async -> Double {
        await feed.bringAll(Self.held + Self.held / 4)
        let clock = ContinuousClock()
        let begin = clock.now
        await feed.bringAll(count)
        return Double(count) / ((clock.now - begin) / .seconds(1))
    }
}

let silent = Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() }

/// Processes of a program, each of which has said that it is ready.
func processes(_ worker: MeasuredWorker, _ runtime: SupervisionRuntime) -> ExecHandler {
    var options = ExecOptions(LaunchSpecification(command: worker.command))
    options.demand = worker.demand
    options.waitsForReady = true
    do {
        return try ExecHandler(options, runtime: runtime, wallTime: { _ in 1_795_793_617_120_456 }, logger: silent)
    } catch {
        fatalError("\(error)")
    }
}

/// Workers in the process that do nothing: what the tree costs by itself.
struct NoWork: Handler {
    let demand: Demand

    private final class Body: WorkerBody {
        func handle(_ hand: Hand) { hand.settle(.done) }
    }

    func makeBody(of worker: WorkerHandle) -> any WorkerBody { Body() }
}

/// Says how many bodies of another handler have started.
final class CountedStarts: Handler {
    private let handler: any Handler
    let started = Atomic(0)

    init(_ handler: any Handler) { self.handler = handler }

    var demand: Demand { handler.demand }
    var stopGrace: Duration { handler.stopGrace }

    private final class Body: WorkerBody {
        let body: any WorkerBody
        let handler: CountedStarts

        init(_ body: any WorkerBody, _ handler: CountedStarts) { (self.body, self.handler) = (body, handler) }

        func start() async throws -> BodyStart {
            let start = try await body.start()
            handler.started.add(1, ordering: .relaxed)
            return start
        }

        func handle(_ hand: Hand) async throws { try await body.handle(hand) }
        func stop(within grace: Duration) async { await body.stop(within: grace) }
        func kill() async { await body.kill() }
    }

    func makeBody(of worker: WorkerHandle) -> any WorkerBody { Body(handler.makeBody(of: worker), self) }
}
