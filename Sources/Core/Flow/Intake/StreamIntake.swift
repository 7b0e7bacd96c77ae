public import Ledger
import Locking
public import NIOCore
import Supervision

/// A stream's own side of the intake.
public struct StreamIntake: Sendable {
    package let stream: StreamName
    /// The receiver's; 0 outside of a tree.
    var incarnation: UInt64 = 0
    /// The source, if it is told what becomes of what it brings; see ``SourceTable``.
    package var recipient: UInt64 = 0
    /// Where the filter is; nil: there is none.
    var sources: SourceTable?
    package let intake: Intake
    package let ledger: LedgerStore
    package let runtime: SupervisionRuntime

    /// Brings events, and suspends while the window is full: that suspension is what slows the server down.
    ///
    /// What the stream's filter does not let pass needs no room, and waits like the rest: for its turn, and while the stream is
    /// paused.
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
            .events(arrival(events, commits)), of: stream.index, by: incarnation, receivedAt: runtime.now)
    }

    /// Brings events that have no order and move no position, each with a receipt, and suspends while the window is full.
    ///
    /// - Returns: whether they are the tree's, also when the task was cancelled meanwhile; if not, none of them is: the receiver has
    ///   been replaced, or the tree has ended.
    package func offer(_ events: [Event], bytes: Int) async -> Bool {
        guard !events.isEmpty else { return true }
        let isTaken = await intake.offer(
            arrival(events, []), of: stream.index, by: incarnation, receivedAt: runtime.now)
        if isTaken {
            report { status in
                status.events += UInt64(events.count)
                status.bytes += UInt64(bytes)
            }
        }
        return isTaken
    }

    /// Waits until nothing of any stream is in process, and has the tree for one message, which `body` brings. The others wait for
    /// ``IntakeQueue/patience`` at most.
    ///
    /// - Throws: `CancellationError`, also when the receiver has been replaced or the tree has ended.
    package func alone(_ body: () async throws -> Void) async throws {
        defer { intake.release(stream.index, by: incarnation) }
        guard await intake.reserve(stream.index, by: incarnation, at: runtime.now) else { throw CancellationError() }
        try Task.checkCancellation()
        try await body()
    }

    /// What is to be admitted. The filter comes before the copy, which is saved for what does not pass.
    private func arrival(_ events: [Event], _ commits: [EventCommit]) -> Arrival {
        guard !events.isEmpty, let filter = sources?.filter(of: stream.name) else {
            return Arrival(PackedEvents(events), commits: commits.map(\.keptSmall), recipient: recipient)
        }
        var sieve = EventSieve(filter, stream: stream.name, killMessage: ledger.withLock { $0.killMessage })
        let batch = FilteredBatch(events, commits: commits) { sieve.passes($0) }
        return Arrival(PackedEvents(batch.passed), asides: batch.asides, recipient: recipient)
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
        try await waitForNextAttempt(delay, or: Notify())
    }

    /// The same, or until it is notified.
    package func waitForNextAttempt(_ delay: Duration, or notify: Notify) async throws {
        let alarm = Alarm(notify, runtime: runtime)
        intake.waits(stream.index, by: incarnation, at: notify)
        defer { intake.waits(stream.index, by: incarnation, at: nil) }
        alarm.set(runtime.now + delay)
        try await notify.wait()
    }

    /// The tree's clock: whatever the source waits for, it waits by this one.
    public var clock: any Clock<Duration> { runtime.clock }

    /// Waits until the receiver is told to stop: there is nothing more to bring.
    public func waitUntilStopped() async throws { try await Notify().wait() }

    /// The most that the stream may have in process, as the window is divided now.
    package var share: (messages: Int, bytes: Int) { ledger.withLock { $0.window.share } }

    /// Whether nothing of it is admitted, by an operator's wish.
    package var isHeld: Bool { intake.state.withLock { $0.streams[stream.index].isHeld } }

    /// What is known of the stream.
    public var status: StreamStatus { intake.state.withLock { $0.streams[stream.index].status } }

    /// Notes that the stream is over for good.
    public func failed(because reason: String) { report { $0.failed(because: reason, at: runtime.elapsed) } }

    /// Notes that it cannot go on before somebody mends something; then it does by itself.
    package func needsMending(because reason: String) {
        report { status in
            status.failed(because: reason, at: runtime.elapsed)
            status.isMendable = true
        }
    }

    /// Notes that the event came that ends the stream.
    public func finished() { report { $0.finished(at: runtime.elapsed) } }

    /// Notes how the stream is doing.
    public func report(_ change: (inout StreamStatus) -> Void) {
        intake.update(stream.index, by: incarnation, change)
    }
}

/// Where a stream goes on. The books know that, and not the connection: they outlive it.
extension StreamIntake {
    /// The IDs to ask the server with, the most wanted first: that of the last run of events that is closed, and, should the
    /// server refuse it, that of the run which may go on. None, or an empty one: without an ID.
    ///
    /// Waits until what was brought before has been admitted.
    ///
    /// - Throws: `CancellationError`, also when the receiver has been replaced or the tree has ended.
    public func resumptionIDs() async throws -> [ByteBuffer] {
        try await intake.bring([], of: stream.index, by: incarnation, receivedAt: runtime.now)
        return ledger.withLock { $0.streams[stream.index].runs.candidates }
    }

    /// Notes that a connection is open that was asked for with `id` (empty: without one), after the server had refused
    /// others: what it sends of the run that may go on is recognised if it came before.
    public func connected(after id: ByteBuffer, refused: [ByteBuffer] = []) {
        intake.connected(stream.index, by: incarnation, after: id, refused: refused)
    }

    /// The same two in one step, for a source that no server refuses. Returns the ID; empty: from now, or from the
    /// beginning.
    public func resume() async throws -> ByteBuffer {
        let id = try await resumptionIDs().first ?? ByteBuffer()
        connected(after: id)
        return id
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

extension ErrorKernel {
    /// A new incarnation of a stream's receiver begins, and is heard from now on.
    package func begin(_ incarnation: UInt64, of stream: StreamName) -> StreamIntake {
        intake.begin(incarnation, of: stream.index)
        return StreamIntake(
            stream: stream, incarnation: incarnation,
            recipient: ledger.withLock { $0.streams[stream.index].notices.recipient }, sources: sources,
            intake: intake, ledger: ledger, runtime: runtime)
    }
}
