import Locking
import Supervision
import TestKit

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// One life of the daemon, as its neighbours see it: executor and clock, and what is known of it from outside.
///
/// Sendable for the reason given at ``World``: all of it lives on the simulation's thread.
final class Life: @unchecked Sendable {
    let world: World
    let number: Int
    let executor = SimulatedExecutor()
    /// The time of the world.
    private let clock = ManualClock()
    /// The clock that the tree lives by: it stands still while nobody runs.
    private let runningClock: RunningClock
    let runtime: SupervisionRuntime
    var watch: Watch?
    /// The tree's; it does not outlive that.
    weak var pool: Pool?
    /// Until when what the handler needs is down.
    private var downUntil = Duration.zero
    /// How the tree ended; nil while it lives.
    var ending: Supervisor.Ending?
    /// Whether it was killed: nothing that it does counts any more.
    var isDead = false
    /// Whether it was told to drain: when its receivers have been stopped, nobody is heard any more.
    var isDraining = false
    /// Whether it has read where it goes on, and runs.
    var hasBegun = false
    /// What holds by an operator's word.
    var orders = Orders()
    /// The streams whose receivers an operator had replaced or removed.
    var hasChanged: Set<String> = []
    /// How many reloads were asked for and are not over.
    var reloads = 0 {
        didSet { if oldValue == 0 { reloadsSince = world.steps } }
    }
    /// Since which step there has been one at every time.
    private(set) var reloadsSince = 0
    /// How many dead letters were replayed, by the answers.
    var replayed = 0
    /// Whether all those answers came.
    var isReplayedKnown = true
    /// How many messages the receivers brought.
    var brought = 0
    /// How often the receiver of each feed was started.
    var receivers: [Int]
    /// What was asked of the tree from outside and is not answered yet.
    private(set) var unanswered = 0

    init(_ world: World, number: Int) {
        self.world = world
        self.number = number
        receivers = world.plan.feeds.map { _ in 0 }
        runningClock = RunningClock(over: clock)
        runtime = SupervisionRuntime(
            clock: runningClock, executor: executor, abandonmentLimit: world.plan.abandonmentLimit)
    }

    /// Asks the tree for something, as from outside, without waiting for the answer.
    func ask(_ question: @escaping @Sendable () async -> Void) {
        unanswered += 1
        runtime.spawn { [self] in
            await question()
            unanswered -= 1
        }
    }

    /// Sleeps until then by the time of the world, or until the task is cancelled.
    func sleep(for duration: Duration) async throws { try await clock.sleep(for: duration) }

    /// Works that long, or until the task is cancelled: here, or where nobody stands still when the process does.
    func work(for duration: Duration) async throws {
        if world.random.chance(50) {
            try await runningClock.sleep(for: duration)
        } else {
            try await clock.sleep(for: duration)
        }
    }

    /// Whether what the handler needs turns out to be down.
    func finds(isDownFor events: [(feed: Int, number: Int)]) -> Bool {
        guard !world.isCalm else { return false }
        if world.random.chance(world.plan.labour.outages) {
            downUntil = runtime.now + world.random.milliseconds(0...4000)
        }
        return runtime.now < downUntil
    }

    /// Whether whoever handles an event is ended from outside.
    func isCursed(_ event: (feed: Int, number: Int)) -> Bool {
        world.plan.labour.hasCursed && !world.isCalm && world.servers[event.feed].isCursed(event.number)
    }

    /// Whether it is always down for an event.
    func isStubborn(_ event: (feed: Int, number: Int)) -> Bool {
        world.plan.labour.hasStubborn && !world.isCalm && world.servers[event.feed].isStubborn(event.number)
    }

    /// Sleeps until then, whatever anybody says.
    func sleepDeaf(for duration: Duration) async {
        await runtime.spawn { [clock] in try? await clock.sleep(for: duration) }.value
    }

    /// That much time passes in the world, and nobody runs: the machine sleeps, or the process is stopped.
    func freeze(for duration: Duration) { clock.advance(by: duration) }

    /// That much time passes, and the process shows that it runs.
    private func pass(_ duration: Duration) {
        var left = duration
        repeat {
            let time = min(left, RunningClock.beatInterval)
            clock.advance(by: time)
            runningClock.beat()
            left -= time
        } while left > .zero
    }

    /// Runs one job, or lets the time pass to where there is one. False: there is none and will be none.
    func step() -> Bool {
        world.countStep()
        if world.plan.slowness > 0, world.random.below(1000) < world.plan.slowness {
            pass(.microseconds(world.random.below(20_000)))
        }
        let ran = executor.runOne { count in
            let index = world.random.chance(world.plan.haste) ? count - 1 : world.random.below(count)
            world.note(UInt64(index), UInt64(count))
            return index
        }
        if ran { return true }
        guard let next = clock.nextDeadline else { return false }
        pass(clock.now.duration(to: next))
        return true
    }
}
