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
            case .events(let arrival): arrival.events.count - arrival.takenEvents
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
    }

    /// How many events of one stream are admitted before the next stream has its turn.
    static let turnLength = 64

    private(set) var requests: [Deque<Request>]
    /// Of these streams nothing is admitted.
    private var isPaused: [Bool]
    /// The stream whose turn it is.
    private var turn = 0
    /// The stream that has all of the tree for one message, and whether that has come.
    private var alone: (stream: Int, hasEntered: Bool)?
    /// How many reservations wait.
    private var reservations = 0

    init(streams: Int) {
        requests = Array(repeating: [], count: streams)
        isPaused = Array(repeating: false, count: streams)
    }

    var isEmpty: Bool { requests.allSatisfy(\.isEmpty) }

    /// Whether something waits that is not paused: there was no room for it.
    var isHeldBack: Bool { requests.indices.contains { !requests[$0].isEmpty && !isPaused[$0] } }

    /// How many events wait.
    var waiting: Int { requests.joined().reduce(0) { $0 + $1.batch.count } }

    /// Whether nothing of a stream waits.
    func isEmpty(_ stream: Int) -> Bool { requests[stream].isEmpty }

    mutating func addStream() {
        requests.append([])
        isPaused.append(false)
    }

    mutating func pause(_ stream: Int, _ isPaused: Bool) { self.isPaused[stream] = isPaused }

    mutating func append(_ request: Request, of stream: Int) {
        if case .reservation = request.batch { reservations += 1 }
        requests[stream].append(request)
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
            return arrival.events[arrival.takenEvents...].allSatisfy { $0.id.readableBytes > 0 }
        }
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
    }

    private func firstEvents(of stream: Int) -> Int? {
        requests[stream].firstIndex { if case .events = $0.batch { true } else { false } }
    }

    /// Whether nothing but one message of one stream may come in, or is in. Who has waited for that, and has it now, is told.
    private mutating func isReserved(in ledger: Ledger, _ waiters: inout [Waiter]) -> Bool {
        if let held = alone {
            guard held.hasEntered, ledger.inFlight == 0 else { return true }
            alone = nil
        }
        for stream in requests.indices {
            // Who waits no more has gone.
            dropReservations(of: stream) { $0.waiter == nil }
            guard !isPaused[stream],
                let index = requests[stream].firstIndex(where: {
                    if case .reservation = $0.batch { true } else { false }
                }),
                firstEvents(of: stream).map({ $0 > index }) ?? true
            else { continue }
            guard ledger.inFlight == 0 else { return true }
            alone = (stream, false)
            reservations -= 1
            if let waiter = requests[stream].remove(at: index).waiter { waiters.append(waiter) }
            return true
        }
        return false
    }

    /// Admits the message that is to be alone, also when its stream was paused meanwhile: all others wait for it.
    private mutating func admitAlone(into ledger: inout Ledger, _ waiters: inout [Waiter]) -> Int {
        guard let (stream, hasEntered) = alone, !hasEntered, let index = firstEvents(of: stream),
            case .events(var arrival) = requests[stream][index].batch
        else { return 0 }
        let count = ledger.admit(
            &arrival, limit: 1, stream: stream, receivedAt: requests[stream][index].receivedAt)
        requests[stream][index].batch = .events(arrival)
        if count > 0 { alone = (stream, true) }
        if arrival.isTaken, let waiter = requests[stream].remove(at: index).waiter { waiters.append(waiter) }
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
    mutating func admit(into ledger: inout Ledger) -> (admitted: Int, waiters: [Waiter]) {
        var (admitted, waiters): (Int, [Waiter]) = (0, [])
        if alone != nil || reservations > 0, isReserved(in: ledger, &waiters) {
            admitted = admitAlone(into: &ledger, &waiters)
            return (admitted, waiters)
        }
        var fruitless = 0
        while fruitless < requests.count {
            let (count, hasTaken, finished) = takeTurn(into: &ledger)
            admitted += count
            if let waiter = finished?.waiter { waiters.append(waiter) }
            if hasTaken || finished != nil {
                fruitless = 0
            } else {
                // The others hold all the room there is. It keeps its turn until they have made some, or it would starve
                // while they refill what they give up. (While nobody is admitted there is nobody to starve it.)
                if !requests[turn].isEmpty, !isPaused[turn], ledger.isIdle(turn), ledger.breaker.isClosed { break }
                fruitless += 1
            }
            turn = turn + 1 < requests.count ? turn + 1 : 0
        }
        return (admitted, waiters)
    }

    /// Admits of one stream's next request what a turn and the window allow.
    ///
    /// - Returns: how many messages that were; whether anything was taken, if only to see that it came again; and the
    ///   request, when that was the rest of it.
    private mutating func takeTurn(
        into ledger: inout Ledger
    ) -> (admitted: Int, hasTaken: Bool, finished: Request?) {
        guard !isPaused[turn], let index = nextRequest(breakerIsClosed: ledger.breaker.isClosed) else {
            return (0, false, nil)
        }
        let request = requests[turn][index]
        let admitted: Int
        let isTaken: Bool
        switch request.batch {
        case .events(var arrival):
            admitted = ledger.admit(
                &arrival, limit: Self.turnLength, stream: turn, receivedAt: request.receivedAt)
            requests[turn][index].batch = .events(arrival)
            isTaken = arrival.isTaken
        case .reservation: return (0, false, nil)
        case .replays(let letters):
            admitted = ledger.admit(letters.prefix(Self.turnLength), stream: turn, receivedAt: request.receivedAt)
            requests[turn][index].batch = .replays(letters.dropFirst(admitted))
            isTaken = admitted == letters.count
        }
        let hasTaken = requests[turn][index].batch.count < request.batch.count
        guard isTaken else { return (admitted, hasTaken, nil) }
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
