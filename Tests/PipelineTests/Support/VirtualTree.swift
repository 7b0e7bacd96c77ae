import Locking
import Logging
import Supervision
import TestKit
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// A whole tree in virtual time, on the thread of its test: nothing happens but in the calls of this, and always the same.
/// The books are looked at after every step of time.
final class VirtualTree: Sendable {
    let application: Application
    let clock: ManualClock
    /// The clock that the tree lives by, if that one stands still while the process does.
    private let runningClock: RunningClock?
    let store = RecordingStore()
    let log = RecordingLog()
    private let executor = StepExecutor()
    private let end = Eventual<Supervisor.Ending>()
    private let lastInFlight = Locked(0)
    private let toleratesBrokenBooks: Bool

    /// - Parameters:
    ///   - store: where the state goes, and what it goes on from; nil: one of its own.
    ///   - writers: children that are started before all others.
    ///   - canFreeze: whether there may be times in which nobody runs.
    ///   - toleratesBrokenBooks: whether a ledger that finds itself wrong is no failure of the test.
    init(
        _ sources: [any Source], settings: ApplicationSettings = .virtual, clock: ManualClock = ManualClock(),
        store other: (any StateStore)? = nil, writers: [ChildSpecification] = [], abandonmentLimit: Int? = nil,
        canFreeze: Bool = false, toleratesBrokenBooks: Bool = false,
        outputTrouble: @escaping @Sendable () -> String? = { nil },
        hostProblems: @escaping @Sendable () -> [ApplicationStatus.Problem] = { [] }, handler: any Handler
    ) {
        self.toleratesBrokenBooks = toleratesBrokenBooks
        runningClock = canFreeze ? RunningClock(over: clock) : nil
        let runtime =
            if let runningClock {
                SupervisionRuntime(clock: runningClock, executor: executor, abandonmentLimit: abandonmentLimit)
            } else {
                SupervisionRuntime(clock: clock, executor: executor, abandonmentLimit: abandonmentLimit)
            }
        self.clock = clock
        application = Application(
            settings: settings, sources: sources, handler: handler, writers: writers, outputTrouble: outputTrouble,
            hostProblems: hostProblems, store: other ?? store, runtime: runtime,
            wallClock: { 42 + Int64(runtime.elapsed / .microseconds(1)) }, logger: log.logger)
        application.ledger.withLock { $0.isAudited = true }
        runtime.spawn { [application, end] in
            try? await application.recover()
            end.set(await application.run())
        }
        settle()
    }

    var status: ApplicationStatus { application.status }
    var messages: LedgerSnapshot { application.ledger.snapshot }

    /// How the tree ended; nil while it lives.
    var ending: Supervisor.Ending? { end.value }

    /// Lets everything happen that happens at this moment.
    func settle() {
        executor.runUntilIdle()
        let look = messages
        // A limit that was lowered is reached by settling; nothing more comes in above it.
        let before = lastInFlight.withLock { last in
            defer { last = look.inFlight }
            return last
        }
        guard toleratesBrokenBooks || look.isBalanced && look.inFlight <= max(application.settings.maxInFlight, before)
        else {
            Issue.record("the books are wrong: \(look)")
            return
        }
        if !toleratesBrokenBooks, look.brokenInvariants > 0 {
            Issue.record("the books are wrong: \(application.ledger.withLock { $0.broken.kinds })")
        }
    }

    /// Lets that much time pass.
    func advance(by duration: Duration) {
        _ = advance(atMost: duration) { false }
    }

    /// Lets time pass until something is so. False: it was not, in all that time.
    func advance(atMost duration: Duration, until isSo: () -> Bool) -> Bool {
        let end = clock.now.advanced(by: duration)
        settle()
        while !isSo() {
            var next = min(clock.nextDeadline ?? end, end)
            if runningClock != nil { next = min(next, clock.now.advanced(by: RunningClock.beatInterval)) }
            clock.advance(by: max(clock.now.duration(to: next), .zero))
            runningClock?.beat()
            settle()
            if clock.now >= end { return isSo() }
        }
        return true
    }

    /// That much time passes in the world, and nobody runs: the machine sleeps, or the process is stopped.
    func freeze(for duration: Duration) {
        clock.advance(by: duration)
        settle()
    }

    /// Begins something; its answer is there when enough time has passed.
    func begin<Answer: Sendable>(_ action: @escaping @Sendable () async throws -> Answer) -> Eventual<Answer> {
        let answer = Eventual<Answer>()
        application.runtime.spawn { if let value = try? await action() { answer.set(value) } }
        return answer
    }

    /// Crashes parts of the tree in one moment, and lets happen what happens at once.
    func crash(_ targets: CrashTarget...) -> [Eventual<CrashReport>] {
        let reports = targets.map { target in begin { [application] in try await application.crash(target) } }
        settle()
        return reports
    }

    /// Drains, lets the time pass that this takes, and stops the tree. Returns what was left.
    @discardableResult
    func finish(within timeout: Duration = .seconds(600)) -> Int? {
        let left = begin { [application] in await application.drain(within: timeout) }
        _ = advance(atMost: timeout + .seconds(10)) { left.value != nil }
        application.stop()
        _ = advance(atMost: .seconds(60)) { ending != nil }
        #expect(ending != nil)
        return left.value
    }
}

/// A value that is there sooner or later.
final class Eventual<Value: Sendable>: Sendable {
    private let state = Locked<Value?>(nil)

    var value: Value? { state.withLock { $0 } }

    func set(_ value: Value) { state.withLock { $0 = value } }
}

extension ApplicationSettings {
    /// 4 workers under 2 direct supervisors, short times, generous restart budgets, no circuit breaker.
    static var virtual: ApplicationSettings {
        var settings = ApplicationSettings.quick
        settings.scaling = ScalingPolicy(
            min: 2, max: 8, workersPerSupervisor: 2, tick: .milliseconds(100), fastWindow: .milliseconds(500),
            holdWindow: .seconds(5), coolDown: .seconds(1))
        settings.workerTimeout = .seconds(5)
        settings.storeInterval = .milliseconds(200)
        settings.breaker.isEnabled = false
        return settings
    }
}
