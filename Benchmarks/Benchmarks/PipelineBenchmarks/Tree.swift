import Logging
import Pipeline
import Supervision
import Synchronization
import TreeParts

/// A whole tree on a feed in memory, with workers that do nothing: what is measured is the tree alone.
final class Tree: Sendable {
    private static let directSupervisors = 2
    private static let workersPerSupervisor = 4

    private let feed = MemoryFeed()
    private let handler: CountingHandler
    private let application: Application
    private let life = Mutex<Task<Supervisor.Ending, Never>?>(nil)

    init(_ demand: Demand = Demand()) {
        handler = CountingHandler(demand)
        var settings = ApplicationSettings()
        settings.scaling = ScalingPolicy(
            min: Self.directSupervisors, max: Self.directSupervisors, workersPerSupervisor: Self.workersPerSupervisor)
        let generous = RestartBudget(restarts: 1_000_000, within: .seconds(1))
        settings.directSupervisorBudget = generous
        settings.mainSupervisorBudget = generous
        application = Application(
            settings: settings, sources: [feed], handler: handler, store: ForgetfulStore(), wallClock: { 0 },
            logger: Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Starts the tree, and waits until all workers are there.
    func start() async {
        life.withLock { $0 = Task { [application] in await application.run() } }
        while application.status.workers < Self.directSupervisors * Self.workersPerSupervisor { await Task.yield() }
    }

    func stop() async {
        application.stop()
        _ = await life.withLock { $0 }?.value
    }

    /// Brings that many messages, and returns how many were handled a second, from the first one's arrival to the last
    /// one's end.
    func rate(ofHandling count: Int) async -> Double {
        let clock = ContinuousClock()
        let begin = clock.now
        await handler.handled(count) { feed.bring(count) }
        return Double(count) / ((clock.now - begin) / .seconds(1))
    }

    /// Lets a part of the tree crash, and returns the microseconds until its replacement runs; nil: it could not crash.
    func recovery(from target: CrashTarget) async -> Double? {
        let report = try? await application.crash(target)
        return report?.recovery.map { $0 / .microseconds(1) }
    }
}
