import Locking
import NIOCore
import Supervision

/// Where the receivers bring what they read, and wait until flow_manager has admitted it.
///
/// It outlives every incarnation of both sides. A batch that is waiting here belongs to the tree: it is admitted also when its
/// receiver has ended meanwhile, so nothing that was read is lost.
final class Intake: Sendable {
    struct State {
        var queue: IntakeQueue
        var nextNumber: UInt64 = 0
        var isClosed = false
        var streams: [IntakeStream]
        /// The living ones, in the order of the configuration.
        var order: [Int]
        /// What was counted of those that are gone.
        var removed = RemovedCounters()
        /// Whether nothing is to be received until somebody resumes it, streams that are yet to come included.
        var isDrained = false
        /// How many changes are under way that count on it that no place becomes free.
        var changes = 0
        /// Whether the tree is stopping: nothing can be paused or resumed any more.
        var isStopping = false
    }

    let state: Locked<State>
    let ledger: LedgerStore
    /// flow_manager's.
    let bell: Bell

    init(streams: [StreamStatus], ledger: LedgerStore, bell: Bell) {
        state = Locked(
            State(
                queue: IntakeQueue(streams: streams.count), streams: streams.map { IntakeStream(status: $0) },
                order: Array(streams.indices)))
        self.ledger = ledger
        self.bell = bell
    }

    /// From now on only this incarnation of a stream's receiver is heard: one that was left to itself and comes back would
    /// bring what its replacement has read as well.
    func begin(_ incarnation: UInt64, of stream: Int) {
        state.withLock { $0.streams[stream].incarnation = incarnation }
    }

    /// From now on no receiver is heard, for they have all been stopped: one that was left to itself and comes back would bring
    /// something to a tree that is about to end.
    func hearNobody() {
        state.withLock { state in
            // No incarnation ever has this number.
            for stream in state.streams.indices { state.streams[stream].incarnation = .max }
        }
    }

    /// The tree has ended: what waits here is admitted by nobody any more. Whoever waits is told so.
    func close() {
        let waiters = state.withLock { state in
            state.isClosed = true
            return state.queue.takeWaiters()
        }
        for waiter in waiters { waiter.resume(returning: false) }
    }

    /// Whether the tree has ended.
    var isClosed: Bool { state.withLock(\.isClosed) }

    /// Brings a receiver's batch and waits until all of it is admitted, or the task is cancelled: then it stays here.
    ///
    /// Throws `CancellationError` also when the receiver has been replaced, or the tree has ended; then nothing is taken.
    ///
    /// - Parameter incarnation: the receiver's; nil: it does not come from a receiver.
    func bring(
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

    /// Brings dead letters that are to be admitted anew, to the stream that has their name now: found where they are put, so that
    /// it is the right one whatever has changed. Waits as ``bring(_:of:by:receivedAt:)`` does.
    ///
    /// - Returns: false when there is no such stream (any more), or the tree has ended.
    func bring(_ letters: [StoredDeadLetter], ofStreamNamed name: String, receivedAt: Duration) async -> Bool {
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
                bell.ring()
                if isCancelled || !isHeard { continuation.resume(returning: isHeard) }
            }
        } onCancel: {
            state.withLock { $0.queue.takeWaiter(of: number) }?.resume(returning: true)
        }
    }

    /// Admits what the window lets in, the streams in turn. Returns how many events that were. For flow_manager only.
    ///
    /// - Parameter show: given the admitted messages, if somebody taps them; nil: nobody does.
    func admit(showing show: ((WatchedMessages) -> Void)? = nil) -> Int {
        let isWatched = show != nil
        let (admitted, waiters, watched) = state.withLock {
            state -> (Int, [CheckedContinuation<Bool, Never>], WatchedMessages?) in
            let isEmpty = state.queue.isEmpty
            return ledger.withLock { ledger in
                defer { ledger.noteAdmission() }
                guard !isEmpty else { return (0, [], nil) }
                if isWatched { ledger.watched = WatchedMessages() }
                let (admitted, waiters) = state.queue.admit(into: &ledger)
                return (admitted, waiters, ledger.watched.take())
            }
        }
        if let watched { show?(watched) }
        for waiter in waiters { waiter.resume(returning: true) }
        return admitted
    }

    /// Whether nothing waits for admission.
    var isEmpty: Bool { state.withLock { $0.queue.isEmpty } }

    /// How many events wait for admission.
    var waiting: Int { state.withLock { $0.queue.waiting } }

    // MARK: - What is known of the streams

    /// Changes a stream's status. An incarnation of a receiver that is not heard changes nothing: the place may be
    /// another stream's by now.
    func update(_ stream: Int, by incarnation: UInt64, _ change: (inout StreamStatus) -> Void) {
        state.withLock { state in
            guard state.streams[stream].incarnation == incarnation else { return }
            change(&state.streams[stream].status)
        }
    }

    /// Notes where a receiver waits for its next try, or that it does no more.
    func waits(_ stream: Int, by incarnation: UInt64, at bell: Bell?) {
        state.withLock { state in
            guard state.streams[stream].incarnation == incarnation else { return }
            state.streams[stream].wait = bell
        }
    }

    /// Ends a stream's wait for the next try. Returns whether it waited.
    func endWait(_ stream: Int) -> Bool {
        let bell = state.withLock { $0.streams[stream].wait.take() }
        bell?.ring()
        return bell != nil
    }

    /// Whether an incarnation of a stream's receiver is the living one.
    func hears(_ incarnation: UInt64, of stream: Int) -> Bool {
        state.withLock { $0.streams[stream].incarnation == incarnation }
    }

    /// The living streams, in the order of the configuration.
    var statuses: [StreamStatus] {
        state.withLock { state in
            ledger.withLock { ledger in
                state.order.map { index in
                    var status = state.streams[index].shown
                    ledger.streams[index].show(in: &status)
                    return status
                }
            }
        }
    }
}

/// A stream's own side of the intake.
public struct StreamIntake: Sendable {
    let stream: StreamName
    /// The receiver's; 0 outside of a tree.
    var incarnation: UInt64 = 0
    /// The source, if it is told what becomes of what it brings; see ``Recipients``.
    var recipient: UInt64 = 0
    let intake: Intake
    let ledger: LedgerStore
    let runtime: SupervisionRuntime

    /// Brings events, and suspends while the window is full: that suspension is what slows the server down.
    ///
    /// - Parameters:
    ///   - bytes: what was read for them, framing included.
    ///   - commits: what was committed without an event, with its place among the events.
    public func bring(_ events: [Event], commits: [EventCommit] = [], bytes: Int) async throws {
        report { status in
            status.events += UInt64(events.count)
            status.bytes += UInt64(bytes)
        }
        guard !events.isEmpty || !commits.isEmpty else { return }
        try await intake.bring(
            .events(Arrival(PackedEvents(events), commits: commits.map(\.keptSmall), recipient: recipient)),
            of: stream.index,
            by: incarnation, receivedAt: runtime.now)
    }

    /// Notes that a connection is open. True: it is not the first one in this life of the daemon.
    public func opened() -> Bool {
        var isAgain = false
        report { status in
            isAgain = status.wasOpen
            if isAgain { status.reconnects += 1 }
            status.wasOpen = true
            status.opened(at: runtime.elapsed)
        }
        return isAgain
    }

    /// Notes that a connection is being made.
    public func connecting() { report { $0.connecting(at: runtime.elapsed) } }

    /// Notes that there is no connection, and that the next try follows after `delay`.
    ///
    /// - Parameters:
    ///   - isRefused: whether the server refuses it in a way that somebody has to do something about.
    ///   - inOrder: whether the server has ended it in good order, and so is not missed before the next try.
    public func waiting(for delay: Duration, because reason: String, isRefused: Bool = false, inOrder: Bool = false) {
        report {
            $0.waiting(for: delay, because: reason, isRefused: isRefused, inOrder: inOrder, at: runtime.elapsed)
        }
    }

    /// Waits for `delay`, or until somebody wants it to be tried at once.
    public func waitForNextAttempt(_ delay: Duration) async throws {
        let bell = Bell()
        let alarm = Alarm(bell, runtime: runtime)
        intake.waits(stream.index, by: incarnation, at: bell)
        defer { intake.waits(stream.index, by: incarnation, at: nil) }
        alarm.set(runtime.now + delay)
        try await bell.wait()
    }

    /// The tree's clock: whatever the source waits for, it waits by this one.
    public var clock: any Clock<Duration> { runtime.clock }

    /// Waits until the receiver is told to stop: there is nothing more to bring.
    public func waitUntilStopped() async throws { try await Bell().wait() }

    /// What is known of the stream.
    public var status: StreamStatus { intake.state.withLock { $0.streams[stream.index].status } }

    /// Notes that the stream is over for good.
    public func failed(because reason: String) { report { $0.failed(because: reason, at: runtime.elapsed) } }

    /// Notes how the stream is doing.
    public func report(_ change: (inout StreamStatus) -> Void) {
        intake.update(stream.index, by: incarnation, change)
    }
}

extension EventCommit {
    /// With an ID that keeps no large buffer in memory.
    fileprivate var keptSmall: Self {
        var commit = self
        commit.id.shrinkStorage()
        return commit
    }
}
