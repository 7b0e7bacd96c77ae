import DequeModule

/// The state of a ``BoundedWriter``: pure bookkeeping under its lock. It performs nothing, it returns what is to be
/// done.
struct WriterState<Record: BoundedRecord> {
    /// What the thread is to do next.
    enum Step {
        case sleep
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

    let limits: WriterLimits
    private(set) var counters = WriterCounters()
    private var queue = Deque<WriterEntry<Record>>()
    private var unreportedDrops = 0
    private var phase = Phase.open
    /// The thread's life: `nil` while there is none. Its identity tells a thread that was given up that it is history.
    private var life: Interruption? {
        didSet { counters.isRunning = life != nil }
    }
    private var isAsleep = false
    private var isStopping = false
    private var closers: [UnsafeContinuation<Void, Never>] = []
    /// Records that were queued, and those of them that their callers took back.
    private var queued = 0
    private var withdrawn = 0

    init(_ limits: WriterLimits) { self.limits = limits }

    // MARK: In

    /// Queues a record if there is room; returns whether it did, and whether the thread must be woken.
    mutating func offer(_ record: Record) -> (isQueued: Bool, wake: Bool) {
        let size = record.byteCount
        guard phase == .open, counters.waiting < limits.records, size <= limits.bytes,
            counters.bytes <= limits.bytes - size
        else {
            counters.dropped += 1
            unreportedDrops += 1
            return (false, false)
        }
        return (true, append(WriterEntry([record], bytes: size)))
    }

    /// Queues what a caller has brought; returns whether the thread must be woken, nil if nothing is taken any more.
    mutating func accept(_ entry: WriterEntry<Record>) -> Bool? { phase == .open ? append(entry) : nil }

    private mutating func append(_ entry: WriterEntry<Record>) -> Bool {
        queued += entry.records.count
        counters.waiting += entry.records.count
        counters.bytes += entry.bytes
        queue.append(entry)
        checkInvariants()
        return takeAlarm()
    }

    /// Withdraws what of an entry is not in the sink's hands, also of that what the sink gives back; returns whom to tell.
    ///
    /// A scan, because cancellations are rare and appends are not.
    mutating func cancel(_ id: UInt64) -> WriterWakeUps {
        var wakeUps = WriterWakeUps()
        guard let place = queue.firstIndex(where: { $0.id == id }) else { return wakeUps }
        queue[place].isCancelled = true
        withdraw(at: place)
        if queue[place].waiting.isEmpty { wakeUps.add(queue.remove(at: place)) }
        checkInvariants()
        return wakeUps
    }

    private mutating func withdraw(at place: Int) {
        let untouched = queue[place].waiting.dropFirst(queue[place].inHand)
        for index in untouched {
            queue[place].untaken[index] = CancellationError()
            let size = queue[place].records[index].byteCount
            queue[place].bytes -= size
            counters.bytes -= size
        }
        counters.waiting -= untouched.count
        withdrawn += untouched.count
        queue[place].waiting.removeLast(untouched.count)
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

    mutating func next(_ me: Interruption, report: ((Int) -> Record)?) -> Step {
        guard life === me else { return .end(.failure(WriterError.abandoned)) }
        if isStopping {
            guard phase == .closing else { return .end(.failure(CancellationError())) }
            // Closed before the stop took effect: what is queued is still to go out, by a sink that may wait again.
            isStopping = false
            let fresh = Interruption()
            life = fresh
            return .renew(fresh)
        }
        if queue.isEmpty, unreportedDrops > 0, let report {
            let record = report(unreportedDrops)
            unreportedDrops = 0
            _ = append(WriterEntry([record], bytes: record.byteCount))
        }
        guard !queue.isEmpty else {
            if phase != .open { return .end(.success(())) }
            isAsleep = true
            return .sleep
        }
        let records = takeInHand()
        counters.busySince = .now
        checkInvariants()
        return .write(records)
    }

    /// Puts the first records into the sink's hands: whole entries as far as they go, and of one that is too large the beginning.
    private mutating func takeInHand() -> [Record] {
        var records: [Record] = []
        var size = 0
        for place in queue.indices {
            let entry = queue[place]
            guard records.count + entry.waiting.count > limits.batch || size + entry.bytes > limits.bytes else {
                // One that comes alone, as a batch mostly does, is not copied.
                if records.isEmpty, entry.waiting.count == entry.records.count {
                    records = entry.records
                } else {
                    records.append(contentsOf: entry.records[entry.waiting])
                }
                queue[place].inHand = entry.waiting.count
                size += entry.bytes
                continue
            }
            for index in entry.waiting {
                let more = entry.records[index].byteCount
                guard records.isEmpty || records.count < limits.batch && size + more <= limits.bytes else { break }
                records.append(entry.records[index])
                queue[place].inHand += 1
                size += more
            }
            break
        }
        return records
    }

    /// Books what the sink did with the batch in hand. Returns whom to wake, and whether the thread must end.
    mutating func settle(
        _ me: Interruption, count: Int, _ result: BatchResult
    ) -> (wakeUps: WriterWakeUps, end: Result<Void, any Error>?) {
        var wakeUps = WriterWakeUps()
        // Given up meanwhile: its entries are gone and their callers told.
        guard life === me else { return (wakeUps, .failure(WriterError.abandoned)) }
        assert((0...count).contains(result.decided), "a sink has decided \(result.decided) of \(count) records")
        let decided = min(max(0, result.decided), count)
        var (booked, place) = (0, 0)
        while place < queue.count, queue[place].inHand > 0 {
            let share = min(queue[place].inHand, decided - booked)
            book(share, at: place, result.refused, from: booked)
            booked += share
            queue[place].inHand = 0
            if queue[place].isCancelled { withdraw(at: place) }
            // Entries end in their order, but for those that were cancelled.
            if queue[place].waiting.isEmpty { wakeUps.add(queue.remove(at: place)) } else { place += 1 }
        }
        assert(booked == decided, "what a sink has decided was in its hands")
        counters.busySince = nil
        checkInvariants()
        switch result.end {
        case .failed(let error): return (wakeUps, .failure(error))
        case .ready where decided == 0: return (wakeUps, .failure(WriterError.noProgress))
        case .ready, .interrupted: return (wakeUps, nil)
        }
    }

    /// Takes so many records off an entry, as decided.
    ///
    /// - Parameter first: where in the batch the first of them was.
    private mutating func book(_ count: Int, at place: Int, _ errors: [Int: any Error], from first: Int) {
        let entry = queue[place]
        let decided = entry.waiting.prefix(count)
        let size =
            count == entry.waiting.count ? entry.bytes : decided.reduce(0) { $0 + entry.records[$1].byteCount }
        if !errors.isEmpty {
            for (offset, index) in decided.enumerated() { queue[place].untaken[index] = errors[first + offset] }
        }
        let failed = queue[place].untaken.count - entry.untaken.count
        counters.refused += failed
        counters.written += count - failed
        counters.waiting -= count
        counters.bytes -= size
        queue[place].bytes -= size
        queue[place].waiting.removeFirst(count)
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
        for var entry in queue {
            counters.abandoned += entry.waiting.count
            for index in entry.waiting { entry.untaken[index] = WriterError.abandoned }
            wakeUps.add(entry)
        }
        queue.removeAll()
        (counters.waiting, counters.bytes, counters.busySince) = (0, 0, nil)
        wakeUps.others = closers
        closers = []
        checkInvariants()
        return wakeUps
    }

    // MARK: What always holds

    /// Of debug builds: the counters agree with the queue, no record is lost or counted twice, and what the sink holds lies at
    /// the head.
    private func checkInvariants() {
        assert(
            queued == counters.waiting + counters.written + counters.refused + counters.abandoned + withdrawn,
            "a record ends once: \(counters), queued \(queued), withdrawn \(withdrawn)")
        assert(queue.isEmpty || phase != .closed, "a closed writer holds nothing")
        assert(
            (queue.first?.inHand ?? 0 > 0) == (counters.busySince != nil), "the sink is busy with the head of the queue"
        )
        // A long queue is as right as a short one, and would be looked through for each record.
        assert(queue.count > 64 || isQueueInOrder, "the queue is not what is counted: \(counters)")
    }

    private var isQueueInOrder: Bool {
        let inHand = queue.prefix { $0.inHand > 0 }.count
        return queue.dropFirst(inHand).allSatisfy { $0.inHand == 0 }
            && queue.dropLast(queue.count - max(0, inHand - 1)).allSatisfy { $0.inHand == $0.waiting.count }
            && queue.allSatisfy { !$0.waiting.isEmpty && $0.inHand <= $0.waiting.count }
            && queue.reduce(0) { $0 + $1.waiting.count } == counters.waiting
            && queue.reduce(0) { $0 + $1.bytes } == counters.bytes
            && queue.allSatisfy { entry in entry.waiting.reduce(0) { $0 + entry.records[$1].byteCount } == entry.bytes }
    }
}
