import Locking
import TestKit

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// A store in memory whose looks take their time: what is seen was so when the look began.
final class SlowStore: StateStore {
    let memory = MemoryStore()
    private let clock: ManualClock
    private let time = Locked(Duration.zero)

    init(_ clock: ManualClock) { self.clock = clock }

    /// From now on a look at the checkpoints takes that long.
    func slowDown(to time: Duration) { self.time.withLock { $0 = time } }

    func checkpoints() async throws -> [Checkpoint] {
        let seen = try await memory.checkpoints()
        try? await clock.sleep(for: time.withLock { $0 })
        return seen
    }

    func commit(_ commit: StateCommit) async throws { try await memory.commit(commit) }
    var counters: StateStoreCounters { memory.counters }
    func deadLetters(_ filter: DeadLetterFilter, limit: Int, maxBytes: Int) async throws -> [StoredDeadLetter] {
        try await memory.deadLetters(filter, limit: limit, maxBytes: maxBytes)
    }
    func deadLetter(_ id: Int64) async throws -> StoredDeadLetter? { try await memory.deadLetter(id) }
    func newestDeadLetter() async throws -> Int64? { try await memory.newestDeadLetter() }
    func countDeadLetters(_ filter: DeadLetterFilter) async throws -> [String: Int] {
        try await memory.countDeadLetters(filter)
    }
}
