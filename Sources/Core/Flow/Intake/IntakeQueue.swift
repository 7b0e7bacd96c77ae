import BitCollections
import DequeModule
import Ledger

/// What the receivers brought and the window has not let in yet: in order within a stream, the streams in turn.
struct IntakeQueue {
    /// Who waits until all that he brought is admitted (true).
    typealias Waiter = CheckedContinuation<Bool, Never>

    /// What is to be admitted.
    enum Batch {
        case events(Arrival)
        case replays(ArraySlice<StoredDeadLetter>)
        /// Nothing yet: what its stream brings next is to be alone in process. Its waiter goes on when nothing else is.
        case reservation

        /// How many events or letters of it are not taken yet.
        var count: Int {
            switch self {
            case .events(let arrival): arrival.count - arrival.takenEvents
            case .replays(let letters): letters.count
            case .reservation: 0
            }
        }
    }

    struct Request {
        let number: UInt64
        /// What of it is not taken yet.
        var batch: Batch
        let receivedAt: Duration
        var waiter: Waiter?
        /// Whether something of it may be taken where no event of the stream has room.
        let mayNeedNoRoom: Bool

        init(number: UInt64, batch: Batch, receivedAt: Duration, waiter: Waiter?) {
            self.number = number
            self.batch = batch
            self.receivedAt = receivedAt
            self.waiter = waiter
            mayNeedNoRoom =
                switch batch {
                case .events(let arrival): !arrival.asides.isEmpty || arrival.count == 0
                // They have bounds of their own.
                case .replays, .reservation: true
                }
        }
    }

    /// So long the others wait at most for one that is to be alone: until nothing is in process, and then until it has an end. It may
    /// be tried again after an hour, and so may what it waits for.
    static let patience = Duration.seconds(60)

    /// How many events of one stream are admitted before the next stream has its turn.
    static let turnLength = 64

    private(set) var requests: [Deque<Request>]
    /// Of these streams nothing is admitted.
    private var isPaused: [Bool]
    /// Those that have requests, and those of them of which something may be admitted.
    private var waitingStreams = BitSet()
    private var ready = BitSet.Counted()
    /// The stream whose turn it is.
    private var turn = 0
    /// The stream that has all of the tree for one message, whether that has come, and until when the others wait.
    private var alone: (stream: Int, hasEntered: Bool, until: Duration)?
    /// How many reservations wait.
    private var reservations = 0

    init(streams: Int) {
        requests = Array(repeating: [], count: streams)
        isPaused = Array(repeating: false, count: streams)
    }

    var isEmpty: Bool { waitingStreams.isEmpty }

    /// Whether something waits that is not paused: there was no room for it.
    var isHeldBack: Bool { !ready.isEmpty }

    /// How many events wait.
    var waiting: Int { requests.joined().reduce(0) { $0 + $1.batch.count } }

    /// Whether nothing of a stream waits.
    func isEmpty(_ stream: Int) -> Bool { requests[stream].isEmpty }

    mutating func addStream() {
        requests.append([])
        isPaused.append(false)
    }

    mutating func pause(_ stream: Int, _ isPaused: Bool) {
        self.isPaused[stream] = isPaused
        list(stream)
    }

    mutating func append(_ request: Request, of stream: Int) {
        if case .reservation = request.batch { reservations += 1 }
        requests[stream].append(request)
        list(stream)
    }

    private mutating func list(_ stream: Int) {
        waitingStreams[member: stream] = !requests[stream].isEmpty
        ready[member: stream] = !requests[stream].isEmpty && !isPaused[stream]
    }

    /// What waits of a stream is no part of its order any more: it is worked on, and moves no position.
    mutating func detach(_ stream: Int) {
        for index in requests[stream].indices {
            guard case .events(var arrival) = requests[stream][index].batch else { continue }
            arrival.isDetached = true
            requests[stream][index].batch = .events(arrival)
        }
    }

    /// The stream was read on from elsewhere. What waits of it and is behind a position comes again from there; what has no id
    /// is worked on.
    mutating func abandon(_ stream: Int) {
        detach(stream)
        requests[stream].removeAll { request in
            guard request.waiter == nil, case .events(let arrival) = request.batch else { return false }
            return arrival.hasIDs
        }
        list(stream)
    }

    /// A stream wants the tree for itself no more, or its message is on its way into it.
    mutating func release(_ stream: Int) {
        dropReservations(of: stream) { _ in true }
        // What was brought for it goes in first.
        guard let held = alone, held.stream == stream, !held.hasEntered, firstEvents(of: stream) == nil else { return }
        alone = nil
    }

    private mutating func dropReservations(of stream: Int, where isToGo: (Request) -> Bool) {
        guard reservations > 0 else { return }
        let count = requests[stream].count
        requests[stream].removeAll { request in
            if case .reservation = request.batch { isToGo(request) } else { false }
        }
        reservations -= count - requests[stream].count
        list(stream)
    }

    private func isReservation(firstOf stream: Int) -> Bool {
        if case .reservation? = requests[stream].first?.batch { true } else { false }
    }

    private func firstEvents(of stream: Int) -> Int? {
        requests[stream].firstIndex { if case .events = $0.batch { true } else { false } }
    }

    /// Whether nothing but one message of one stream may come in, or is in. Who has waited for that, and has it now, is told.
    private mutating func isReserved(in ledger: Ledger, at now: Duration, _ waiters: inout [Waiter]) -> Bool {
        if let held = alone {
            guard held.hasEntered && ledger.inFlight == 0 || now >= held.until else { return true }
            alone = nil
        }
        for stream in requests.indices {
            // Who waits no more has gone.
            dropReservations(of: stream) { $0.waiter == nil }
            guard !isPaused[stream], isReservation(firstOf: stream) else { continue }
            let isEmpty = ledger.inFlight == 0
            guard isEmpty || now - requests[stream][0].receivedAt >= Self.patience else { return true }
            if isEmpty { alone = (stream, false, now + Self.patience) }
            reservations -= 1
            if let waiter = requests[stream].removeFirst().waiter { waiters.append(waiter) }
            list(stream)
            if isEmpty { return true }
        }
        return false
    }

    /// Admits the message that is to be alone, also when its stream was paused meanwhile: all others wait for it.
    private mutating func admitAlone(into ledger: inout Ledger, _ waiters: inout [Waiter]) -> Int {
        guard let (stream, hasEntered, until) = alone, !hasEntered, let index = firstEvents(of: stream),
            case .events(var arrival) = requests[stream][index].batch
        else { return 0 }
        let count = ledger.admit(
            &arrival, limit: 1, stream: stream, receivedAt: requests[stream][index].receivedAt)
        requests[stream][index].batch = .events(arrival)
        if count > 0 { alone = (stream, true, until) }
        if arrival.isTaken, let waiter = requests[stream].remove(at: index).waiter { waiters.append(waiter) }
        list(stream)
        return count
    }

    /// Takes the waiter from a request, which stays.
    mutating func takeWaiter(of number: UInt64) -> Waiter? {
        for stream in requests.indices {
            guard let index = requests[stream].firstIndex(where: { $0.number == number }) else { continue }
            return requests[stream][index].waiter.take()
        }
        return nil
    }

    /// Takes the waiters of all requests, which stay.
    mutating func takeWaiters() -> [Waiter] {
        requests.indices.flatMap { stream in
            requests[stream].indices.compactMap { requests[stream][$0].waiter.take() }
        }
    }

    /// Admits what the window lets in. Returns how many events that were, and who waited for them.
    ///
    /// - Parameter now: by the tree's clock.
    mutating func admit(into ledger: inout Ledger, at now: Duration) -> (admitted: Int, waiters: [Waiter]) {
        var (admitted, waiters): (Int, [Waiter]) = (0, [])
        if alone != nil || reservations > 0, isReserved(in: ledger, at: now, &waiters) {
            admitted = admitAlone(into: &ledger, &waiters)
            return (admitted, waiters)
        }
        // Where it goes on when all have had a turn in vain.
        var (fruitless, next) = (0, turn)
        while fruitless < ready.count, let stream = ready[members: turn...].first ?? ready.first {
            turn = stream
            if reservations > 0, isReservation(firstOf: stream) {
                // What came before it has gone in: now nobody has a turn.
                let (count, others) = admit(into: &ledger, at: now)
                return (admitted + count, waiters + others)
            }
            // Most of many streams have to wait, and what lies long in memory is not looked at for that.
            let (count, hasTaken, finished) =
                mayTake(of: stream, ledger) ? takeTurn(into: &ledger) : (0, false, nil)
            admitted += count
            if let waiter = finished?.waiter { waiters.append(waiter) }
            let isFruitful = hasTaken || finished != nil
            // The others hold all the room there is. It keeps its turn until they have made some, or it would starve
            // while they refill what they give up. (While nobody is admitted there is nobody to starve it.)
            if !isFruitful, ledger.isIdle(turn), ledger.breaker.isClosed { return (admitted, waiters) }
            fruitless = isFruitful ? 0 : fruitless + 1
            turn = turn + 1 < requests.count ? turn + 1 : 0
            if isFruitful { next = turn }
        }
        turn = next
        return (admitted, waiters)
    }

    /// Whether something of a stream's next request may be taken now: there is room, or it may need none.
    private func mayTake(of stream: Int, _ ledger: borrowing Ledger) -> Bool {
        ledger.hasRoom(of: stream) || requests[stream].first?.mayNeedNoRoom ?? true
    }

    /// Admits of one stream's next request what a turn and the window allow.
    ///
    /// - Returns: how many messages that were; whether anything was taken, if only to see that it came again; and the
    ///   request, when that was the rest of it.
    private mutating func takeTurn(
        into ledger: inout Ledger
    ) -> (admitted: Int, hasTaken: Bool, finished: Request?) {
        guard let index = nextRequest(breakerIsClosed: ledger.breaker.isClosed) else { return (0, false, nil) }
        let admitted: Int
        let isTaken: Bool
        // Taken out to be changed, and put back: whoever copies it retains all that is in it.
        var batch = Batch.replays([])
        swap(&batch, &requests[turn][index].batch)
        let before = batch.count
        switch consume batch {
        case .events(var arrival):
            admitted = ledger.admit(
                &arrival, limit: Self.turnLength, stream: turn, receivedAt: requests[turn][index].receivedAt)
            isTaken = arrival.isTaken
            requests[turn][index].batch = .events(arrival)
        case .reservation:
            requests[turn][index].batch = .reservation
            return (0, false, nil)
        case .replays(let letters):
            admitted = ledger.admit(
                letters.prefix(Self.turnLength), stream: turn, receivedAt: requests[turn][index].receivedAt)
            isTaken = admitted == letters.count
            requests[turn][index].batch = .replays(letters.dropFirst(admitted))
        }
        let hasTaken = requests[turn][index].batch.count < before
        guard isTaken else { return (admitted, hasTaken, nil) }
        defer { list(turn) }
        return (admitted, hasTaken, requests[turn].remove(at: index))
    }

    /// The first request of the stream whose turn it is. While the circuit breaker waits to try something, what the stream
    /// itself brought goes before dead letters, which are no part of its order: it says more about the handler.
    private func nextRequest(breakerIsClosed: Bool) -> Int? {
        guard !breakerIsClosed else { return requests[turn].isEmpty ? nil : 0 }
        let fresh = requests[turn].firstIndex { if case .events = $0.batch { true } else { false } }
        return fresh ?? (requests[turn].isEmpty ? nil : 0)
    }
}
