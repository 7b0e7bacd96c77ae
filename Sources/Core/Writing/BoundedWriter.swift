import DequeModule
import Dispatch
import Locking
import Synchronization

/// A bounded queue of records that one thread of the operating system drains into a sink that may block.
///
/// Two ways lead in, through one FIFO:
/// - ``offer(_:)`` never waits: when the queue is full the record is dropped and counted. For logs.
/// - ``write(all:)`` returns once the sink has decided on its records, which are never dropped. For printed messages. Its callers
///   are suspended, not blocked; each holds no more than it has brought, so they need no bound of their own.
///
/// The thread takes all it finds, up to a batch, and wakes the batch's callers together: a wake-up of the thread per
/// burst, a lock and a wake-up per caller however many records it brings, and nothing ever blocks the cooperative pool.
///
/// It is made to be a supervised child: ``run()`` lives as long as the thread, throws what broke the sink, and when it
/// is called again goes on with what is queued. Nothing is lost in between.
public final class BoundedWriter<Record: BoundedRecord>: Sendable {
    private let name: String
    private let sink: any RecordSink<Record>
    private let onDropsEnded: (@Sendable (_ dropped: Int) -> Record)?
    private let state: Locked<WriterState<Record>>
    /// The thread sleeps on it. Signalled only when the state says that the thread is asleep.
    private let alarm = DispatchSemaphore(value: 0)
    private let nextID = Atomic<UInt64>(0)

    /// Creates a writer without a thread: records queue up until ``start(onEnd:)`` or ``run()``.
    ///
    /// - Parameters:
    ///   - name: The thread's name, 15 bytes at most.
    ///   - limits: The bounds.
    ///   - sink: Where the records go.
    ///   - onDropsEnded: Makes the record that reports dropped ones; asked for once the queue has run empty after
    ///     drops. Called under the writer's lock: it must only make the record.
    public init(
        name: String, limits: WriterLimits = WriterLimits(), sink: any RecordSink<Record>,
        onDropsEnded: (@Sendable (_ dropped: Int) -> Record)? = nil
    ) {
        self.name = name
        self.sink = sink
        self.onDropsEnded = onDropsEnded
        state = Locked(WriterState(limits))
    }

    // MARK: In

    /// Queues a record if there is room, without ever waiting.
    ///
    /// - Returns: `false` when the record was dropped, because the queue is full or the writer closed.
    @discardableResult
    public func offer(_ record: Record) -> Bool {
        let (isQueued, wake) = state.withLock { $0.offer(record) }
        if wake { alarm.signal() }
        return isQueued
    }

    /// Queues records, next to each other, and returns once each of them is decided.
    ///
    /// When the task is cancelled, those that still wait are withdrawn and will not be written. Those in the sink's hands are
    /// waited for.
    ///
    /// - Returns: why records were not taken, by their index: the sink's error for that record; `CancellationError`: it was
    ///   withdrawn; ``WriterError/closed`` or ``WriterError/abandoned``. Empty: all were taken.
    @specialized(where Record == SharedLine)
    public func write(all records: [Record]) async -> [Int: any Error] {
        guard !records.isEmpty else { return [:] }
        let id = nextID.wrappingAdd(1, ordering: .relaxed).newValue
        let bytes = Record.byteCount(of: records)
        return await withTaskCancellationHandler {
            // Unsafe only in that nobody counts the resumptions: an entry leaves the queue once, and whoever removes it
            // resumes it.
            await withUnsafeContinuation { (waiter: UnsafeContinuation<[Int: any Error], Never>) in
                let entry = WriterEntry(id: id, records, bytes: bytes, waiter: waiter)
                guard let wake = state.withLock({ $0.accept(entry) }) else {
                    let closed = records.indices.map { ($0, WriterError.closed as any Error) }
                    return waiter.resume(returning: Dictionary(uniqueKeysWithValues: closed))
                }
                if wake { alarm.signal() }
                // A cancellation before this line found no entry to cancel.
                if Task.isCancelled { cancel(id) }
            }
        } onCancel: {
            cancel(id)
        }
    }

    private func cancel(_ id: UInt64) {
        wakeUp(state.withLock { $0.cancel(id) })
    }

    // MARK: Life

    /// Starts the thread.
    ///
    /// - Parameter onEnd: Called once, from the thread, as its last act: with success after ``close(within:)``, with
    ///   `CancellationError` after ``stop()``, with the sink's error when the sink broke. In the last two cases what is
    ///   queued stays queued for the next start.
    /// - Throws: ``WriterError/alreadyRunning``, ``WriterError/closed``, ``WriterError/threadUnavailable(errno:)``.
    public func start(onEnd: @escaping @Sendable (Result<Void, any Error>) -> Void) throws(WriterError) {
        let interruption = Interruption()
        let refusal = state.withLock { $0.begin(interruption) }
        if let refusal { throw refusal }
        do throws(WriterError) {
            try OSThread.start(name: name) { [self] in
                onEnd(live(interruption))
            }
        } catch {
            wakeUp(state.withLock { $0.endLife(interruption) })
            throw error
        }
    }

    /// Lives as long as the thread: the body of a supervised child.
    ///
    /// Returns after ``close(within:)``. When the task is cancelled, the thread is stopped after the batch in hand.
    ///
    /// - Throws: What broke the sink; `CancellationError`; and what ``start(onEnd:)`` throws.
    public func run() async throws {
        try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { (runner: UnsafeContinuation<Void, any Error>) in
                do throws(WriterError) {
                    try start { runner.resume(with: $0) }
                } catch {
                    return runner.resume(throwing: error)
                }
                if Task.isCancelled { stop() }
            }
        } onCancel: {
            stop()
        }
    }

    /// Asks the thread to end soon and to leave the rest queued for the next ``start(onEnd:)``.
    public func stop() {
        let (interruption, wake) = state.withLock { $0.requestStop() }
        interruption?.request()
        if wake { alarm.signal() }
    }

    /// Refuses new records, lets the sink take what is queued, and ends the thread.
    ///
    /// - Parameter limit: How long the sink may take; `nil` is for ever. After it, what is left is given up: callers of
    ///   ``write(all:)`` get ``WriterError/abandoned``, and a sink that cannot be interrupted keeps its thread until it
    ///   returns.
    /// - Returns: The records given up; 0 when all went out.
    @discardableResult
    public func close(within limit: Duration? = .seconds(5)) async -> Int {
        let plan = state.withLock { $0.beginClosing() }
        if plan.wake { alarm.signal() }
        if plan.needsThread {
            // The thread is gone (never started, or its sink broke) but something is queued: one last try.
            do throws(WriterError) {
                try start { _ in }
            } catch .alreadyRunning {
                // A supervisor was quicker to start it; that thread closes as well as ours.
            } catch {
                abandon()
            }
        }
        let deadline = limit.map { limit in
            Task {
                if (try? await Task.sleep(for: limit)) != nil { abandon() }
            }
        }
        await withUnsafeContinuation { (waiter: UnsafeContinuation<Void, Never>) in
            let isClosed = state.withLock { $0.awaitClosed(waiter) }
            if isClosed { waiter.resume() }
        }
        deadline?.cancel()
        return counters.abandoned
    }

    private func abandon() {
        let (interruption, leftovers) = state.withLock { $0.abandon() }
        interruption?.request()
        wakeUp(leftovers)
        // Harmless when the thread is not asleep: it looks at the state and leaves.
        alarm.signal()
    }

    /// What the writer has done and holds, at one instant.
    public var counters: WriterCounters {
        state.withLock { $0.counters }
    }

    // MARK: The thread

    /// The thread: hands batches to the sink until told to end; returns how it ended, after the state has booked it.
    private func live(_ first: Interruption) -> Result<Void, any Error> {
        var interruption = first
        let end = handOver(&interruption)
        let last = interruption
        wakeUp(state.withLock { $0.endLife(last) })
        return end
    }

    // Lines are what is written most: what is made for any record looks at its type in every step.
    @specialized(where Record == SharedLine)
    private func handOver(_ interruption: inout Interruption) -> Result<Void, any Error> {
        while true {
            let me = interruption
            let step = state.withLock { $0.next(me, report: onDropsEnded) }
            switch step {
            case .sleep:
                alarm.wait()
            case .write(let records):
                let result = sink.write(records, until: me)
                let (wakeUps, end) = state.withLock { $0.settle(me, count: records.count, result) }
                wakeUp(wakeUps)
                if let end { return end }
            case .renew(let fresh):
                interruption = fresh
            case .end(let end):
                return end
            }
        }
    }

    /// Wakes callers; never under the lock.
    private func wakeUp(_ wakeUps: WriterWakeUps) {
        for (waiter, untaken) in wakeUps.writers { waiter.resume(returning: untaken) }
        for waiter in wakeUps.others { waiter.resume() }
    }
}

/// The bounds of a ``BoundedWriter``.
public struct WriterLimits: Sendable, Equatable {
    /// At most so many records wait before ``BoundedWriter/offer(_:)`` drops.
    public var records: Int
    /// At most so many bytes wait before ``BoundedWriter/offer(_:)`` drops; and so many are handed to the sink at once, or
    /// one record.
    public var bytes: Int
    /// At most so many records are handed to the sink at once.
    public var batch: Int

    /// Creates bounds; each is at least 1.
    public init(records: Int = 10_000, bytes: Int = 8 << 20, batch: Int = 512) {
        self.records = max(1, records)
        self.bytes = max(1, bytes)
        self.batch = max(1, batch)
    }
}

/// What a ``BoundedWriter`` has done and holds, at one instant.
public struct WriterCounters: Sendable, Equatable {
    /// Records the sink has taken.
    public var written = 0
    /// Records the sink has refused.
    public var refused = 0
    /// Records that were offered and not queued.
    public var dropped = 0
    /// Records that were given up when the writer was closed.
    public var abandoned = 0
    /// Records that wait, those in the sink's hands included.
    public var waiting = 0
    /// The bytes of the waiting records.
    public var bytes = 0
    /// Whether the thread lives.
    public var isRunning = false
    /// Since when the sink has had the batch it holds; `nil` while it has none. A watchdog's beat: a stalled sink shows
    /// here.
    public var busySince: ContinuousClock.Instant?
}
