import NIOCore

/// Which stored dead letters an operator means: those that match all that is given.
public struct DeadLetterChoice: Sendable, Hashable {
    /// These; nil: whichever match the filter.
    public var ids: [Int64]?
    /// What they match.
    public var filter: DeadLetterFilter
    /// At most so many, the oldest; nil: all.
    public var limit: Int?

    /// Makes a choice; without arguments, of all.
    public init(ids: [Int64]? = nil, filter: DeadLetterFilter = DeadLetterFilter(), limit: Int? = nil) {
        self.ids = ids
        self.filter = filter
        self.limit = limit
    }
}

/// What became of the dead letters that an operator meant. When it is over, each of them is done or refused.
public struct DeadLetterTally: Sendable, Hashable {
    /// How many were meant, as far as they have been looked at.
    public var matched = 0
    /// How many were replayed or deleted; 0 when they were only counted.
    public var done = 0
    /// Those that could not be, and why; the first ``refusalsKept``.
    public var refused: [Refusal] = []
    /// How many those are, also where they are not named. When it is over: `done + refusedCount = matched`.
    public var refusedCount = 0
    /// Why it ended before all that were meant had been looked at; nil when they were.
    public var interruption: String?

    /// More refusals than these are not named.
    public static let refusalsKept = 100

    static let isUnderway = "it is being replayed already"
    static let isGone = "there is no such dead letter (any more)"

    /// One that could not be replayed or deleted.
    public struct Refusal: Sendable, Hashable {
        /// Its number.
        public var id: Int64
        /// Why, in words.
        public var reason: String
    }

    /// Of nothing yet.
    public init() {}

    mutating func refuse(_ id: Int64, _ reason: String) {
        refusedCount += 1
        if refused.count < Self.refusalsKept { refused.append(Refusal(id: id, reason: reason)) }
    }

    /// Ends before everything was looked at: what was, and has no answer yet, has this one.
    mutating func interrupt(
        _ reason: String, _ letters: [StoredDeadLetter], doneBefore done: Int, refusedBefore refused: Int
    ) {
        interruption = reason
        // Letters are answered for in their order, but which of them are done is not kept: it is counted.
        let answered = self.done - done + refusedCount - refused
        let named = Set(self.refused.map(\.id))
        for stored in letters.filter({ !named.contains($0.id) }).suffix(letters.count - answered) {
            refuse(stored.id, reason)
        }
    }
}

// Each letter of a choice is judged by itself: one that cannot be replayed does not keep the others.
extension Application {
    private static let choicePage = 64
    private static let choicePageBytes = 8 << 20

    /// Admits the chosen dead letters anew, as ``replay(_:)`` does. Those of streams that are not configured any more, or
    /// are paused, are refused one by one.
    ///
    /// - Parameters:
    ///   - isRehearsal: only count.
    ///   - progress: told from time to time how far it has come.
    /// - Throws: ``ReplayError/stopping``, and what the store throws, as long as nothing has been done; after that it ends with an
    ///   interruption.
    public func replay(
        _ choice: DeadLetterChoice, isRehearsal: Bool = false,
        progress: (DeadLetterTally) -> Void = { _ in }
    ) async throws -> DeadLetterTally {
        guard !flow.isDraining else { throw ReplayError.stopping }
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
            if reason == nil, ledger.withLock({ $0.replays.isUnderway(stored.id) }) {
                reason = DeadLetterTally.isUnderway
            }
            if let reason { tally.refuse(stored.id, reason) }
            return reason == nil
        }
    }

    /// Deletes the chosen dead letters for good.
    ///
    /// - Parameter isRehearsal: only count.
    /// - Throws: `CancellationError`, and what the store throws.
    public func purge(_ choice: DeadLetterChoice, isRehearsal: Bool = false) async throws -> DeadLetterTally {
        if choice.ids == nil, choice.limit == nil {
            if isRehearsal, let tally = try await countAll(choice, refusal: { _ in nil }) { return tally }
            var tally = DeadLetterTally()
            tally.done = try await purgeDeadLetters(choice.filter)
            tally.matched = tally.done
            return tally
        }
        return try await forEachPage(of: choice) { page, tally in
            guard !isRehearsal else { return }
            for stored in page {
                // One by one, so that it is known of each whether it was still there.
                if try await purgeDeadLetters([stored.id]) == 1 {
                    tally.done += 1
                } else {
                    tally.refuse(stored.id, DeadLetterTally.isGone)
                }
            }
        }
    }

    /// Why no dead letter of a stream can be replayed at the moment; nil: it can.
    private func refusal(of stream: String) -> String? {
        guard let status = intake.statuses.first(where: { $0.name == stream }) else {
            return "\(ReplayError.unknownStreams([stream]))"
        }
        return status.state == .paused ? "stream \(stream) is paused: resume it first" : nil
    }

    /// Counts without reading them all; nil where the choice is of some by their numbers.
    private func countAll(
        _ choice: DeadLetterChoice, refusal: (String) -> String?
    ) async throws -> DeadLetterTally? {
        guard choice.ids == nil, choice.limit == nil else { return nil }
        let counts = try await countDeadLetters(choice.filter)
        var tally = DeadLetterTally()
        tally.matched = counts.values.reduce(0, +)
        for stream in counts.keys.sorted() {
            guard let reason = refusal(stream) else { continue }
            var filter = choice.filter
            filter.stream = stream
            let named = try await deadLetters(filter, limit: DeadLetterTally.refusalsKept)
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
                    let found = try await deadLetters(filter, limit: 1)
                    tally.matched += 1
                    if found.isEmpty { tally.refuse(id, DeadLetterTally.isGone) }
                    left -= found.count
                    try await body(found, &tally)
                }
                return tally
            }
            // Whatever dies from now on has a higher number than these.
            filter.through = min(filter.through, try await stateWriter.store.newestDeadLetter() ?? 0)
            while left > 0, tally.interruption == nil {
                try Task.checkCancellation()
                let page = try await deadLetters(
                    filter, limit: min(left, Self.choicePage), maxBytes: Self.choicePageBytes)
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
}
