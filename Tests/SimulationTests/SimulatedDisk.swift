import NIOCore

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// The disk: what is on it, whether it is full, and whether it can be read.
struct SimulatedDisk {
    /// The last checkpoint of each stream, by its name.
    var checkpoints: [String: Checkpoint] = [:]
    /// What the disk knew of a feed before it was overwritten by what belongs to another one of its name, and the step.
    var overwritten: [Int: (known: Known, step: Int)] = [:]
    /// The dead letters, by their numbers.
    var letters: [Int64: DeadLetter] = [:]
    private(set) var newest: Int64 = 0
    /// Which events of which feed ever were among the letters.
    private(set) var lettered: [Set<Int>]
    /// Which messages of the present life were stored as dead letters.
    private(set) var sequences: Set<UInt64> = []
    var isFull = false
    /// Whether nothing can be read.
    var isBroken = false
    /// The most that a write or a look takes, in milliseconds.
    var slowness = 0

    init(feeds: Int) {
        lettered = Array(repeating: [], count: feeds)
    }

    /// A life begins, which counts its messages from 1.
    mutating func beginLife() { sequences = [] }

    /// Stores a dead letter. False: it was stored before.
    mutating func store(_ letter: DeadLetter) -> Bool {
        newest += 1
        if let old = letter.replayOf { letters[old] = nil }
        letters[newest] = letter
        let event = SimulatedServer.event(of: letter.type)
        lettered[event.feed].insert(event.number)
        return sequences.insert(letter.sequence).inserted
    }

    func matching(_ filter: DeadLetterFilter) -> [StoredDeadLetter] {
        letters.filter { id, letter in
            id > filter.after && id <= filter.through && letter.stream == filter.stream ?? letter.stream
        }.map { StoredDeadLetter(id: $0.key, letter: $0.value) }.sorted { $0.id < $1.id }
    }
}
