import NIOCore

/// One stream of the feed: it deals its positions to the connections that read it, at its pace.
///
/// All of it runs on the server's one event loop, which is why nothing here is locked.
final class FeedStream {
    /// 1 or 2.
    let number: Int
    let content: StreamContent
    private(set) var positions: StreamPositions
    private var pacer: Pacer?
    /// When the last positions were sent first.
    private var sendTimes: [(position: Int, ticks: UInt64)] = []
    private let configuration: FeedConfiguration
    private let clock: FeedClock
    private let eventLoop: NIOIsolatedEventLoop
    private let now: () -> NIODeadline
    private var connections: [EventStreamHandler] = []
    /// Where the next round begins, so that no connection is always first.
    private var firstInRound = 0
    private var isPumping = false
    private var isPumpScheduled = false
    private var tick: Scheduled<Void>?

    init(number: Int, configuration: FeedConfiguration, clock: FeedClock, eventLoop: any EventLoop) {
        self.number = number
        self.configuration = configuration
        self.clock = clock
        self.eventLoop = eventLoop.assumeIsolated()
        now = { eventLoop.now }
        content = configuration.content(ofStream: number)
        pacer = configuration.pacer(ofStream: number)
        positions = StreamPositions(limit: configuration.limit(ofStream: number))
        eventsInBlock = max(1, Self.blockBytes / content.averageBytes)
    }

    var path: String { "/tweets/\(number)" }
    var hasIDs: Bool { configuration.hasIDs }
    var closesAtEnd: Bool { configuration.closesAtEnd }

    // MARK: Connections

    func attach(_ connection: EventStreamHandler) {
        connections.append(connection)
        if connections.count == 1, pacer != nil {
            pacer?.advance(to: clock.seconds(at: now()))
            scheduleTick()
        }
        pump()
    }

    func detach(_ connection: EventStreamHandler) {
        connections.removeAll { $0 === connection }
        if connections.isEmpty {
            pacer?.stop()
            tick?.cancel()
            tick = nil
        }
    }

    /// Nothing new is sent from now on, as if `--count` had said so; what was sent before may still be asked for. Returns how many
    /// events there were.
    func end() -> Int {
        positions.end()
        pump()
        return positions.limit
    }

    /// The outcome of a write. Whatever did not reach the kernel goes to the next connection.
    func finished(_ range: Range<Int>, written: Bool) {
        if !hasIDs {
            if written { positions.settle(range) } else { positions.giveBack(range) }
        }
        // The pump may be what is calling, by way of a flush; then it goes on by itself.
        if !isPumping, !written || positions.highest >= positions.limit { schedulePump() }
    }

    // MARK: Dealing

    /// Sends what is due to whoever can take it.
    func pump() {
        guard !isPumping else { return }
        isPumping = true
        var budget = Self.blocksInTurn * eventsInBlock
        while budget > 0, dealRound(&budget) {}
        isPumping = false
        for connection in connections where isAtEnd(connection) { connection.reachedEnd() }
        // A client as fast as we are would keep the loop here for good; the others, and the listener, want their turn.
        if budget <= 0 { schedulePump() }
    }

    /// Deals until no connection takes any more, then flushes. Returns whether another round could move something: a
    /// flush may make a connection writable again at once.
    private func dealRound(_ budget: inout Int) -> Bool {
        // A copy: a write that fails detaches its connection while the round goes on.
        let round = connections
        var hasDealt = false
        var hasMoved = true
        while hasMoved, budget > 0 {
            hasMoved = false
            for index in round.indices where budget > 0 {
                let connection = round[(index + firstInRound) % round.count]
                guard connection.canTake, let deal = deal(to: connection) else { continue }
                connection.send(deal.positions)
                budget -= deal.positions.count
                hasMoved = true
            }
            firstInRound = round.isEmpty ? 0 : (firstInRound + 1) % round.count
            hasDealt = hasDealt || hasMoved
        }
        if hasDealt {
            for connection in round { connection.flush() }
        }
        return hasDealt
    }

    /// The next positions for a connection. Paced events are written one by one, so that a broken connection's account
    /// is exact to the event; the flood, and what is sent again, go in blocks.
    private func deal(to connection: EventStreamHandler) -> StreamPositions.Deal? {
        let allowed = pacer.map { min(1, $0.due) } ?? eventsInBlock
        let deal =
            hasIDs
            ? positions.deal(behind: connection.cursor, atMost: eventsInBlock, newAtMost: allowed)
            : positions.dealShared(atMost: pacer == nil ? eventsInBlock : 1, newAtMost: allowed)
        if let deal, deal.new > 0 { pacer?.spend(deal.new) }
        return deal
    }

    private func isAtEnd(_ connection: EventStreamHandler) -> Bool {
        hasIDs ? connection.cursor >= positions.limit && connection.pendingWrites == 0 : positions.isSettled
    }

    // MARK: Time

    private func scheduleTick() {
        tick = eventLoop.scheduleTask(in: Self.tickInterval) { [weak self] in self?.ticked() }
    }

    private func ticked() {
        pacer?.advance(to: clock.seconds(at: now()))
        pump()
        // The ids of a resumed connection may lie before the end even when the stream has reached it, but what is
        // behind needs no pace.
        if !connections.isEmpty, positions.highest < positions.limit { scheduleTick() } else { tick = nil }
    }

    /// The same at the loop's next turn, once for all that want it: of many clients that are as fast as we are each would have the loop
    /// for a while, and the listener waits.
    func schedulePump() {
        guard !isPumpScheduled else { return }
        isPumpScheduled = true
        eventLoop.execute { [weak self] in
            self?.isPumpScheduled = false
            self?.pump()
        }
    }

    /// Often enough that a stream at a thousand events a second reads as a stream, not as bursts.
    static let tickInterval = TimeAmount.milliseconds(10)
    /// How much one write of the flood carries: enough that a system call costs nothing beside the copy it makes.
    static let blockBytes = 240 * 1024
    /// How many blocks are sent before others on the loop have their turn.
    private static let blocksInTurn = 16
    private let eventsInBlock: Int

    /// The time of sending of a position: that of the first time, as far as it is remembered, so that an event with an id that
    /// is sent again is the same to the byte.
    func sendTime(of position: Int, now ticks: UInt64) -> UInt64 {
        guard case .ids = content.framing else { return ticks }
        if sendTimes.isEmpty { sendTimes = Array(repeating: (0, 0), count: 1 << 16) }
        let place = position % sendTimes.count
        if sendTimes[place].position != position { sendTimes[place] = (position, ticks) }
        return sendTimes[place].ticks
    }
}

/// The time both streams share, in seconds; it begins with the first connection, so that a demo sees the rate rise from
/// its minimum.
final class FeedClock {
    private var origin: NIODeadline?

    func seconds(at now: NIODeadline) -> Double {
        guard let origin else {
            self.origin = now
            return 0
        }
        return Double((now - origin).nanoseconds) / 1e9
    }
}
