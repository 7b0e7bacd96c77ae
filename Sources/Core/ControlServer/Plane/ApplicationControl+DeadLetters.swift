public import ControlAPI
import Glibc
import NIOCore
import Pipeline
import ProgramKit

// The stored dead letters. Answers are bounded, whatever is in the store.
extension ApplicationControl {
    private static let pageBytes = 16 << 20
    /// Of longer data only the beginning is shown; the summary says how long it is. In bytes.
    private static let longestData = 4 << 20

    /// - Throws: ``ErrorCode/badRequest`` for a number of letters out of bounds, ``ErrorCode/unavailable`` if the state
    ///   cannot be read.
    public func deadLetters(_ request: DeadLettersRequest) async throws(ControlFailure) -> DeadLetters {
        try request.check()
        let limit = request.limit ?? DeadLettersRequest.defaultLimit
        let filter = DeadLetterFilter(stream: request.stream, text: request.text, after: request.after ?? 0)
        let (page, isLast) = try await attempt {
            // One more than asked for tells whether there is another page; so does one that is short for its bytes.
            let page = try await application.deadLetters(filter, limit: limit + 1, maxBytes: Self.pageBytes)
            guard let last = page.last, page.count <= limit else { return (page.prefix(limit), page.isEmpty) }
            var rest = filter
            rest.after = last.id
            return (page[...], try await application.deadLetters(rest, limit: 1).isEmpty)
        }.get()
        let storage = application.storageCounters
        return DeadLetters(
            deadLetters: page.map(DeadLetterSummary.init), next: isLast ? nil : page.last?.id,
            total: storage.deadLetters, totalBytes: storage.deadLetterBytes)
    }

    /// - Throws: ``ErrorCode/notFound``, or ``ErrorCode/unavailable`` if the state cannot be read.
    public func deadLetter(_ request: DeadLetterRequest) async throws(ControlFailure) -> DeadLetterDetail {
        guard let stored = try await attempt({ try await application.deadLetter(request.id) }).get() else {
            throw ControlFailure(
                .notFound, "there is no dead letter \(request.id) (any more)", hint: "ptrctl dead-letters list")
        }
        return DeadLetterDetail(
            summary: DeadLetterSummary(stored), data: stored.letter.data.text(Self.longestData))
    }

    /// It answers when all are admitted, or with how far it has come: the window may be full for long.
    ///
    /// - Throws: ``ErrorCode/badRequest`` for a selection of nothing, ``ErrorCode/precondition`` while nothing gets done, unless it
    ///   is to wait for that, ``ErrorCode/unavailable`` if the state cannot be read, while the daemon stops, or if too many replays go on.
    public func replay(_ request: ReplayRequest) async throws(ControlFailure) -> DeadLetterResponse {
        let choice = try DeadLetterChoice(request.selection)
        guard !request.dryRun else {
            let tally = try await attempt { try await application.replay(choice, isRehearsal: true) }.get()
            return DeadLetterResponse(tally, dryRun: true)
        }
        if !request.wait, let obstacle = application.obstacle {
            throw ControlFailure(
                .precondition, "a replay would wait for what may not come: \(obstacle)",
                hint: "mend that first, or have it wait (`--wait`)")
        }
        return try await replays.run { [application] progress in
            await attempt { try await application.replay(choice, progress: progress) }
        }
    }

    /// - Throws: ``ErrorCode/notFound`` for a replay that is not remembered, or never was.
    public func progress(_ request: ReplayProgressRequest) async throws(ControlFailure) -> DeadLetterResponse {
        try replays.progress(of: request.id)
    }

    /// - Throws: ``ErrorCode/badRequest`` for a selection of nothing, ``ErrorCode/unavailable`` if the state cannot be read.
    public func purge(_ request: PurgeRequest) async throws(ControlFailure) -> DeadLetterResponse {
        let choice = try DeadLetterChoice(request.selection)
        let tally = try await attempt { try await application.purge(choice, isRehearsal: request.dryRun) }.get()
        return DeadLetterResponse(tally, dryRun: request.dryRun)
    }
}

extension DeadLetterChoice {
    /// At least one thing has to be given.
    fileprivate init(_ selection: DeadLetterSelection) throws(ControlFailure) {
        guard selection.all || selection.ids != nil || selection.stream != nil || !(selection.text ?? "").isEmpty else {
            throw ControlFailure(
                .badRequest, "the selection does not say which dead letters",
                hint: "give ids, a stream or a text, or \"all\": true")
        }
        if let limit = selection.limit, limit < 1 {
            throw ControlFailure(.badRequest, "limit is \(limit); it must be at least 1")
        }
        self.init(
            ids: selection.ids, filter: DeadLetterFilter(stream: selection.stream, text: selection.text),
            limit: selection.limit)
    }
}

extension DeadLetterSummary {
    fileprivate init(_ stored: StoredDeadLetter) {
        let letter = stored.letter
        self.init(
            id: stored.id, stream: letter.stream, eventID: letter.eventID.text(512),
            type: letter.type.map { $0.text(512) } ?? "message", time: UTCTime(microseconds: letter.diedAt).text,
            reason: String(letter.reason.prefix(1000)), attempts: letter.attempts, worker: letter.worker,
            incarnation: letter.incarnation, sequence: letter.sequence, bytes: letter.data.readableBytes,
            preview: letter.data.text(200).inOneLine, identity: letter.identity)
    }
}
