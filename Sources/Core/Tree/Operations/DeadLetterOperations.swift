import Flow
import Ledger

/// What an operator does with the stored dead letters. What its calls throw beside ``ReplayError`` comes from the store.
package struct DeadLetterOperations: Sendable {
    /// How many letters are read and brought at a time, and how many bytes of them.
    private static let pageCount = 64
    private static let pageBytes = 8 << 20

    private let topology: Topology
    private var kernel: ErrorKernel { topology.kernel }
    private var store: any StateStore { topology.stateWriter.store }

    package init(_ topology: Topology) {
        self.topology = topology
    }

    // MARK: - A choice of them, each judged by itself: one that cannot be replayed does not keep the others

    /// Admits the chosen dead letters anew.
    package func replay(
        _ choice: DeadLetterChoice, isRehearsal: Bool = false,
        progress: (DeadLetterTally) -> Void = { _ in }
    ) async throws -> DeadLetterTally {
        guard !kernel.flow.isDraining else { throw ReplayError.stopping }
        if isRehearsal, let tally = try await countAll(choice, refusal: { refusal(of: $0) }) { return tally }
        return try await forEachPage(of: choice) { page, tally in
            let accepted = judge(page, &tally)
            defer { progress(tally) }
            guard !isRehearsal else { return }
            progress(tally)
            let (done, refused) = (tally.done, tally.refusedCount)
            do {
                try await replay(accepted, &tally)
            } catch {
                tally.interrupt("\(error)", accepted, doneBefore: done, refusedBefore: refused)
            }
        }
    }

    /// Refuses what cannot be replayed, and returns the others.
    private func judge(_ page: [StoredDeadLetter], _ tally: inout DeadLetterTally) -> [StoredDeadLetter] {
        page.filter { stored in
            var reason = refusal(of: stored.letter.stream)
            if reason == nil, kernel.ledger.withLock({ $0.replays.isUnderway(stored.id) }) {
                reason = DeadLetterTally.isUnderway
            }
            if let reason { tally.refuse(stored.id, reason) }
            return reason == nil
        }
    }

    /// Deletes the chosen dead letters for good.
    package func purge(_ choice: DeadLetterChoice, isRehearsal: Bool = false) async throws -> DeadLetterTally {
        if choice.ids == nil, choice.limit == nil {
            if isRehearsal, let tally = try await countAll(choice, refusal: { _ in nil }) { return tally }
            var tally = DeadLetterTally()
            tally.done = try await store.removeDeadLetters(choice.filter)
            tally.matched = tally.done
            return tally
        }
        return try await forEachPage(of: choice) { page, tally in
            guard !isRehearsal else { return }
            for stored in page {
                // One by one, so that it is known of each whether it was still there.
                if try await store.removeDeadLetters([stored.id]) == 1 {
                    tally.done += 1
                } else {
                    tally.refuse(stored.id, DeadLetterTally.isGone)
                }
            }
        }
    }

    /// Why no dead letter of a stream can be replayed at the moment; nil: it can.
    private func refusal(of stream: String) -> String? {
        guard let status = kernel.intake.statuses.first(where: { $0.name == stream }) else {
            return "\(ReplayError.unknownStreams([stream]))"
        }
        return status.state == .paused ? "stream \(stream) is paused: resume it first" : nil
    }

    /// Counts without reading them all; nil where the choice is of some by their numbers.
    private func countAll(
        _ choice: DeadLetterChoice, refusal: (String) -> String?
    ) async throws -> DeadLetterTally? {
        guard choice.ids == nil, choice.limit == nil else { return nil }
        let counts = try await store.countDeadLetters(choice.filter)
        var tally = DeadLetterTally()
        tally.matched = counts.values.reduce(0, +)
        for stream in counts.keys.sorted() {
            guard let reason = refusal(stream) else { continue }
            var filter = choice.filter
            filter.stream = stream
            let named = try await store.deadLetters(
                filter, limit: DeadLetterTally.refusalsKept, maxBytes: Self.pageBytes)
            for stored in named { tally.refuse(stored.id, reason) }
            tally.refusedCount += max(0, (counts[stream] ?? 0) - named.count)
        }
        return tally
    }

    /// Reads what is chosen, page by page, the oldest first: what there is now, and not what dies meanwhile. Ends with an
    /// interruption.
    ///
    /// - Throws: what `body` and the store throw; the store only as long as nothing has been done.
    private func forEachPage(
        of choice: DeadLetterChoice, _ body: ([StoredDeadLetter], inout DeadLetterTally) async throws -> Void
    ) async throws -> DeadLetterTally {
        var (tally, filter, left) = (DeadLetterTally(), choice.filter, choice.limit ?? .max)
        do {
            if let ids = choice.ids {
                for id in Set(ids).sorted() where left > 0 && tally.interruption == nil {
                    try Task.checkCancellation()
                    // There are no numbers below 1, and one less than the least of all would be no number.
                    (filter.after, filter.through) = (max(id, 1) - 1, id)
                    let found = try await store.deadLetters(filter, limit: 1, maxBytes: Self.pageBytes)
                    tally.matched += 1
                    if found.isEmpty { tally.refuse(id, DeadLetterTally.isGone) }
                    left -= found.count
                    try await body(found, &tally)
                }
                return tally
            }
            // Whatever dies from now on has a higher number than these.
            filter.through = min(filter.through, try await store.newestDeadLetter() ?? 0)
            while left > 0, tally.interruption == nil {
                try Task.checkCancellation()
                let page = try await store.deadLetters(
                    filter, limit: min(left, Self.pageCount), maxBytes: Self.pageBytes)
                guard let last = page.last else { break }
                tally.matched += page.count
                left -= page.count
                filter.after = last.id
                try await body(page, &tally)
            }
        } catch  where tally.done > 0 {
            tally.interruption = "\(error)"
            // What was looked at and has no answer.
            tally.matched = tally.done + tally.refusedCount
        }
        return tally
    }

    // MARK: - A replay

    /// Admits dead letters anew, and suspends while the window is full. Returns how many.
    package func replay(_ letters: [StoredDeadLetter]) async throws -> Int {
        let unknown = Set(letters.map(\.letter.stream)).subtracting(kernel.intake.places.map(\.name))
        guard unknown.isEmpty else { throw ReplayError.unknownStreams(unknown.sorted()) }
        var tally = DeadLetterTally()
        try await replay(letters, &tally)
        return tally.done
    }

    /// Admits stored dead letters anew, and says of each what became of it: it is `done`, or refused.
    ///
    /// - Throws: ``ReplayError/stopping``, `CancellationError`, and what the store throws. What is in the tally by then is so, and
    ///   of the others nothing has happened.
    package func replay(_ letters: [StoredDeadLetter], _ tally: inout DeadLetterTally) async throws {
        var rest = letters[...]
        while let first = rest.first {
            // Only a run of one stream can be brought at once.
            let run = rest.prefix { $0.letter.stream == first.letter.stream }.prefix(Self.pageCount)
            rest = rest.dropFirst(run.count)
            guard !kernel.flow.isDraining, !kernel.intake.isClosed else { throw ReplayError.stopping }
            try Task.checkCancellation()
            let taken = try await take(run, &tally)
            guard !taken.isEmpty else { continue }
            let isTaken = await kernel.intake.bring(
                taken, ofStreamNamed: first.letter.stream, receivedAt: kernel.runtime.now)
            let left =
                isTaken ? [] : kernel.ledger.withLock { ledger in taken.filter { ledger.replays.giveBack($0.id) } }
            tally.done += taken.count - left.count
            guard !left.isEmpty else { continue }
            // The tree has ended, or the stream has gone in this moment.
            let error = kernel.intake.isClosed ? ReplayError.stopping : .unknownStreams([first.letter.stream])
            for stored in left { tally.refuse(stored.id, "\(error)") }
            if kernel.intake.isClosed { throw error }
        }
    }

    /// Marks letters as being on their way. Returns those that were not already, and that are still stored; the others are
    /// refused.
    ///
    /// In this order: what the store has once it is marked here, no other replay has settled since it was read.
    private func take(
        _ letters: some Collection<StoredDeadLetter>, _ tally: inout DeadLetterTally
    ) async throws -> [StoredDeadLetter] {
        let marked = kernel.ledger.withLock { ledger in letters.map { (id: $0.id, isFree: ledger.replays.begin($0.id)) }
        }
        for letter in marked where !letter.isFree { tally.refuse(letter.id, DeadLetterTally.isUnderway) }
        let ids = marked.filter(\.isFree).map(\.id)
        var (taken, gone): ([StoredDeadLetter], [Int64]) = ([], [])
        do {
            for id in ids {
                if let letter = try await store.deadLetter(id) {
                    taken.append(letter)
                } else {
                    gone.append(id)
                }
            }
        } catch {
            kernel.ledger.withLock { ledger in ids.forEach { ledger.replays.release($0) } }
            throw error
        }
        kernel.ledger.withLock { ledger in gone.forEach { ledger.replays.release($0) } }
        for id in gone { tally.refuse(id, DeadLetterTally.isGone) }
        return taken
    }
}
