import DequeModule

/// A record in a writer's queue.
struct WriterEntry<Record: Sendable>: Sendable {
    /// Names the entry for its cancellation; 0 for offered records, which nobody cancels.
    let id: UInt64
    /// `nil` once cancelled: the place stays, so that positions hold.
    var record: Record?
    let size: Int
    let waiter: UnsafeContinuation<Void, any Error>?
}

/// Callers to wake once the lock is released.
struct WriterWakeUps {
    var writers: [(waiter: UnsafeContinuation<Void, any Error>, result: Result<Void, any Error>)] = []
    var others: [UnsafeContinuation<Void, Never>] = []
}

/// The state of a ``BoundedWriter``: pure bookkeeping under its lock. It performs nothing, it returns what is to be
/// done.
struct WriterState<Record: BoundedRecord> {
    /// What the thread is to do next.
    enum Step {
        case sleep
        case wake(WriterWakeUps)
        case write([Record])
        /// Go on under another interruption: the old one has been requested.
        case renew(Interruption)
        case end(Result<Void, any Error>)
    }

    private enum Phase {
        case open
        case closing
        case closed
    }

    var queue = Deque<WriterEntry<Record>>()
    var bytes = 0
    var appended: UInt64 = 0
    var dropped = 0
    var unreportedDrops = 0
    var abandoned = 0
    var flushes: [(after: UInt64, waiter: UnsafeContinuation<Void, Never>)] = []

    private var phase = Phase.open
    /// The thread's life: `nil` while there is none. Its identity tells a thread that was given up that it is history.
    private var life: Interruption?
    private var isAsleep = false
    private var isStopping = false
    /// So many entries at the front are in the sink's hands.
    private var inHand = 0
    private var busySince: ContinuousClock.Instant?
    private var removed: UInt64 = 0
    private var written = 0
    private var refused = 0
    private var closers: [UnsafeContinuation<Void, Never>] = []

    var accepts: Bool { phase == .open }

    var counters: WriterCounters {
        WriterCounters(
            written: written, refused: refused, dropped: dropped, abandoned: abandoned, waiting: queue.count,
            bytes: bytes,
            isRunning: life != nil, busySince: busySince)
    }

    // MARK: In

    /// Appends an entry; returns whether the thread must be woken.
    mutating func append(_ entry: WriterEntry<Record>) -> Bool {
        queue.append(entry)
        bytes += entry.size
        appended += 1
        return takeAlarm()
    }

    /// Cancels an entry that is not in the sink's hands; returns whom to tell.
    ///
    /// A scan, because cancellations are rare and appends are not.
    mutating func cancel(_ id: UInt64) -> UnsafeContinuation<Void, any Error>? {
        guard let index = queue.indices.dropFirst(inHand).first(where: { queue[$0].id == id }),
            queue[index].record != nil
        else { return nil }
        let entry = queue[index]
        bytes -= entry.size
        queue[index] = WriterEntry(id: 0, record: nil, size: 0, waiter: nil)
        return entry.waiter
    }

    /// Returns whether a sleeping thread must be woken, and notes that somebody does.
    private mutating func takeAlarm() -> Bool {
        guard isAsleep else { return false }
        isAsleep = false
        return true
    }

    // MARK: The thread

    mutating func begin(_ interruption: Interruption) -> WriterError? {
        if phase == .closed { return .closed }
        if life != nil { return .alreadyRunning }
        life = interruption
        isStopping = false
        isAsleep = false
        return nil
    }

    mutating func next(_ me: Interruption, limits: (batch: Int, bytes: Int), report: ((Int) -> Record)?) -> Step {
        guard life === me else { return .end(.failure(WriterError.abandoned)) }
        if isStopping {
            guard phase == .closing else { return .end(.failure(CancellationError())) }
            // Closed before the stop took effect: what is queued is still to go out, by a sink that may wait again.
            isStopping = false
            let fresh = Interruption()
            life = fresh
            return .renew(fresh)
        }
        dropCancelled()
        if let first = flushes.first, first.after <= removed {
            var wakeUps = WriterWakeUps()
            takeFlushes(into: &wakeUps)
            return .wake(wakeUps)
        }
        if queue.isEmpty, unreportedDrops > 0, let report {
            let record = report(unreportedDrops)
            unreportedDrops = 0
            _ = append(WriterEntry(id: 0, record: record, size: record.byteCount, waiter: nil))
        }
        guard !queue.isEmpty else {
            if phase != .open { return .end(.success(())) }
            isAsleep = true
            return .sleep
        }
        var records: [Record] = []
        records.reserveCapacity(min(limits.batch, queue.count))
        var size = 0
        for entry in queue {
            guard records.count < limits.batch, records.isEmpty || size + entry.size <= limits.bytes else { break }
            inHand += 1
            guard let record = entry.record else { continue }
            records.append(record)
            size += entry.size
        }
        busySince = .now
        return .write(records)
    }

    /// Cancelled entries at the front have no record to wait for.
    private mutating func dropCancelled() {
        while let first = queue.first, first.record == nil {
            queue.removeFirst()
            removed += 1
        }
    }

    /// Books what the sink did with the batch in hand. Returns whom to wake, and whether the thread must end.
    mutating func settle(
        _ me: Interruption, count: Int, _ result: BatchResult
    ) -> (wakeUps: WriterWakeUps, end: Result<Void, any Error>?) {
        var wakeUps = WriterWakeUps()
        // Given up meanwhile: its entries are gone and their callers told.
        guard life === me else { return (wakeUps, .failure(WriterError.abandoned)) }
        let decided = min(max(0, result.decided), count)
        var index = 0
        while index < decided {
            guard let entry = queue.popFirst() else { break }
            removed += 1
            guard entry.record != nil else { continue }
            bytes -= entry.size
            if let error = result.refused[index] {
                refused += 1
                if let waiter = entry.waiter { wakeUps.writers.append((waiter, .failure(error))) }
            } else {
                written += 1
                if let waiter = entry.waiter { wakeUps.writers.append((waiter, .success(()))) }
            }
            index += 1
        }
        inHand = 0
        busySince = nil
        dropCancelled()
        takeFlushes(into: &wakeUps)
        switch result.end {
        case .failed(let error): return (wakeUps, .failure(error))
        case .ready where decided == 0: return (wakeUps, .failure(WriterError.noProgress))
        case .ready, .interrupted: return (wakeUps, nil)
        }
    }

    /// The thread of this life ends. While closing that closes the writer, and nobody will take what is left.
    mutating func endLife(_ me: Interruption) -> WriterWakeUps {
        guard life === me else { return WriterWakeUps() }
        life = nil
        isAsleep = false
        guard phase == .closing else { return WriterWakeUps() }
        return finish()
    }

    mutating func requestStop() -> (interruption: Interruption?, wake: Bool) {
        // A closing writer ends by itself, or by its deadline.
        guard life != nil, phase == .open else { return (nil, false) }
        isStopping = true
        return (life, takeAlarm())
    }

    // MARK: The end

    mutating func beginClosing() -> (wake: Bool, needsThread: Bool) {
        guard phase == .open else { return (false, false) }
        phase = .closing
        dropCancelled()
        let isPending = !queue.isEmpty
        if life == nil && !isPending { phase = .closed }
        return (takeAlarm(), life == nil && isPending)
    }

    /// Returns whether the writer is closed already; otherwise the waiter will be resumed when it is.
    mutating func awaitClosed(_ waiter: UnsafeContinuation<Void, Never>) -> Bool {
        if phase == .closed { return true }
        closers.append(waiter)
        return false
    }

    mutating func abandon() -> (interruption: Interruption?, wakeUps: WriterWakeUps) {
        guard phase == .closing else { return (nil, WriterWakeUps()) }
        let interruption = life
        life = nil
        return (interruption, finish())
    }

    private mutating func finish() -> WriterWakeUps {
        phase = .closed
        var wakeUps = WriterWakeUps()
        for entry in queue where entry.record != nil {
            abandoned += 1
            if let waiter = entry.waiter { wakeUps.writers.append((waiter, .failure(WriterError.abandoned))) }
        }
        removed += UInt64(queue.count)
        queue.removeAll()
        bytes = 0
        inHand = 0
        busySince = nil
        takeFlushes(into: &wakeUps)
        wakeUps.others += closers
        closers = []
        return wakeUps
    }

    private mutating func takeFlushes(into wakeUps: inout WriterWakeUps) {
        guard !flushes.isEmpty else { return }
        wakeUps.others += flushes.filter { $0.after <= removed }.map(\.waiter)
        flushes.removeAll { $0.after <= removed }
    }
}
