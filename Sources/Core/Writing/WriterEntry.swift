/// What one caller has brought: records in a writer's queue, of which the first have been decided.
struct WriterEntry<Record: Sendable>: Sendable {
    /// Names the entry for its cancellation; 0 for offered records, which nobody cancels.
    let id: UInt64
    let records: [Record]
    /// Whoever waits until all of them are decided, and is told why those were not taken that were not.
    let waiter: UnsafeContinuation<[Int: any Error], Never>?
    /// The bytes of those that wait.
    var bytes: Int
    /// Those that wait. The ones behind them have been withdrawn.
    var waiting: Range<Int>
    /// So many of these, the first ones, are in the sink's hands.
    var inHand = 0
    /// Whether nothing of it is to wait any longer than the sink holds it.
    var isCancelled = false
    /// Why records were not taken, by their index.
    var untaken: [Int: any Error] = [:]

    init(
        id: UInt64 = 0, _ records: [Record], bytes: Int, waiter: UnsafeContinuation<[Int: any Error], Never>? = nil
    ) {
        self.id = id
        self.records = records
        self.bytes = bytes
        self.waiter = waiter
        waiting = records.indices
    }
}

/// Callers to wake once the lock is released.
struct WriterWakeUps {
    var writers: [(waiter: UnsafeContinuation<[Int: any Error], Never>, untaken: [Int: any Error])] = []
    var others: [UnsafeContinuation<Void, Never>] = []

    mutating func add<Record>(_ entry: WriterEntry<Record>) {
        if let waiter = entry.waiter { writers.append((waiter, entry.untaken)) }
    }
}
