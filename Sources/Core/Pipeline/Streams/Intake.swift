import DequeModule
import EventSource
import NIOCore
import Supervision
import Synchronization

/// Where the receivers bring what they read, and wait until flow_manager has admitted it.
///
/// It outlives every incarnation of both sides. A batch that is waiting here belongs to the tree: it is admitted also when its
/// receiver has ended meanwhile, so nothing that was read is lost.
final class Intake: Sendable {
    private struct Request {
        let stream: Int
        let events: [EventStreamEvent]
        let receivedAt: Duration
        var next = 0
        var waiter: CheckedContinuation<Void, Never>?
        let number: UInt64

        var isAdmitted: Bool { next == events.count }
    }

    private struct State {
        var requests: Deque<Request> = []
        var nextNumber: UInt64 = 0
        var statuses: [StreamStatus]

        /// Admits up to a turn's worth of one request. The requests of a stream are admitted one after another.
        mutating func admitTurn(of index: Int, into ledger: inout Ledger) -> Int {
            let request = requests[index]
            guard !request.isAdmitted, !hasEarlier(than: index) else { return 0 }
            let count = ledger.admit(
                request.events, from: request.next, upTo: min(request.next + Intake.turn, request.events.count),
                stream: request.stream, receivedAt: request.receivedAt)
            requests[index].next += count
            return count
        }

        private func hasEarlier(than index: Int) -> Bool {
            requests[..<index].contains { $0.stream == requests[index].stream && !$0.isAdmitted }
        }

        /// Removes what has been admitted, and returns those who wait for it.
        mutating func removeAdmitted() -> [CheckedContinuation<Void, Never>] {
            var waiters: [CheckedContinuation<Void, Never>] = []
            var index = 0
            while index < requests.count {
                if requests[index].isAdmitted, !hasEarlier(than: index) {
                    if let waiter = requests.remove(at: index).waiter { waiters.append(waiter) }
                } else {
                    index += 1
                }
            }
            return waiters
        }
    }

    private let state: Mutex<State>
    private let ledger: LedgerStore
    /// flow_manager's.
    private let bell: Bell

    /// How many events of one stream are admitted before the next stream has its turn.
    private static let turn = 64

    init(streams: [StreamStatus], ledger: LedgerStore, bell: Bell) {
        state = Mutex(State(statuses: streams))
        self.ledger = ledger
        self.bell = bell
    }

    /// Brings a batch and waits until all of it is admitted, or the task is cancelled: then it stays here.
    func bring(_ events: [EventStreamEvent], of stream: Int, receivedAt: Duration) async throws {
        let number = state.withLock { state in
            state.nextNumber += 1
            return state.nextNumber
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isCancelled = Task.isCancelled
                state.withLock { state in
                    state.requests.append(
                        Request(
                            stream: stream, events: events, receivedAt: receivedAt,
                            waiter: isCancelled ? nil : continuation, number: number))
                }
                bell.ring()
                if isCancelled { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
                guard let index = state.requests.firstIndex(where: { $0.number == number }) else { return nil }
                return state.requests[index].waiter.take()
            }
            waiter?.resume()
        }
        try Task.checkCancellation()
    }

    /// Admits what the window lets in, the streams in turn. Returns how many events that were. For flow_manager only.
    func admit() -> Int {
        let (admitted, waiters) = state.withLock { state -> (Int, [CheckedContinuation<Void, Never>]) in
            guard !state.requests.isEmpty else { return (0, []) }
            let admitted = ledger.withLock { ledger in
                var admitted = 0
                while true {
                    let round = state.requests.indices.reduce(0) { $0 + state.admitTurn(of: $1, into: &ledger) }
                    admitted += round
                    if round == 0 { return admitted }
                }
            }
            return (admitted, state.removeAdmitted())
        }
        for waiter in waiters { waiter.resume() }
        return admitted
    }

    /// Whether nothing waits for admission.
    var isEmpty: Bool { state.withLock { $0.requests.isEmpty } }

    /// How many events wait for admission.
    var waiting: Int { state.withLock { $0.requests.reduce(0) { $0 + $1.events.count - $1.next } } }

    // MARK: - What is known of the streams

    func update(_ stream: Int, _ change: (inout StreamStatus) -> Void) {
        state.withLock { change(&$0.statuses[stream]) }
    }

    var statuses: [StreamStatus] {
        var statuses = state.withLock { $0.statuses }
        let ids = ledger.withLock { ledger in ledger.streams.map(\.lastAdmittedID) }
        for index in statuses.indices { statuses[index].lastEventID = String(buffer: ids[index]) }
        return statuses
    }
}

/// A stream's own side of the intake.
public struct StreamIntake: Sendable {
    let stream: StreamName
    let intake: Intake
    let ledger: LedgerStore
    let runtime: SupervisionRuntime

    /// The id of the last event that was admitted, here or before a restart: where to go on. Empty: from now.
    ///
    /// Waits until what an earlier incarnation brought has been admitted.
    public func resumeID() async throws -> ByteBuffer {
        try await intake.bring([], of: stream.index, receivedAt: runtime.now)
        return ledger.withLock { $0.streams[stream.index].lastAdmittedID }
    }

    /// Brings events, and suspends while the window is full: that suspension is what slows the server down.
    ///
    /// - Parameter bytes: what was read for them, framing included.
    public func bring(_ events: [EventStreamEvent], bytes: Int) async throws {
        intake.update(stream.index) { status in
            status.events += UInt64(events.count)
            status.bytes += UInt64(bytes)
        }
        guard !events.isEmpty else { return }
        try await intake.bring(events, of: stream.index, receivedAt: runtime.now)
    }

    /// The id of the last event that was admitted.
    var lastAdmittedID: ByteBuffer { ledger.withLock { $0.streams[stream.index].lastAdmittedID } }

    /// Notes that a connection is open. True: it is not the first one in this life of the daemon.
    public func opened() -> Bool {
        var isAgain = false
        intake.update(stream.index) { status in
            isAgain = status.wasOpen
            if isAgain { status.reconnects += 1 }
            status.wasOpen = true
            status.state = .open
            status.error = nil
        }
        return isAgain
    }

    /// Notes how the stream is doing.
    public func report(_ change: (inout StreamStatus) -> Void) {
        intake.update(stream.index, change)
    }
}
