import Logging
import TestKit

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// What lies outside of the daemon, and outlives it: the servers, the disk, and chance.
///
/// Also the keeper of the trace and of the first violation.
///
/// Sendable without a lock because all of it lives on one thread: the executor runs every task of a simulation on the thread that
/// made it, and traps on a job from elsewhere.
final class World: @unchecked Sendable {
    let seed: UInt64
    let plan: Plan
    var random: SeededGenerator
    var servers: [SimulatedServer]
    var disk: SimulatedDisk
    /// The feeds that the configuration names, by their indices, in its order.
    var configuration: [Int]
    /// Whether the weather has calmed: from now on nothing fails but what always does.
    var isCalm = false
    /// Whether a life has ended in peace.
    var isDone = false
    /// Whether the ledger looks at all of its books at every transition. It costs a third of the time, so not in every seed.
    var isAudited: Bool { seed.isMultiple(of: 4) }
    /// What is to be planted at the next occasion.
    var sabotage: Sabotage?
    /// What was met so far.
    var sights: Set<Sight> = []
    private(set) var violation: String?
    private(set) var steps = 0
    /// A hash over every choice that was made and everything that was seen to happen.
    private(set) var fingerprint: UInt64 = 0xcbf2_9ce4_8422_2325
    private let isTraced: Bool
    private(set) var trace: [String] = []

    init(seed: UInt64, isTraced: Bool = false) {
        self.seed = seed
        self.isTraced = isTraced
        random = SeededGenerator(seed: seed)
        plan = Plan(&random)
        servers = plan.feeds.enumerated().map { SimulatedServer($0, $1) }
        disk = SimulatedDisk(feeds: plan.feeds.count)
        disk.slowness = plan.diskSlowness
        configuration = plan.configured
    }

    /// The server that a stream of this name comes from.
    func server(_ name: String, _ location: String?) -> SimulatedServer? {
        servers.first { $0.feed.name == name && $0.feed.location == location }
    }

    /// What the disk knows of a feed.
    private func checkpoint(of feed: Int) -> Checkpoint? {
        let stored = disk.checkpoints[plan.feeds[feed].name]
        return stored?.location == plan.feeds[feed].location ? stored : nil
    }

    /// The event that a feed is read after, by the disk; nil if that knows nothing of it.
    func position(of feed: Int) -> Int? { checkpoint(of: feed).flatMap { servers[feed].number(of: $0.lastEventID) } }

    /// The events of a feed that are settled by the disk.
    func known(of feed: Int) -> Known { checkpoint(of: feed).flatMap { servers[feed].known(by: $0) } ?? Known() }

    /// For the tree: into the trace when there is one.
    var logger: Logger {
        guard isTraced else { return Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() } }
        return Logger(label: "simulation") { [self] _ in TraceLogHandler(world: self) }
    }

    /// Begins a step.
    func countStep() { steps += 1 }

    /// Takes numbers into the fingerprint.
    func note(_ numbers: UInt64...) {
        for number in numbers { fingerprint = (fingerprint ^ number) &* 0x100_0000_01b3 }
    }

    /// Says in the trace what happened.
    func say(_ text: @autoclosure () -> String) {
        if isTraced { trace.append("\(steps): \(text())") }
    }

    /// An invariant is broken; the simulation ends after this step. Only the first time counts.
    func fail(_ text: @autoclosure () -> String) {
        guard violation == nil else { return }
        let text = text()
        violation = "step \(steps): \(text)"
        say("VIOLATION: \(text)")
    }

    /// Fails unless it is so.
    func expect(_ isSo: Bool, _ text: @autoclosure () -> String) {
        if !isSo { fail(text()) }
    }
}
