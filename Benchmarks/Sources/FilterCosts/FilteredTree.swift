import Logging
import NIOCore
import Pipeline
import Supervision
import TreeParts

/// A whole tree on a feed in memory of which nothing passes.
struct FilteredTree {
    private let feed: MemoryFeed
    private let application: Application
    private let life: Task<Supervisor.Ending, Never>

    init(_ data: ByteBuffer, _ filter: EventFilter) {
        feed = MemoryFeed(data: data, filter: filter)
        var settings = ApplicationSettings()
        settings.scaling = ScalingPolicy(min: 1, max: 1, workersPerSupervisor: 1)
        let application = Application(
            settings: settings, sources: [feed], handler: Unreached(), store: ForgetfulStore(),
            runtime: SupervisionRuntime(), wallClock: { 0 },
            logger: Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() })
        self.application = application
        life = Task { await application.run() }
    }

    func start() async { await feed.bringAll(10_000) }

    func stop() async {
        _ = await application.drain(within: .seconds(20))
        application.stop()
        _ = await life.value
    }

    /// How long one of so many takes, by the clock on the wall.
    func nanoseconds(of count: Int) async -> Double {
        let clock = ContinuousClock()
        let begin = clock.now
        await feed.bringAll(count)
        return (clock.now - begin) / .nanoseconds(1) / Double(count)
    }
}

/// Nothing comes here.
private struct Unreached: MessageHandler {
    func handle(_ message: Message, in context: HandlerContext) async throws -> Outcome { .rejected("it has passed") }
}
