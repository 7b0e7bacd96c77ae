import Ledger

/// One turn of flow_manager as a value: what it is told, what it does to intake and ledger in one step, and what follows from
/// that for others. It waits for nothing and calls nobody.
struct FlowTurn {
    /// What a turn is told.
    struct Order {
        /// By the tree's clock.
        var now: Duration
        /// How much of the time that clock did not count.
        var missed: Duration
        /// Microseconds since 1970.
        var wallClock: Int64
        var retry: RetryPolicy
        /// Whether it is time to decide on the size of the pool; and then how many hands were dealt and are not done.
        var isTick = false
        var hands = 0
        /// Whether somebody wants to see the messages that go by.
        var isTapped = false
    }

    /// What a decision on the size rests on.
    struct Load {
        var snapshot: LedgerSnapshot
        /// In hands.
        var hands: Double
        var work: WorkCounts
        var isBreakerClosed: Bool
        var isHandlerAvailable: Bool
    }

    /// What was settled.
    private(set) var settlement = Settlement()
    /// What was admitted, if somebody wants to see it.
    private(set) var admitted: WatchedMessages?
    /// Who waited until it was.
    private(set) var waiters: [IntakeQueue.Waiter] = []
    /// Streams whose pause is over.
    private(set) var resumed: [String] = []
    /// What the books were found to be wrong in, for the first time.
    private(set) var broken: [LedgerInvariant] = []
    private(set) var breaker: [CircuitBreaker.Change] = []
    private(set) var outage: [HandlerOutage.Change] = []
    /// Whether there may be something to deal.
    private(set) var mayDeal = false
    /// Whether nothing is in process, nor waits for admission.
    private(set) var isEmpty = false
    /// When there is something to do even if nobody says so.
    private(set) var next: Duration?
    /// At a tick: what there is to do, and how the streams are.
    private(set) var load: Load?
    private(set) var streams: [StreamStatus] = []

    /// Lets go of the messages that have left.
    mutating func letGo() { settlement.left.removeAll(keepingCapacity: true) }

    /// Settles what has finished, and nothing else.
    mutating func settle(_ order: Order, _ ledger: inout Ledger) {
        settlement.removeAll()
        if order.isTapped { settlement.watched = WatchedMessages() }
        ledger.settleFinished(order.retry, at: order.now, wallClock: order.wallClock, into: &settlement)
    }

    /// Settles, then admits: what was settled has made room.
    mutating func take(_ order: Order, _ intake: inout Intake.State, _ ledger: inout Ledger) {
        settle(order, &ledger)
        resumed = intake.endPauses(at: order.now + order.missed)
        ledger.breaker.advance(to: order.now)
        ledger.outage.advance(to: order.now)
        breaker = ledger.breaker.changes.take()
        outage = ledger.outage.changes.take()
        let isTrialDue = ledger.breaker.isDue || ledger.outage.isDue
        let count = admit(order, &intake, &ledger)
        let released = ledger.releaseDelayed(at: order.now)
        mayDeal = count + released > 0 || isTrialDue || !breaker.isEmpty || !outage.isEmpty
        (load, streams) = (nil, [])
        if order.isTick {
            let (snapshot, hands) = (ledger.snapshot, ledger.load(hands: order.hands))
            load = Load(
                snapshot: snapshot, hands: hands,
                work: WorkCounts(
                    snapshot, hands: order.hands, load: hands, batch: ledger.batchSeen,
                    isHeldBack: intake.queue.isHeldBack),
                isBreakerClosed: ledger.breaker.isClosed, isHandlerAvailable: ledger.outage.isNone)
            intake.reclaim(in: &ledger)
            streams = intake.statuses(in: ledger)
        }
        broken = ledger.broken.takeUnreported()
        isEmpty = ledger.inFlight == 0 && intake.queue.isEmpty
        // What people set an end to counts as the world does.
        let resumption = intake.nextResumption.map { $0 - order.missed }
        next = [ledger.nextRelease, ledger.breaker.nextTrial, ledger.outage.nextTrial, resumption].compactMap(\.self)
            .min()
    }

    private mutating func admit(_ order: Order, _ intake: inout Intake.State, _ ledger: inout Ledger) -> Int {
        defer { ledger.noteAdmission() }
        (admitted, waiters) = (nil, [])
        guard !intake.queue.isEmpty else { return 0 }
        if order.isTapped { ledger.watched = WatchedMessages() }
        let count: Int
        (count, waiters) = intake.queue.admit(into: &ledger, at: order.now)
        admitted = ledger.watched.take()
        return count
    }
}

extension WorkCounts {
    /// By the books. What is filtered is no work; what comes back for another attempt is.
    ///
    /// - Parameters:
    ///   - hands: what was dealt and is not done.
    ///   - load: that and what waits, in hands.
    fileprivate init(_ books: LedgerSnapshot, hands: Int, load: Double, batch: Double, isHeldBack: Bool) {
        self.init(
            arrived: books.received &- books.filtered &+ books.retried,
            ended: books.settled &- books.filtered &+ books.retried &+ UInt64(books.delayed), leased: books.leased,
            hands: hands, waiting: max(0, load - Double(hands) - Double(books.delayed) / batch), batch: batch,
            isHeldBack: isHeldBack)
    }
}
