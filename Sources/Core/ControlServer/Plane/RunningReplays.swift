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

    typealias Replay =
        @Sendable (@escaping @Sendable (DeadLetterTally) -> Void) async -> Result<DeadLetterTally, ControlFailure>

    private struct Job {
        var tally = DeadLetterTally()
        var isOver = false
        /// What ended it.
        var failure: ControlFailure?
    }

    private let state = Locked((jobs: [UInt64: Job](), last: UInt64(0)))
    private let patience: Duration

    init(patience: Duration = RunningReplays.patience) {
        self.patience = patience
    }

    /// Begins a replay, and waits for its end for a while.
    ///
    /// - Parameter body: the replay; it tells what it is given how far it has come.
    /// - Throws: what the replay throws while it is waited for, ``ErrorCode/unavailable`` if too many go on already.
    func run(_ body: @escaping Replay) async throws(ControlFailure) -> DeadLetterResponse {
        let number = state.withLock { state -> UInt64? in
            guard state.jobs.values.count(where: { !$0.isOver }) < Self.most else { return nil }
            state.last += 1
            state.jobs[state.last] = Job()
            return state.last
        }
        guard let number else {
            throw ControlFailure(
                .unavailable, "\(Self.most) replays go on already", hint: "wait for the end of one of them")
        }
        let over = OneShot<Void>()
        // Not the request's own task: it ends with the request, and the replay is to go on.
        Task { [self] in
            finish(number, with: await body { [self] tally in advance(number, to: tally) })
            over.resolve(())
        }
        await withTaskCancellationHandler {
            await over.value(within: patience, otherwise: ())
        } onCancel: {
            over.resolve(())
        }
        let answer = try progress(of: number)
        if let failure = state.withLock({ $0.jobs[number]?.failure }) { throw failure }
        return answer
    }

    /// How far a replay has come. One that was ended by an error says so.
    ///
    /// - Throws: ``ErrorCode/notFound`` for one that is not remembered, or never was.
    func progress(of number: UInt64) throws(ControlFailure) -> DeadLetterResponse {
        guard let job = state.withLock({ $0.jobs[number] }) else {
            throw ControlFailure(
                .notFound, "there is no replay \(number), or it is long over",
                hint: "ptrctl dead-letters list shows what is left")
        }
        return DeadLetterResponse(job.tally, goesOn: job.isOver ? nil : number, error: job.failure?.message)
    }

    private func advance(_ number: UInt64, to tally: DeadLetterTally) {
        state.withLock { $0.jobs[number]?.tally = tally }
    }

    private func finish(_ number: UInt64, with result: Result<DeadLetterTally, ControlFailure>) {
        state.withLock { state in
            state.jobs[number]?.isOver = true
            switch result {
            case .success(let tally): state.jobs[number]?.tally = tally
            case .failure(let failure): state.jobs[number]?.failure = failure
            }
            let over = state.jobs.filter(\.value.isOver).keys.sorted()
            for number in over.dropLast(Self.remembered) { state.jobs[number] = nil }
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
