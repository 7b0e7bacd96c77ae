import NIOCore

/// Why dead letters were not replayed.
public enum ReplayError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Streams that they came from are not configured any more, by name; none of the letters was replayed.
    case unknownStreams([String])
    /// The tree is stopping and admits nothing new. What was not replayed is still stored.
    case stopping

    /// In words, for people, with what mends it.
    public var description: String {
        switch self {
        case .unknownStreams(let names):
            """
            there is no stream \(names.joined(separator: ", ")) any more, so its dead letters cannot be replayed; \
            configure a stream of that name, or leave them out
            """
        case .stopping: "ptrd is stopping and takes nothing new; what was not replayed is still stored"
        }
    }
}

// What an operator does with the stored dead letters. Everything beside `ReplayError` that these throw comes from the store.
extension Application {
    /// How many letters are read and brought at a time, and how many bytes of them.
    private static let pageCount = 64
    private static let pageBytes = 8 << 20

    /// Why nothing that is admitted gets done at the moment, in words; nil: it does.
    public var obstacle: String? {
        let held = ledger.withLock { $0.breaker.complaint(at: runtime.now) ?? $0.outage.complaint(at: runtime.now) }
        return held ?? nobodyStarts ?? outputTrouble()
    }

    /// Reads stored dead letters, the oldest first: at most `limit`, and no further one once they have `maxBytes` together.
    public func deadLetters(
        _ filter: DeadLetterFilter = DeadLetterFilter(), limit: Int = 100, maxBytes: Int = 16 << 20
    ) async throws -> [StoredDeadLetter] {
        try await stateWriter.store.deadLetters(filter, limit: limit, maxBytes: maxBytes)
    }

    /// Reads one stored dead letter; nil if there is none of that number (any more).
    public func deadLetter(_ id: Int64) async throws -> StoredDeadLetter? {
        try await stateWriter.store.deadLetter(id)
    }

    /// What the store holds and has done.
    public var storageCounters: StateStoreCounters { stateWriter.store.counters }

    /// How many stored dead letters there are of each stream that has any.
    public func countDeadLetters(_ filter: DeadLetterFilter = DeadLetterFilter()) async throws -> [String: Int] {
        try await stateWriter.store.countDeadLetters(filter)
    }

    /// Deletes stored dead letters for good. What of them is being replayed goes on. Returns how many.
    @discardableResult
    public func purgeDeadLetters(_ filter: DeadLetterFilter) async throws -> Int {
        try await stateWriter.store.removeDeadLetters(filter)
    }

    /// Deletes the stored dead letters of these numbers. Returns how many there were.
    @discardableResult
    public func purgeDeadLetters(_ ids: [Int64]) async throws -> Int {
        try await stateWriter.store.removeDeadLetters(ids)
    }

    /// Admits stored dead letters anew, and suspends while the window is full.
    ///
    /// Each is received once more, into the stream that has the name of the one it came from, under a new number and with all its
    /// attempts. It moves neither the stream's checkpoint nor the place where it goes on. The stored letter goes only in the
    /// transaction that follows its settlement, or that stores it as a dead letter again, under a new number: if the process ends
    /// before, it is still there. What is being replayed already, or is not stored any more, is left out.
    ///
    /// - Returns: how many were admitted. When the task is cancelled, the batch that waits is admitted all the same.
    /// - Throws: ``ReplayError``, `CancellationError`, and what the store throws.
    @discardableResult
    public func replay(_ letters: [StoredDeadLetter]) async throws -> Int {
        let unknown = Set(letters.map(\.letter.stream)).subtracting(intake.places.map(\.name))
        guard unknown.isEmpty else { throw ReplayError.unknownStreams(unknown.sorted()) }
        var tally = DeadLetterTally()
        try await replay(letters, &tally)
        return tally.done
    }

    /// Admits stored dead letters anew, and says of each what became of it: it is `done`, or refused.
    ///
    /// - Throws: ``ReplayError/stopping``, `CancellationError`, and what the store throws. What is in the tally by then is so, and
    ///   of the others nothing has happened.
    func replay(_ letters: [StoredDeadLetter], _ tally: inout DeadLetterTally) async throws {
        var rest = letters[...]
        while let first = rest.first {
            // Only a run of one stream can be brought at once.
            let run = rest.prefix { $0.letter.stream == first.letter.stream }.prefix(Self.pageCount)
            rest = rest.dropFirst(run.count)
            guard !flow.isDraining, !intake.isClosed else { throw ReplayError.stopping }
            try Task.checkCancellation()
            let taken = try await take(run, &tally)
            guard !taken.isEmpty else { continue }
            let isTaken = await intake.bring(taken, ofStreamNamed: first.letter.stream, receivedAt: runtime.now)
            let left = isTaken ? [] : ledger.withLock { ledger in taken.filter { ledger.replays.giveBack($0.id) } }
            tally.done += taken.count - left.count
            guard !left.isEmpty else { continue }
            // The tree has ended, or the stream has gone in this moment.
            let error = intake.isClosed ? ReplayError.stopping : .unknownStreams([first.letter.stream])
            for stored in left { tally.refuse(stored.id, "\(error)") }
            if intake.isClosed { throw error }
        }
    }

    /// Marks letters as being on their way. Returns those that were not already, and that are still stored; the others are
    /// refused.
    ///
    /// In this order: what the store has once it is marked here, no other replay has settled since it was read.
    private func take(
        _ letters: some Collection<StoredDeadLetter>, _ tally: inout DeadLetterTally
    ) async throws -> [StoredDeadLetter] {
        let marked = ledger.withLock { ledger in letters.map { (id: $0.id, isFree: ledger.replays.begin($0.id)) } }
        for letter in marked where !letter.isFree { tally.refuse(letter.id, DeadLetterTally.isUnderway) }
        let ids = marked.filter(\.isFree).map(\.id)
        var (taken, gone): ([StoredDeadLetter], [Int64]) = ([], [])
        do {
            for id in ids {
                if let letter = try await stateWriter.store.deadLetter(id) {
                    taken.append(letter)
                } else {
                    gone.append(id)
                }
            }
        } catch {
            ledger.withLock { ledger in ids.forEach { ledger.replays.release($0) } }
            throw error
        }
        ledger.withLock { ledger in gone.forEach { ledger.replays.release($0) } }
        for id in gone { tally.refuse(id, DeadLetterTally.isGone) }
        return taken
    }

    /// Admits all stored dead letters anew that are meant: those that there are now, not those that die meanwhile.
    ///
    /// - Parameter limit: at most so many, the oldest.
    /// - Returns: how many were admitted.
    /// - Throws: ``ReplayError``, `CancellationError`, and what the store throws.
    @discardableResult
    public func replay(_ filter: DeadLetterFilter = DeadLetterFilter(), limit: Int = .max) async throws -> Int {
        let unknown = Set(try await stateWriter.store.countDeadLetters(filter).keys).subtracting(
            intake.places.map(\.name))
        guard unknown.isEmpty else { throw ReplayError.unknownStreams(unknown.sorted()) }
        // Whatever dies from now on has a higher number than these.
        let newest = try await stateWriter.store.newestDeadLetter()
        var (filter, left, count) = (filter, limit, 0)
        filter.through = min(filter.through, newest ?? 0)
        while left > 0 {
            let page = try await stateWriter.store.deadLetters(
                filter, limit: min(left, Self.pageCount), maxBytes: Self.pageBytes)
            guard let last = page.last else { break }
            count += try await replay(page)
            left -= page.count
            filter.after = last.id
        }
        return count
    }
}
