import Foundation
import Locking

/// Many seeds, side by side on a few threads: a simulation is one thread's, and shares nothing with another.
struct SeedRun: Sendable, CustomStringConvertible {
    private(set) var steps = 0
    private(set) var lives = 0
    /// In how many seeds there was an occasion to plant what was to be.
    private(set) var planted = 0
    private(set) var sights: Set<Sight> = []
    private(set) var fingerprints: [UInt64: UInt64] = [:]
    /// In the order of their seeds.
    private(set) var failures: [Simulation.Report] = []

    var description: String {
        "\(fingerprints.count) seeds, \(lives) lives, \(steps) steps, \(failures.count) failures"
    }

    /// Runs seeds until there are no more, or too many have failed to learn anything from another.
    static func run(_ seeds: Range<UInt64>, sabotage: Sabotage? = nil) async -> Self {
        let queue = SeedQueue(seeds)
        let enough = sabotage != nil ? .max : Environment.number("PTR_SIMULATION_FAILURES").map { Int($0) } ?? 20
        let threads = min(max(ProcessInfo.processInfo.activeProcessorCount, 1), 8)
        var whole = await withTaskGroup(of: Self.self) { group in
            for _ in 0..<threads {
                group.addTask {
                    await onThread {
                        var part = Self()
                        while part.failures.count < enough, let seed = queue.next() {
                            part.add(Simulation.run(seed: seed, sabotage: sabotage))
                        }
                        return part
                    }
                }
            }
            return await group.reduce(into: Self()) { $0.add($1) }
        }
        whole.failures.sort { $0.seed < $1.seed }
        return whole
    }

    /// Runs one seed.
    static func replay(_ seed: UInt64, isTraced: Bool) async -> Simulation.Report {
        await onThread { Simulation.run(seed: seed, isTraced: isTraced) }
    }

    /// A simulation keeps its thread busy to its end, and so must not have one of the cooperative pool.
    private static func onThread<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
        await withCheckedContinuation { continuation in
            Thread { continuation.resume(returning: body()) }.start()
        }
    }

    private mutating func add(_ report: Simulation.Report) {
        steps += report.steps
        lives += report.lives
        planted += report.isSabotaged ? 1 : 0
        sights.formUnion(report.sights)
        fingerprints[report.seed] = report.fingerprint
        if report.violation != nil { failures.append(report) }
    }

    private mutating func add(_ part: Self) {
        steps += part.steps
        lives += part.lives
        planted += part.planted
        sights.formUnion(part.sights)
        fingerprints.merge(part.fingerprints) { $1 }
        failures += part.failures
    }
}

/// Seeds that are not taken yet.
private final class SeedQueue: Sendable {
    private let seeds: Locked<Range<UInt64>>

    init(_ seeds: Range<UInt64>) {
        self.seeds = Locked(seeds)
    }

    func next() -> UInt64? { seeds.withLock { $0.popFirst() } }
}
