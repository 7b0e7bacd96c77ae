public import Ledger
import Locking
import NIOCore
import Supervision
import Synchronization

/// One live message as a tap shows it.
public struct TappedMessage: Sendable, Hashable {
    /// When, in microseconds since 1970.
    public var time: Int64
    /// What happened to it.
    public var stage: TapStage
    /// Its number.
    public var sequence: UInt64
    /// The name of the stream it came from.
    public var stream: String
    /// The beginning of its event id; may be empty.
    public var eventID: String
    /// Its type; nil: the server named none.
    public var type: String?
    /// Which attempt ended; nil for ``TapStage/received``.
    public var attempt: Int?
    /// Who had it; nil for ``TapStage/received``.
    public var worker: String?
    /// Why it failed.
    public var reason: String?
    /// From receipt until done or failed.
    public var latency: Duration?
    /// The first 2,048 bytes of its data.
    public var data: String
    /// How long its data is.
    public var bytes: Int
}

/// What a tap brings.
public enum TappedItem: Sendable, Hashable {
    /// A message.
    case message(TappedMessage)
    /// So many of the stage were passed over since the last item.
    case skipped(UInt64)
}

/// A look at messages that go by, for those who tap them.
///
/// It must not slow down what it looks at. While nobody taps, that is one look at an atomic per batch. While somebody does,
/// each batch hands over at most ``WatchedMessages/limit`` messages, of which each tap examines and delivers so many a second; the rest
/// is counted.
package final class Taps: Sendable {
    /// How many may tap at a time.
    static let readers = 16
    /// Messages a second that a tap delivers.
    static let deliveredPerSecond = 200.0
    /// Messages a second that a tap examines, and bytes of data that it looks through.
    static let examinedPerSecond = 5000.0
    static let searchedPerSecond = Double(8 << 20)
    /// Items that wait for a reader; what comes then is passed over and counted.
    static let backlog = 256
    /// Bytes of data that are shown.
    static let shown = 2048

    fileprivate struct Tap {
        let stage: TapStage
        let text: TextSearch?
        let queue: ReaderQueue<TappedItem>
        var delivered = TokenBucket(TokenBucket.Rate(perSecond: Taps.deliveredPerSecond))
        var examined = TokenBucket(TokenBucket.Rate(perSecond: Taps.examinedPerSecond))
        var searched = TokenBucket(TokenBucket.Rate(perSecond: Taps.searchedPerSecond))
        /// Passed over, and not said yet.
        var skipped: UInt64 = 0
        /// When that was said last.
        var said = Duration.zero
    }

    private struct State {
        var taps: [UInt64: Tap] = [:]
        var next: UInt64 = 0
        var hasEnded = false
    }

    private let state = Locked(State())
    private let count = Atomic(0)
    private let wallClock: @Sendable () -> Int64

    package init(wallClock: @escaping @Sendable () -> Int64) {
        self.wallClock = wallClock
    }

    /// Whether anybody taps. Cheap; to be asked once a batch.
    var isActive: Bool { count.load(ordering: .relaxed) > 0 }

    /// Begins to tap; nil: too many do already.
    package func begin(_ stage: TapStage, text: [UInt8]?) -> Subscription<TappedItem>? {
        let queue = ReaderQueue<TappedItem>(capacity: Self.backlog)
        let number = state.withLock { state -> UInt64? in
            guard state.taps.count < Self.readers else { return nil }
            state.next += 1
            if state.hasEnded {
                queue.end()
            } else {
                state.taps[state.next] = Tap(stage: stage, text: text.map(TextSearch.init), queue: queue)
                count.store(state.taps.count, ordering: .relaxed)
            }
            return state.next
        }
        guard let number else { return nil }
        return Subscription(queue) { [weak self] in self?.leave(number) }
    }

    private func leave(_ number: UInt64) {
        state.withLock { state in
            state.taps[number] = nil
            count.store(state.taps.count, ordering: .relaxed)
        }
    }

    /// Shows a batch to those who tap. Never waits.
    func show(_ watched: WatchedMessages, at now: Duration) {
        guard !watched.isEmpty else { return }
        let time = wallClock()
        state.withLock { state in
            for number in state.taps.keys { state.taps[number]?.look(at: watched, now, time) }
        }
    }

    /// Nothing more comes: sends everybody away.
    func end() {
        state.withLock { state in
            state.hasEnded = true
            for tap in state.taps.values { tap.queue.end() }
            state.taps = [:]
            count.store(0, ordering: .relaxed)
        }
    }
}

extension Taps.Tap {
    fileprivate mutating func look(at watched: WatchedMessages, _ now: Duration, _ time: Int64) {
        skipped += watched.left[stage] ?? 0
        for message in watched.messages where message.stage == stage {
            guard examined.take(at: now), text == nil || searched.take(message.searchedBytes, at: now) else {
                skipped += 1
                continue
            }
            if let text, !message.contains(text) { continue }
            guard delivered.take(at: now) else {
                skipped += 1
                continue
            }
            say(now)
            if !queue.offer(.message(message.shown(at: time))) { skipped += 1 }
        }
        // Also while nothing passes the filter; but once a second, and not with every batch.
        if now - said >= .seconds(1) { say(now) }
    }

    private mutating func say(_ now: Duration) {
        guard skipped > 0, queue.offer(.skipped(skipped)) else { return }
        skipped = 0
        said = now
    }
}

extension WatchedMessages.Entry {
    /// What a search for a text has to go through.
    var searchedBytes: Double { Double(message.event.heldBytes) }

    /// Whether the text is in the data, the type or the event id.
    func contains(_ text: TextSearch) -> Bool {
        text.isIn(message.event.data) || message.event.type.map(text.isIn) ?? false
            || text.isIn(message.event.id)
    }

    func shown(at time: Int64) -> TappedMessage {
        TappedMessage(
            time: time, stage: stage, sequence: message.sequence, stream: message.stream.name,
            eventID: message.event.id.beginning, type: message.event.type?.beginning, attempt: attempt,
            worker: worker, reason: reason?.beginning(1024), latency: latency,
            data: message.event.data.text(Taps.shown), bytes: message.event.data.readableBytes)
    }
}
