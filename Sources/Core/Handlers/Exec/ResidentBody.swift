import Locking
import Pipeline

/// A worker that is a process for many messages. When that has done its share, another one takes its place, and the old one has
/// its time to end beside it.
final class ResidentBody: DirectBody {
    private struct State {
        var session: WorkerSession?
        /// Those that were recycled and have not ended.
        var retired: [WorkerSession] = []
    }

    /// So many may have their time to end at once; with one more, the oldest has had it.
    private static let mostRetired = 16

    private let handler: ExecHandler
    private let worker: WorkerHandle
    private let state = Locked(State())

    init(_ handler: ExecHandler, _ worker: WorkerHandle) {
        self.handler = handler
        self.worker = worker
    }

    private var session: WorkerSession? { state.withLock(\.session) }

    private func makeSession(isSuccessor: Bool = false) -> WorkerSession {
        let session = WorkerSession(handler, worker, isSuccessor: isSuccessor) { [worker] in worker.ended($0) }
        state.withLock { $0.session = session }
        return session
    }

    func start() async throws -> BodyStart { try await makeSession().begin() }

    func handle(_ hand: Hand) async throws {
        if let session, session.isWornOut {
            // With several hands there is always one that it owes an answer for, unless it is given no more.
            try await session.drain()
            try await recycle(session, for: hand)
        }
        try await session?.give(hand)
    }

    func take(_ hand: Hand, if begin: () -> Bool) -> Bool {
        // One that is worn out is replaced first.
        guard let session, !session.isWornOut else { return false }
        return session.take(hand, if: begin)
    }

    func flush() { session?.flush() }

    /// Starts another process, and lets the old one end.
    private func recycle(_ old: WorkerSession, for hand: Hand) async throws {
        // At once: that it ends now is not the worker's end.
        old.retire()
        let excess = state.withLock { state in
            state.retired.append(old)
            return state.retired.count > Self.mostRetired ? state.retired.first : nil
        }
        await excess?.kill()
        let step = handler.options.stopGrace
        handler.runtime.spawn { [self] in
            await old.stop(over: .recycled, step: step)
            state.withLock { state in state.retired.removeAll { $0 === old } }
        }
        // That it takes its time to load is not the fault of the message that waits for it.
        let waiting =
            handler.options.waitsForReady
            ? handler.runtime.spawn { [handler] in
                while (try? await handler.sleep(.milliseconds(20))) != nil { hand.progress() }
            } : nil
        defer { waiting?.cancel() }
        do {
            _ = try await makeSession(isSuccessor: true).begin()
        } catch {
            throw error is CancellationError ? error : BodyEnded("no other process could take its place: \(error)")
        }
    }

    func stop(within grace: Duration) async {
        let step = min(handler.options.stopGrace, grace / 2)
        await withTaskGroup { group in
            // Those that were recycled owe nothing either, and have their time as well.
            for session in state.withLock(\.retired) {
                group.addTask { await session.stop(over: .recycled, step: step) }
            }
            await session?.stop(over: .stopped, step: step)
        }
    }

    func kill() async {
        await session?.kill()
        await killRetired()
    }

    private func killRetired() async {
        for session in state.withLock(\.retired) { await session.kill() }
    }

    // MARK: - What is seen of it

    var vitals: BodyVitals? { session?.process?.vitals }

    func deliver(signal: Int32) -> Bool { session?.process?.signal(signal) ?? false }

    var postMortem: PostMortem? { session?.process?.postMortem }

    var delayReason: String? { session?.silence }
}
