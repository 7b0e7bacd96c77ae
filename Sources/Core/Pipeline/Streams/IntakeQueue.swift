import DequeModule
import EventSource

/// What the receivers brought and the window has not let in yet: in order within a stream, the streams in turn.
struct IntakeQueue {
    /// What is to be admitted.
    enum Batch {
        case events(PackedEvents)
        case replays([StoredDeadLetter])

        var count: Int {
            switch self {
            case .events(let batch): batch.events.count
            case .replays(let letters): letters.count
            }
        }
    }

    struct Request {
        let number: UInt64
        let batch: Batch
        let receivedAt: Duration
        var waiter: CheckedContinuation<Bool, Never>?
        /// How many of the events are admitted.
        fileprivate(set) var next = 0
    }

    /// How many events of one stream are admitted before the next stream has its turn.
    static let turnLength = 64

    private var requests: [Deque<Request>]
    /// Of these streams nothing is admitted.
    private var isPaused: [Bool]
    /// The stream whose turn it is.
    private var turn = 0

    init(streams: Int) {
        requests = Array(repeating: [], count: streams)
        isPaused = Array(repeating: false, count: streams)
    }

    var isEmpty: Bool { requests.allSatisfy(\.isEmpty) }

    /// How many events wait.
    var waiting: Int { requests.joined().reduce(0) { $0 + $1.batch.count - $1.next } }

    /// Whether nothing of a stream waits.
    func isEmpty(_ stream: Int) -> Bool { requests[stream].isEmpty }

    mutating func addStream() {
        requests.append([])
        isPaused.append(false)
    }

    mutating func pause(_ stream: Int, _ isPaused: Bool) { self.isPaused[stream] = isPaused }

    mutating func append(_ request: Request, of stream: Int) {
        requests[stream].append(request)
    }

    /// Takes the waiter from a request, which stays.
    mutating func takeWaiter(of number: UInt64, stream: Int) -> CheckedContinuation<Bool, Never>? {
        guard let index = requests[stream].firstIndex(where: { $0.number == number }) else { return nil }
        return requests[stream][index].waiter.take()
    }

    /// Takes the waiters of all requests, which stay.
    mutating func takeWaiters() -> [CheckedContinuation<Bool, Never>] {
        requests.indices.flatMap { stream in
            requests[stream].indices.compactMap { requests[stream][$0].waiter.take() }
        }
    }

    /// Admits what the window lets in. Returns how many events that were, and who waited for them.
    mutating func admit(into ledger: inout Ledger) -> (admitted: Int, waiters: [CheckedContinuation<Bool, Never>]) {
        var (admitted, waiters): (Int, [CheckedContinuation<Bool, Never>]) = (0, [])
        var fruitless = 0
        while fruitless < requests.count {
            let (count, finished) = takeTurn(into: &ledger)
            admitted += count
            if let waiter = finished?.waiter { waiters.append(waiter) }
            if count > 0 || finished != nil {
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

    /// Admits of one stream's first request what a turn and the window allow; the request, when that was the rest of it.
    private mutating func takeTurn(into ledger: inout Ledger) -> (admitted: Int, finished: Request?) {
        guard !isPaused[turn], let index = nextRequest(breakerIsClosed: ledger.breaker.isClosed) else {
            return (0, nil)
        }
        let request = requests[turn][index]
        let end = min(request.next + Self.turnLength, request.batch.count)
        let count =
            switch request.batch {
            case .events(let batch):
                ledger.admit(batch, from: request.next, upTo: end, stream: turn, receivedAt: request.receivedAt)
            case .replays(let letters):
                ledger.admit(letters, from: request.next, upTo: end, stream: turn, receivedAt: request.receivedAt)
            }
        requests[turn][index].next += count
        guard request.next + count == request.batch.count else { return (count, nil) }
        return (count, requests[turn].remove(at: index))
    }

    /// The first request of the stream whose turn it is. While the circuit breaker waits to try something, what the stream
    /// itself brought goes before dead letters, which are no part of its order: it says more about the handler.
    private func nextRequest(breakerIsClosed: Bool) -> Int? {
        guard !breakerIsClosed else { return requests[turn].isEmpty ? nil : 0 }
        let fresh = requests[turn].firstIndex { if case .events = $0.batch { true } else { false } }
        return fresh ?? (requests[turn].isEmpty ? nil : 0)
    }
}
