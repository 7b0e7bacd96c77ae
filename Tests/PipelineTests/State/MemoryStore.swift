import Locking
import Logging
import NIOCore

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// A store in memory that a test can fill up, hold up and look into.
final class MemoryStore: StateStore {
    struct DiskFull: Error {}

    struct Contents: Sendable {
        fileprivate(set) var letters: [Int64: DeadLetter] = [:]
        fileprivate(set) var checkpoints: [String: Checkpoint] = [:]
        fileprivate(set) var dropped: [String: Int] = [:]
        /// What was committed, in order.
        fileprivate(set) var commits: [StateCommit] = []
        /// How many commits did not work.
        fileprivate(set) var failures = 0
        /// The most commits that were under way at once.
        fileprivate(set) var mostAtOnce = 0

        /// The last id of a stream that is stored as settled.
        func checkpoint(of stream: String) -> String? { checkpoints[stream]?.reached }
    }

    fileprivate struct State {
        var contents = Contents()
        var isFull = false
        var gate: Gate?
        var isVanished = false
        var underway = 0
        var newest: Int64 = 0
        var waiters: [(isEnough: @Sendable (Contents) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Locked(State())

    var contents: Contents { state.withLock(\.contents) }

    func fill(_ isFull: Bool = true) { state.withLock { $0.isFull = isFull } }

    /// What was stored is gone; who writes next is told so.
    func vanish() {
        state.withLock { state in
            state.contents.checkpoints = [:]
            state.contents.letters = [:]
            state.isVanished = true
        }
    }

    func check() async throws {
        let isVanished = state.withLock { state in
            defer { state.isVanished = false }
            return state.isVanished
        }
        if isVanished { throw StateVanished("it was deleted") }
    }

    /// From now on commits wait at the gate before they store anything.
    func hold(at gate: Gate) { state.withLock { $0.gate = gate } }

    /// Waits until the contents are as `isEnough` wants them.
    func reaches(_ isEnough: @escaping @Sendable (Contents) -> Bool) async {
        await withCheckedContinuation { continuation in
            let isSatisfied = state.withLock { state in
                let isSatisfied = isEnough(state.contents)
                if !isSatisfied { state.waiters.append((isEnough, continuation)) }
                return isSatisfied
            }
            if isSatisfied { continuation.resume() }
        }
    }

    func commit(_ commit: StateCommit) async throws {
        try await check()
        let gate = state.withLock { state in
            state.underway += 1
            state.contents.mostAtOnce = max(state.contents.mostAtOnce, state.underway)
            return state.gate
        }
        await gate?.passStubbornly()
        let (isFull, ready) = state.withLock { state in
            state.underway -= 1
            if state.isFull { state.contents.failures += 1 } else { state.store(commit) }
            let contents = state.contents
            let ready = state.waiters.filter { $0.isEnough(contents) }.map(\.continuation)
            state.waiters.removeAll { $0.isEnough(contents) }
            return (state.isFull, ready)
        }
        for waiter in ready { waiter.resume() }
        if isFull { throw DiskFull() }
    }

    /// Stores a dead letter of an earlier life.
    func put(_ letter: DeadLetter) { state.withLock { $0.store(StateCommit(deadLetters: [letter])) } }

    func checkpoints() async throws -> [Checkpoint] { Array(contents.checkpoints.values) }

    var counters: StateStoreCounters {
        var counters = StateStoreCounters()
        counters.deadLetters = contents.letters.count
        return counters
    }

    func deadLetters(_ filter: DeadLetterFilter, limit: Int, maxBytes: Int) async throws -> [StoredDeadLetter] {
        Array(matching(filter).prefix(limit))
    }

    func deadLetter(_ id: Int64) async throws -> StoredDeadLetter? {
        contents.letters[id].map { StoredDeadLetter(id: id, letter: $0) }
    }

    func newestDeadLetter() async throws -> Int64? { contents.letters.keys.max() }

    func countDeadLetters(_ filter: DeadLetterFilter) async throws -> [String: Int] {
        Dictionary(grouping: matching(filter), by: \.letter.stream).mapValues(\.count)
    }

    private func matching(_ filter: DeadLetterFilter) -> [StoredDeadLetter] {
        contents.letters.filter { id, letter in
            id > filter.after && id <= filter.through && letter.stream == filter.stream ?? letter.stream
        }.map { StoredDeadLetter(id: $0.key, letter: $0.value) }.sorted { $0.id < $1.id }
    }
}

extension MemoryStore.State {
    fileprivate mutating func store(_ commit: StateCommit) {
        contents.commits.append(commit)
        for id in commit.settledReplays { contents.letters[id] = nil }
        for letter in commit.deadLetters {
            if let old = letter.replayOf { contents.letters[old] = nil }
            newest += 1
            contents.letters[newest] = letter
        }
        for checkpoint in commit.checkpoints { contents.checkpoints[checkpoint.stream] = checkpoint }
        contents.dropped.merge(commit.dropped, uniquingKeysWith: +)
    }
}

/// Keeps what is logged at notice or above.
final class LogLines: Sendable {
    private let lines = Locked<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    func count(containing text: String) -> Int { all.count { $0.contains(text) } }

    var logger: Logger { Logger(label: "test") { _ in Handler(lines: self) } }

    private struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.notice

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            lines.lines.withLock { $0.append("\(event.level): \(event.message)") }
        }
    }
}
