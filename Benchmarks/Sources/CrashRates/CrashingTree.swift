import Logging
import Measurement
import Pipeline
import Supervision
import Synchronization
import TreeParts

/// A whole tree on a feed in memory, through which messages flow while its workers crash.
final class CrashingTree: Sendable {
    static let workersPerSupervisor = 8

    private let directSupervisors: Int
    private let feed = MemoryFeed()
    private let application: Application
    private let life: Task<Supervisor.Ending, Never>
    private let brought = Atomic(0)

    /// - Parameter budget: how many restarts a direct supervisor bears; nil: the default.
    init(directSupervisors: Int, budget: RestartBudget?) async {
        self.directSupervisors = directSupervisors
        var settings = ApplicationSettings()
        settings.scaling = ScalingPolicy(
            min: directSupervisors, max: directSupervisors, workersPerSupervisor: Self.workersPerSupervisor)
        if let budget { settings.directSupervisorBudget = budget }
        let application = Application(
            settings: settings, sources: [feed], handler: Quick(), store: ForgetfulStore(), wallClock: { 0 },
            logger: Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() })
        self.application = application
        life = Task { await application.run() }
        while application.status.workers < directSupervisors * Self.workersPerSupervisor { await Task.yield() }
    }

    /// What became of the crashes of some time, and of the messages meanwhile.
    struct Outcome {
        var seconds = 0.0
        /// Microseconds from each crash until its replacement ran.
        var recoveries = Samples()
        /// Crashes that no replacement followed in time, and supervisors that gave up.
        var unreplaced = 0
        var gaveUp = 0
        var messages = 0
        /// Messages that were brought and not processed.
        var lost = 0
    }

    /// Lets workers crash for a time, in turn from supervisor to supervisor, several at once, while messages flow.
    ///
    /// - Parameter rate: crashes a second; nil: as many as there can be.
    func crash(for time: Duration, rate: Double?, atOnce: Int = 4) async -> Outcome {
        let clock = ContinuousClock()
        let begin = clock.now
        let feeding = Task {
            while !Task.isCancelled {
                await feed.bringAll(100)
                brought.add(100, ordering: .relaxed)
                try? await Task.sleep(for: .milliseconds(10))
            }
        }
        let crashes = Crashes()
        await withTaskGroup { group in
            for _ in 0..<atOnce {
                group.addTask { [self] in
                    while clock.now - begin < time {
                        let number = crashes.turn.add(1, ordering: .relaxed).oldValue
                        if let rate {
                            // What is late is not made up for: in no second there are more.
                            let time = crashes.next.withLock { next in
                                next = max(next ?? begin, clock.now)
                                defer { next? += .seconds(1 / rate) }
                                return next ?? begin
                            }
                            try? await Task.sleep(until: time, clock: clock)
                        }
                        let supervisor = 1 + number % directSupervisors
                        let worker = 1 + number / directSupervisors % Self.workersPerSupervisor
                        // One that restarts at this moment is passed over.
                        guard let report = try? await application.crash(.worker("worker.\(supervisor).\(worker)"))
                        else {
                            continue
                        }
                        crashes.outcome.withLock { $0.enter(report) }
                    }
                }
            }
        }
        var result = crashes.outcome.withLock(\.self)
        result.seconds = (clock.now - begin) / .seconds(1)
        feeding.cancel()
        await feeding.value
        _ = await application.drain(within: .seconds(60))
        result.messages = Int(application.status.messages.processed)
        result.lost = brought.load(ordering: .relaxed) - result.messages
        application.stop()
        _ = await life.value
        return result
    }
}

/// What those that inject crashes at once have in common.
private final class Crashes: Sendable {
    let turn = Atomic(0)
    /// When the next one is due, if there is a rate.
    let next = Mutex<ContinuousClock.Instant?>(nil)
    let outcome = Mutex(CrashingTree.Outcome())
}

extension CrashingTree.Outcome {
    fileprivate mutating func enter(_ report: CrashReport) {
        if let recovery = report.recovery {
            recoveries.add(recovery / .microseconds(1))
        } else {
            unreplaced += 1
        }
        gaveUp += report.gaveUp.count
    }
}

/// Works for a moment, so that crashes find workers at work.
private struct Quick: MessageHandler {
    func handle(_ message: Message, in context: HandlerContext) async throws -> Outcome {
        await Task.yield()
        return .done
    }
}
