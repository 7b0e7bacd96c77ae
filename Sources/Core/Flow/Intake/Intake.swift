import BitCollections
import Ledger
import Locking
import NIOCore
import Supervision

/// Where the receivers bring what they read, and wait until flow_manager has admitted it.
///
/// It outlives every incarnation of both sides. A batch that is waiting here belongs to the tree: it is admitted also when its
/// receiver has ended meanwhile, so nothing that was read is lost.
package final class Intake: Sendable {
    struct State {
        var queue: IntakeQueue
        var nextNumber: UInt64 = 0
        var isClosed = false
        var streams: [IntakeStream]
        /// Those whose pause ends by itself.
        var ending = BitSet()
        /// The living ones, in the order of the configuration.
        var order: [Int]
        /// What was counted of those that are gone.
        var removed = RemovedCounters()
        /// Whether nothing is to be received until somebody resumes it, streams that are yet to come included.
        var isStoodDown = false
        /// How many changes are under way that count on it that no place becomes free.
        var changes = 0
        /// Whether the tree is stopping: nothing can be paused or resumed any more.
        var isStopping = false
    }

    let state: Locked<State>
    package let ledger: LedgerStore
    /// flow_manager's.
    package let flowNotify: Notify

    package init(streams: [StreamStatus], ledger: LedgerStore, flowNotify: Notify) {
        state = Locked(
            State(
                queue: IntakeQueue(streams: streams.count), streams: streams.map { IntakeStream(status: $0) },
                order: Array(streams.indices)))
        self.ledger = ledger
        self.flowNotify = flowNotify
    }

    /// From now on only this incarnation of a stream's receiver is heard: one that was left to itself and comes back would
    /// bring what its replacement has read as well.
    package func begin(_ incarnation: UInt64, of stream: Int) {
        state.withLock { state in
            state.streams[stream].incarnation = incarnation
            state.queue.release(stream)
        }
    }

    /// From now on no receiver is heard, for they have all been stopped: one that was left to itself and comes back would bring
    /// something to a tree that is about to end.
    package func hearNobody() {
        state.withLock { state in
            // No incarnation ever has this number.
            for stream in state.streams.indices { state.streams[stream].incarnation = .max }
        }
    }

    /// The tree has ended: what waits here is admitted by nobody any more. Whoever waits is told so.
    package func close() {
        let waiters = state.withLock { state in
            state.isClosed = true
            return state.queue.takeWaiters()
        }
        for waiter in waiters { waiter.resume(returning: false) }
    }

    /// Whether the tree has ended.
    package var isClosed: Bool { state.withLock(\.isClosed) }

    /// Brings a receiver's batch and waits until all of it is admitted, or the task is cancelled: then it stays here.
    ///
    /// Throws `CancellationError` also when the receiver has been replaced, or the tree has ended; then nothing is taken.
    ///
    /// - Parameter incarnation: the receiver's; nil: it does not come from a receiver.
    package func bring(
        _ events: [Event], commits: [EventCommit] = [], of stream: Int, by incarnation: UInt64? = nil,
        receivedAt: Duration
    ) async throws {
        try await bring(
            .events(Arrival(PackedEvents(asTheyAre: events), commits: commits)), of: stream, by: incarnation,
            receivedAt: receivedAt)
    }

    /// The same for whatever is to be admitted.
    func bring(
        _ batch: IntakeQueue.Batch, of stream: Int, by incarnation: UInt64? = nil, receivedAt: Duration
    ) async throws {
        let isTaken = await bring(batch, receivedAt: receivedAt) { state in
            if let incarnation, incarnation != state.streams[stream].incarnation { return nil }
            return stream
        }
        guard isTaken else { throw CancellationError() }
        try Task.checkCancellation()
    }

    /// Brings what is no part of its stream's order, and waits until all of it is admitted, or the task is cancelled: then it stays
    /// here.
    ///
    /// - Returns: whether it is the tree's; if not, nothing is taken: the receiver has been replaced, or the tree has ended.
    func offer(_ arrival: Arrival, of stream: Int, by incarnation: UInt64, receivedAt: Duration) async -> Bool {
        var arrival = arrival
        arrival.isDetached = true
        return await bring(.events(arrival), receivedAt: receivedAt) { state in
            incarnation == state.streams[stream].incarnation ? stream : nil
        }
    }

    /// Waits until nothing is in process, and has nothing admitted from then on but one message of a stream, which that has to bring;
    /// ``release(_:by:)`` ends it.
    ///
    /// - Returns: false when the receiver has been replaced, or the tree has ended.
    func reserve(_ stream: Int, by incarnation: UInt64, at now: Duration) async -> Bool {
        await bring(.reservation, receivedAt: now) { state in
            incarnation == state.streams[stream].incarnation ? stream : nil
        }
    }

    /// A stream wants the tree for itself no more, unless it has brought what it was for.
    func release(_ stream: Int, by incarnation: UInt64) {
        state.withLock { state in
            if state.streams[stream].incarnation == incarnation { state.queue.release(stream) }
        }
        flowNotify.notify()
    }

    /// Brings dead letters that are to be admitted anew, to the stream that has their name now: found where they are put, so that
    /// it is the right one whatever has changed. Waits as ``bring(_:of:by:receivedAt:)`` does.
    ///
    /// - Returns: false when there is no such stream (any more), or the tree has ended.
    package func bring(_ letters: [StoredDeadLetter], ofStreamNamed name: String, receivedAt: Duration) async -> Bool {
        await bring(.replays(letters[...]), receivedAt: receivedAt) { state in
            state.order.first { state.streams[$0].status.name == name }
        }
    }

    /// - Parameter find: whose it is, looked up where it is put; nil: nobody's.
    /// - Returns: false when it is nobody's, or the tree has ended before all of it was admitted.
    private func bring(
        _ batch: IntakeQueue.Batch, receivedAt: Duration, to find: @Sendable (State) -> Int?
    ) async -> Bool {
        let number = state.withLock { state in
            state.nextNumber += 1
            return state.nextNumber
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (isHeard, isCancelled) = state.withLock { state in
                    // Looked at under the lock: a cancellation finds either the request, or has been before and is seen here.
                    let isCancelled = Task.isCancelled
                    guard !state.isClosed, let stream = find(state) else { return (false, isCancelled) }
                    state.queue.append(
                        IntakeQueue.Request(
                            number: number, batch: batch, receivedAt: receivedAt,
                            waiter: isCancelled ? nil : continuation),
                        of: stream)
                    return (true, isCancelled)
                }
                flowNotify.notify()
                if isCancelled || !isHeard { continuation.resume(returning: isHeard) }
            }
        } onCancel: {
            state.withLock { $0.queue.takeWaiter(of: number) }?.resume(returning: true)
        }
    }

    /// Changes what waits here and what is in process in one step. For flow_manager only.
    func withLock<Answer>(_ body: (inout State, inout Ledger) -> Answer) -> Answer {
        state.withLock { state in ledger.withLock { ledger in body(&state, &ledger) } }
    }

    /// Whether nothing waits for admission.
    package var isEmpty: Bool { state.withLock { $0.queue.isEmpty } }

    /// How many events wait for admission.
    package var waiting: Int { state.withLock { $0.queue.waiting } }

    // MARK: - What is known of the streams

    /// Notes that a connection of a stream is open; an incarnation that is not heard changes nothing.
    package func connected(_ stream: Int, by incarnation: UInt64, after id: ByteBuffer, refused: [ByteBuffer]) {
        state.withLock { state in
            guard state.streams[stream].incarnation == incarnation else { return }
            ledger.withLock { $0.opened(stream, after: id, refused: refused) }
        }
    }

    /// Changes a stream's status. An incarnation of a receiver that is not heard changes nothing: the place may be
    /// another stream's by now.
    package func update(_ stream: Int, by incarnation: UInt64, _ change: (inout StreamStatus) -> Void) {
        state.withLock { state in
            guard state.streams[stream].incarnation == incarnation else { return }
            change(&state.streams[stream].status)
        }
    }

    /// Notes where a receiver waits for its next try, or that it does no more.
    func waits(_ stream: Int, by incarnation: UInt64, at notify: Notify?) {
        state.withLock { state in
            guard state.streams[stream].incarnation == incarnation else { return }
            state.streams[stream].wait = notify
        }
    }

    /// Ends a stream's wait for the next try. Returns whether it waited.
    package func endWait(_ stream: Int) -> Bool {
        let notify = state.withLock { $0.streams[stream].wait.take() }
        notify?.notify()
        return notify != nil
    }

    /// The living streams, in the order of the configuration.
    package var statuses: [StreamStatus] { withLock { state, ledger in state.statuses(in: ledger) } }
}

extension Intake.State {
    /// The living streams, in the order of the configuration.
    package func statuses(in ledger: Ledger) -> [StreamStatus] {
        order.map { index in
            var status = streams[index].shown
            ledger.streams[index].show(in: &status)
            return status
        }
    }
}
