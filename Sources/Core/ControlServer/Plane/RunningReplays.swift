import ControlAPI
import Locking
import Pipeline

/// Replays that take longer than a client waits. They go on after their answer, and can be asked after.
///
/// A window that is full, a stream that is paused meanwhile or a breaker that is open may hold one up for any time. So many go on at
/// once at most, and of those that are over so many are remembered.
final class RunningReplays: Sendable {
    static let most = 16
    static let remembered = 64
    /// How long an answer takes at most; less than clients wait.
    static let patience: Duration = .seconds(2)

    private enum State {
        case goesOn(DeadLetterTally)
        case over(DeadLetterTally, ControlFailure?)
    }

    private struct Jobs {
        var states: [UInt64: State] = [:]
        var last: UInt64 = 0
        var running = 0
    }

    private let jobs = Locked(Jobs())
    private let patience: Duration

    init(patience: Duration = RunningReplays.patience) {
        self.patience = patience
    }

    /// Begins a replay, and waits for its end for a while.
    ///
    /// - Parameter body: the replay; it tells what it is given how far it has come.
    /// - Throws: what the replay throws while it is waited for, ``ErrorCode/unavailable`` if too many go on already.
    func run(
        _ body:
            @escaping @Sendable (@escaping @Sendable (DeadLetterTally) -> Void) async -> Result<
                DeadLetterTally, ControlFailure
            >
    ) async throws(ControlFailure) -> DeadLetterResponse {
        let number = jobs.withLock { jobs -> UInt64? in
            guard jobs.running < Self.most else { return nil }
            jobs.running += 1
            jobs.last += 1
            jobs.states[jobs.last] = .goesOn(DeadLetterTally())
            return jobs.last
        }
        guard let number else {
            throw ControlFailure(
                .unavailable, "\(Self.most) replays go on already", hint: "wait for the end of one of them")
        }
        let (isOver, over) = AsyncStream<Void>.makeStream()
        // Not the request's own task: it ends with the request, and the replay is to go on.
        Task { [self] in
            finish(number, with: await body { [self] tally in advance(number, to: tally) })
            over.finish()
        }
        let alarm = Task { [patience] in
            try? await Task.sleep(for: patience)
            over.finish()
        }
        for await _ in isOver {}
        alarm.cancel()
        let answer = try progress(of: number)
        if case .over(_, let failure?)? = jobs.withLock({ $0.states[number] }) { throw failure }
        return answer
    }

    /// How far a replay has come. One that was ended by an error says so.
    ///
    /// - Throws: ``ErrorCode/notFound`` for one that is not remembered, or never was.
    func progress(of number: UInt64) throws(ControlFailure) -> DeadLetterResponse {
        switch jobs.withLock({ $0.states[number] }) {
        case .goesOn(let tally)?: return DeadLetterResponse(tally, goesOn: number)
        case .over(let tally, let failure)?: return DeadLetterResponse(tally, error: failure.map { "\($0.message)" })
        case nil:
            throw ControlFailure(
                .notFound, "there is no replay \(number), or it is long over",
                hint: "ptrctl dead-letters list shows what is left")
        }
    }

    private func advance(_ number: UInt64, to tally: DeadLetterTally) {
        jobs.withLock { $0.states[number] = .goesOn(tally) }
    }

    private func finish(_ number: UInt64, with result: Result<DeadLetterTally, ControlFailure>) {
        jobs.withLock { jobs in
            jobs.running -= 1
            switch (result, jobs.states[number]) {
            case (.success(let tally), _): jobs.states[number] = .over(tally, nil)
            case (.failure(let failure), .goesOn(let tally)?): jobs.states[number] = .over(tally, failure)
            case (.failure(let failure), _): jobs.states[number] = .over(DeadLetterTally(), failure)
            }
            let over = jobs.states.filter { if case .over = $0.value { true } else { false } }.keys.sorted()
            for number in over.dropLast(Self.remembered) { jobs.states[number] = nil }
        }
    }
}

extension DeadLetterResponse {
    init(_ tally: DeadLetterTally, dryRun: Bool = false, goesOn: UInt64? = nil, error: String? = nil) {
        self.init(
            matched: tally.matched, done: tally.done,
            refused: tally.refused.map { Refusal(id: $0.id, reason: $0.reason) }, refusedCount: tally.refusedCount,
            dryRun: dryRun, goesOn: goesOn, error: error)
    }
}
