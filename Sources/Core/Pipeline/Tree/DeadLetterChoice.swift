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

/// What became of the dead letters that an operator meant.
public struct DeadLetterTally: Sendable, Hashable {
    /// How many there were.
    public var matched = 0
    /// How many were replayed or deleted; 0 when they were only counted.
    public var done = 0
    /// Those that could not be, and why; the first ``refusalsKept``.
    public var refused: [Refusal] = []
    /// How many those are, also where they are not named. When it is over: `done + refusedCount = matched`.
    public var refusedCount = 0

    /// More refusals than these are not named.
    public static let refusalsKept = 100

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
    /// - Throws: ``ReplayError/stopping``, `CancellationError`, and what the store throws. What was replayed until then is.
    public func replay(
        _ choice: DeadLetterChoice, isRehearsal: Bool = false,
        progress: (DeadLetterTally) -> Void = { _ in }
    ) async throws -> DeadLetterTally {
        guard !flow.isDraining else { throw ReplayError.stopping }
        if isRehearsal, let tally = try await countAll(choice, refusal: { refusal(of: $0) }) { return tally }
        return try await forEachPage(of: choice) { page, tally in
            defer { progress(tally) }
            var accepted: [StoredDeadLetter] = []
            for stored in page {
                if let reason = refusal(of: stored.letter.stream) {
                    tally.refuse(stored.id, reason)
                } else if ledger.withLock({ $0.replays.isUnderway(stored.id) }) {
                    tally.refuse(stored.id, "it is being replayed already")
                } else {
                    accepted.append(stored)
                }
            }
            guard !isRehearsal else { return }
            do {
                tally.done += try await replay(accepted)
            } catch ReplayError.unknownStreams(let names) {
                // It was removed between the look at it and now.
                let error = ReplayError.unknownStreams(names)
                for stored in accepted where names.contains(stored.letter.stream) {
                    tally.refuse(stored.id, "\(error)")
                }
            }
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
            let done = try await purgeDeadLetters(page.map(\.id))
            tally.done += done
            // Somebody else was quicker, between the look at them and now.
            tally.refusedCount += page.count - done
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

    /// Reads what is chosen, page by page, the oldest first: what there is now, and not what dies meanwhile.
    private func forEachPage(
        of choice: DeadLetterChoice, _ body: ([StoredDeadLetter], inout DeadLetterTally) async throws -> Void
    ) async throws -> DeadLetterTally {
        var (tally, filter, left) = (DeadLetterTally(), choice.filter, choice.limit ?? .max)
        if let ids = choice.ids {
            for id in Set(ids).sorted() where left > 0 {
                try Task.checkCancellation()
                // There are no numbers below 1, and one less than the least of all would be no number.
                (filter.after, filter.through) = (max(id, 1) - 1, id)
                let found = try await deadLetters(filter, limit: 1)
                // It was meant as well.
                tally.matched += 1
                if found.isEmpty { tally.refuse(id, "there is no such dead letter (any more)") }
                left -= found.count
                try await body(found, &tally)
            }
            return tally
        }
        // Whatever dies from now on has a higher number than these.
        filter.through = min(filter.through, try await stateWriter.store.newestDeadLetter() ?? 0)
        while left > 0 {
            try Task.checkCancellation()
            let page = try await deadLetters(
                filter, limit: min(left, Self.choicePage), maxBytes: Self.choicePageBytes)
            guard let last = page.last else { break }
            tally.matched += page.count
            left -= page.count
            filter.after = last.id
            try await body(page, &tally)
        }
        return tally
    }
}
