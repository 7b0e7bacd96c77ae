import DequeModule
package import Locking
import NIOCore

/// How much the ledger takes in.
package struct LedgerLimits: Sendable, Hashable {
    /// Messages in flight, at most.
    package var inFlight: Int
    /// Their bytes, at most.
    package var inFlightBytes: Int
    /// Messages of one stream from the first unsettled one to the last admitted one, at most.
    package var span: Int
    /// The largest event that a stream may bring.
    package var eventBytes: Int

    package init(inFlight: Int, inFlightBytes: Int, span: Int, eventBytes: Int) {
        self.inFlight = inFlight
        self.inFlightBytes = inFlightBytes
        self.span = span
        self.eventBytes = eventBytes
    }

    /// What each of `streams` streams has for itself.
    func reserve(streams: Int) -> LedgerWindow.Amount {
        LedgerWindow.Amount(
            messages: max(inFlight / (2 * streams), min(1, inFlight / streams)),
            bytes: max(inFlightBytes / (2 * streams), min(eventBytes, inFlightBytes / streams)))
    }
}

/// How often a message is tried, and how long it waits in between.
package struct RetryPolicy: Sendable, Hashable {
    package var maxAttempts: Int
    package var initialDelay: Duration
    package var maximumDelay: Duration
    /// The longest wait that a handler may ask for.
    package var longestAsked: Duration

    package init(
        maxAttempts: Int, initialDelay: Duration, maximumDelay: Duration, longestAsked: Duration = .seconds(300)
    ) {
        self.maxAttempts = maxAttempts
        self.initialDelay = initialDelay
        self.maximumDelay = maximumDelay
        self.longestAsked = longestAsked
    }

    /// The wait before the next attempt; nil: there is none, for it could not help.
    package func delay(after attempt: Int, _ verdict: Verdict) -> Duration? {
        switch verdict {
        case .rejected: nil
        case .failed(_, let after?): min(max(after, .zero), longestAsked)
        case .failed, .crashed, .done, .killed: delay(after: attempt)
        }
    }

    /// The wait after the given attempt (from 1): doubled each time, up to the maximum.
    package func delay(after attempt: Int) -> Duration {
        // Forty doublings make days of a microsecond, and cannot overflow.
        min(initialDelay * (1 << min(max(attempt, 1) - 1, 40)), maximumDelay)
    }
}

/// The bins. Always: `received = in flight + processed + killed + deadLettered`.
package struct LedgerTotals: Sendable, Hashable {
    package var received: UInt64 = 0
    package var processed: UInt64 = 0
    package var killed: UInt64 = 0
    package var deadLettered: UInt64 = 0
    /// Those of the processed ones that a filter did not let pass.
    package var filtered: UInt64 = 0
    /// Attempts after the first that were begun because an earlier one failed.
    package var retried: UInt64 = 0
    /// Outcomes that came too late to count.
    var late: UInt64 = 0

    var settled: UInt64 { processed + killed + deadLettered }
}

/// Dead letters on their way to the store; bounded, the oldest goes and is counted.
///
/// To hold the checkpoint before a letter that was dropped would hold it for the rest of this life, and the next one would
/// handle again all that came since. So the checkpoint may pass it, but only in the transaction that stores
/// the count: while nothing can be stored it stands still, and nothing is passed in silence.
package struct UnsavedDeadLetters {
    static let maximumCount = 10_000
    static let maximumBytes = 64 << 20

    package private(set) var letters: Deque<DeadLetter> = []
    /// Of those that have one, with the number of the letter.
    private(set) var receipts: Deque<(number: Int, receipt: LetterReceipt)> = []
    private var droppedOf: [String: Int] = [:]
    private var storedDropped: [String: Int] = [:]
    private var bytes = 0
    /// The number of the first letter, counted over all that ever were: a letter may be dropped while it is being
    /// stored.
    private var first = 0

    /// The number after the last letter.
    package var end: Int { first + letters.count }

    /// How many were dropped in this life.
    package var dropped: Int { droppedOf.values.reduce(0, +) }

    /// How many were dropped of each stream, as far as the store does not know of them.
    var unstoredDropped: [String: Int] {
        droppedOf.isEmpty
            ? [:] : droppedOf.merging(storedDropped) { $0 - $1 }.filter { $0.value > 0 }
    }

    /// Returns those that had to go for it.
    @discardableResult
    package mutating func append(_ letter: DeadLetter, _ receipt: LetterReceipt? = nil) -> [DeadLetter] {
        if let receipt { receipts.append((end, receipt)) }
        letters.append(letter)
        bytes += letter.heldBytes
        var gone: [DeadLetter] = []
        while letters.count > 1, letters.count > Self.maximumCount || bytes > Self.maximumBytes {
            let oldest = letters[0]
            remove(before: first + 1)
            // The one that a replay stands for is still in the store.
            if oldest.replayOf == nil { droppedOf[oldest.stream, default: 0] += 1 }
            gone.append(oldest)
        }
        return gone
    }

    /// Notes that these letters, up to the number `end`, and these counts have been stored.
    package mutating func stored(_ stored: Deque<DeadLetter>, before end: Int, dropped: [String: Int]) {
        // What was dropped while it was being stored is stored after all.
        for letter in stored.prefix(max(0, first - (end - stored.count))) where letter.replayOf == nil {
            droppedOf[letter.stream, default: 0] -= 1
        }
        storedDropped.merge(dropped, uniquingKeysWith: +)
        remove(before: end)
    }

    mutating func remove(before end: Int) {
        let count = min(max(0, end - first), letters.count)
        bytes -= letters.prefix(count).reduce(0) { $0 + $1.heldBytes }
        letters.removeFirst(count)
        first += count
        while let oldest = receipts.first, oldest.number < first { receipts.removeFirst() }
    }
}

extension DeadLetter {
    /// The bytes that a dead letter holds in memory.
    fileprivate var heldBytes: Int {
        data.readableBytes + (type?.readableBytes ?? 0) + eventID.readableBytes + reason.utf8.count
    }
}

/// One consistent look at the ledger.
public struct LedgerSnapshot: Sendable, Hashable {
    /// Messages that were admitted, in this life of the daemon.
    public var received: UInt64
    /// Admitted and not settled.
    public var inFlight: Int
    /// What the messages in flight hold in memory, in bytes.
    public var inFlightBytes: Int
    /// Settled because the handler completed.
    public var processed: UInt64
    /// Kill messages that stopped their worker, as they are meant to.
    public var killed: UInt64
    /// Given up after their last attempt.
    public var deadLettered: UInt64
    /// Those of the processed ones that a filter did not let pass: no worker had them.
    public var filtered: UInt64 = 0
    /// Returns to the queue after a backoff, for one more attempt.
    public var retried: UInt64
    /// In flight and waiting for a worker.
    public var queued: Int
    /// In flight and in the hands of a worker.
    public var leased: Int
    /// In flight and waiting out a backoff.
    public var delayed: Int
    /// In flight and answered for: to be settled at flow_manager's next turn.
    public var answered: Int { inFlight - queued - leased - delayed }
    /// Outcomes that came too late to count.
    public var lateOutcomes: UInt64
    /// Dead letters that wait for the store.
    public var unsavedDeadLetters: Int
    /// Dead letters that were dropped before the store had confirmed them.
    public var unsavedDropped: Int
    /// Stored dead letters that are being replayed.
    public var replaying: Int
    /// How often the books were found to be wrong; 0, or there is a fault in the program. Nothing is stopped for it.
    public var brokenInvariants: UInt64 = 0

    /// Those that have left the ledger.
    public var settled: UInt64 { processed + killed + deadLettered }
    /// Each message is in exactly one bin.
    public var isBalanced: Bool { received == UInt64(inFlight) + settled }
}

extension Ledger {
    package var snapshot: LedgerSnapshot {
        LedgerSnapshot(
            received: totals.received, inFlight: inFlight, inFlightBytes: inFlightBytes, processed: totals.processed,
            killed: totals.killed, deadLettered: totals.deadLettered, filtered: totals.filtered,
            retried: totals.retried, queued: queuedCount,
            leased: leasedCount, delayed: delayedCount, lateOutcomes: totals.late,
            unsavedDeadLetters: unsaved.letters.count, unsavedDropped: unsaved.dropped, replaying: replays.count,
            brokenInvariants: broken.count)
    }
}

/// The ledger behind its one lock. Owned by the application, handed to each incarnation of what works with it.
package final class LedgerStore: Sendable {
    @usableFromInline let ledger: Locked<Ledger>

    package init(_ ledger: sending Ledger) {
        self.ledger = Locked(ledger)
    }

    /// A part of its caller: made for any result it would look at its type each time.
    @inlinable
    package func withLock<Result>(_ body: (inout sending Ledger) throws -> sending Result) rethrows -> sending Result {
        try ledger.withLock(body)
    }

    package var snapshot: LedgerSnapshot { ledger.withLock { $0.snapshot } }
}
