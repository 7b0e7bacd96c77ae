import Dispatch
import Locking
public import NIOCore

/// What an operator should hear of a connection.
public enum NATSEvent: Sendable, Hashable {
    /// It stands; the node's address.
    case connected(String)
    /// It was lost, or could not be made; why. It is tried again until it is closed.
    case disconnected(String)
    /// A node that is cut off from the others, or does not serve JetStream, was left.
    case left(String)
    /// The broker complains, such as about permissions.
    case complaint(String)
}

/// The connection to a broker: one for all that a daemon has to do with it. It never gives up, and is to be closed.
///
/// The library's calls may block, so they are made on a queue of their own; its callbacks put down what they bring, and another
/// queue hands that on, as much at once as there is. Every request is in a table before it goes out, and has one end.
public final class NATSConnection: Sendable {
    enum Phase {
        case idle
        case connecting
        case up(NATSSession)
        /// The library looks for a node.
        case down(NATSSession)
        case closed
    }

    struct Arrived {
        var number: UInt64
        var status: Int?
        var bytes: Range<Int>
    }

    struct State {
        var phase = Phase.idle
        var table = RequestTable()
        /// What has come and was not handed on, and its bytes one after another.
        var arrived: [Arrived] = []
        var bytes: [UInt8] = []
        /// When something was handed on last.
        var handedOn = ContinuousClock.Instant.now - NATSConnection.pause
        var later: [(due: ContinuousClock.Instant, batch: PublishBatch, places: [Int])] = []
        var consumers: [ObjectIdentifier: any SessionUser] = [:]
        /// Since when nothing but silence and "nobody there" came.
        var silentSince: ContinuousClock.Instant?
        /// Since when the node says that it is unavailable, whatever else it answers: one that is cut off knows its own streams.
        var unavailableSince: ContinuousClock.Instant?
        var isProbing = false
        /// Since when there has been no connection, and why.
        var down: (since: ContinuousClock.Instant, reason: String)?
        var maxPayload = 1 << 20
        /// Nodes that others have named. One that is cut off forgets the others, and we do not.
        var nodes: [String] = []
        var nodesLookedAt = ContinuousClock.Instant.now
        var wasClosed: [CheckedContinuation<Void, Never>] = []
        var hasEnded = false
    }

    /// So long more is awaited after what was handed on: each handing on costs some turns of threads.
    static let pause = Duration.milliseconds(1)

    /// How it was made.
    public let settings: NATSSettings
    let state = Locked(State())
    let onEvent: @Sendable (NATSEvent) -> Void
    /// Where the library is called.
    let wire = DispatchQueue(label: "nats.wire")
    /// Where answers are handed on.
    let replies = DispatchQueue(label: "nats.replies")

    /// - Parameter onEvent: called on queues of the connection; it must not wait.
    public init(_ settings: NATSSettings, onEvent: @escaping @Sendable (NATSEvent) -> Void = { _ in }) {
        self.settings = settings
        self.onEvent = onEvent
    }

    /// Begins to connect, and returns at once.
    public func start() {
        let isFirst = state.withLock { state in
            guard case .idle = state.phase else { return false }
            state.phase = .connecting
            state.down = (.now, "it is being made")
            return true
        }
        guard isFirst else { return }
        wire.async { self.connect(avoiding: nil) }
        tickLater()
    }

    /// Ends it: what is open fails, and nothing is called any more. Returns when the library has let go of it.
    public func close() async {
        let session: NATSSession?? = state.withLock { state in
            defer { state.phase = .closed }
            state.consumers = [:]
            switch state.phase {
            case .up(let session), .down(let session): return .some(session)
            case .idle, .connecting: return .some(nil)
            case .closed: return nil
            }
        }
        if let session {
            failAll(.closed)
            wire.async {
                session?.close()
                let waiting = self.state.withLock { state in
                    state.hasEnded = true
                    defer { state.wasClosed = [] }
                    return state.wasClosed
                }
                for continuation in waiting { continuation.resume() }
            }
        }
        await withCheckedContinuation { continuation in
            let hasEnded = state.withLock { state in
                if !state.hasEnded { state.wasClosed.append(continuation) }
                return state.hasEnded
            }
            if hasEnded { continuation.resume() }
        }
    }

    /// Why there is no connection, and for how long; nil: there is one.
    public var outage: (reason: String, since: ContinuousClock.Instant)? {
        state.withLock { $0.down.map { ($0.reason, $0.since) } }
    }

    /// The most that a message may have, its headers included; the broker's default, as long as there was no connection.
    public var maxPayload: Int { state.withLock(\.maxPayload) }

    /// Open requests.
    var openRequests: Int { state.withLock { $0.table.count } }

    // MARK: Requests

    /// Asks, and waits for the answer.
    public func request(
        _ subject: String, _ payload: ByteBuffer = ByteBuffer(), headers: [NATSHeader] = [], within limit: Duration
    ) async throws(NATSError) -> [UInt8] {
        let outgoing = Outgoing(subject: subject, headers: headers, payload: payload)
        if let fault = outgoing.fault { throw fault }
        let result = await withCheckedContinuation { continuation in
            send([0], to: SingleRequest(continuation), deadline: .now + limit) { session, number in
                session.send(outgoing, reply: number).map { [(number, $0)] } ?? []
            }
        }
        return Array(try result.get().bytes)
    }

    /// Publishes those of some places; the answers come to a receiver, each to its place.
    func send(
        _ messages: Publications, places: [Int], to receiver: any ReplyReceiver, deadline: ContinuousClock.Instant
    ) {
        send(places, to: receiver, deadline: deadline) { $0.send(messages, places, from: $1) }
    }

    /// Sends requests, under numbers in a row.
    ///
    /// - Parameter body: is called on the wire's queue with the first number, and says which could not be sent.
    private func send(
        _ places: [Int], to receiver: any ReplyReceiver, deadline: ContinuousClock.Instant,
        _ body: @escaping @Sendable (NATSSession, UInt64) -> [(number: UInt64, error: NATSError)]
    ) {
        let (session, first): (NATSSession?, UInt64) = state.withLock { state in
            guard case .up(let session) = state.phase else { return (nil, 0) }
            return (session, state.table.register(receiver, places: places, deadline: deadline))
        }
        guard let session else {
            let error = whyNot
            return replies.async {
                receiver.replied(places.map { PlacedReply(place: $0, result: .failure(error)) })
            }
        }
        wire.async {
            let failed = body(session, first)
            if !failed.isEmpty { self.fail(failed) }
        }
    }

    /// Sends what nobody answers; what cannot be sent is forgotten.
    func send(_ messages: [Outgoing]) {
        guard let session else { return }
        wire.async { for message in messages { _ = session.send(message, reply: nil) } }
    }

    /// Sends a batch again, when it is time to.
    func later(_ batch: PublishBatch, _ places: [Int], after pause: Duration) {
        let isClosed = state.withLock { state in
            if case .closed = state.phase { return true }
            state.later.append((.now + pause, batch, places))
            return false
        }
        if isClosed { replies.async { batch.giveUp(places, .closed) } }
    }

    var session: NATSSession? {
        state.withLock { state in if case .up(let session) = state.phase { session } else { nil } }
    }

    /// Why nothing can be sent.
    var whyNot: NATSError {
        state.withLock { state in
            if case .closed = state.phase { .closed } else { .disconnected(state.down?.reason ?? "it is being made") }
        }
    }

    private func fail(_ failed: [(number: UInt64, error: NATSError)]) {
        let entries = state.withLock { state in
            failed.compactMap { failed in state.table.take(failed.number).map { ($0, failed.error) } }
        }
        replies.async {
            var ends = Ends()
            for (entry, error) in entries { ends.add(entry, .failure(error)) }
            ends.deliver()
        }
    }

    func failAll(_ error: NATSError) {
        let (entries, later) = state.withLock { state in
            defer { if error == .closed { state.later = [] } }
            return (state.table.takeAll(), error == .closed ? state.later : [])
        }
        replies.async {
            var ends = Ends()
            for entry in entries { ends.add(entry, .failure(error)) }
            ends.deliver()
            for later in later { later.batch.giveUp(later.places, error) }
        }
    }

    // MARK: Answers

    /// Has something called on the queue of answers: at once, if it is late already.
    func soon(at due: ContinuousClock.Instant, _ body: @escaping @Sendable () -> Void) {
        let wait = due - .now
        guard wait > .zero else { return replies.async(execute: body) }
        replies.asyncAfter(deadline: .now() + .nanoseconds(Int(wait / .nanoseconds(1))), execute: body)
    }

    func handOn() {
        let (ends, isSilence): (Ends, Bool?) = state.withLock { state in
            var ends = Ends()
            var isSilence: Bool?
            for arrived in state.arrived {
                guard let entry = state.table.take(arrived.number) else { continue }
                if arrived.status == 503 {
                    isSilence = isSilence ?? true
                    ends.add(entry, .failure(.noResponders))
                } else {
                    // Who is cut off from the others says so, and serves us no better than silence.
                    let bytes = state.bytes[arrived.bytes]
                    if APIAnswer.isUnavailable(bytes) {
                        isSilence = isSilence ?? true
                        state.unavailableSince = state.unavailableSince ?? .now
                    } else {
                        isSilence = false
                    }
                    ends.add(entry, .success(Reply(bytes: bytes)))
                }
            }
            state.arrived.removeAll(keepingCapacity: true)
            state.handedOn = .now
            // Their slices are on their way.
            state.bytes = []
            return (ends, isSilence)
        }
        if let isSilence { note(silence: isSilence) }
        ends.deliver()
    }

    /// Notes whether the node serves us: an answer of any kind, or none.
    func note(silence: Bool) {
        state.withLock { state in
            if !silence {
                state.silentSince = nil
            } else if state.silentSince == nil {
                state.silentSince = .now
            }
        }
    }
}

/// A request that one task waits for.
private final class SingleRequest: ReplyReceiver {
    private let continuation: CheckedContinuation<Result<Reply, NATSError>, Never>

    init(_ continuation: CheckedContinuation<Result<Reply, NATSError>, Never>) { self.continuation = continuation }

    func replied(_ replies: [PlacedReply]) {
        // The table has one end for it.
        if let reply = replies.first { continuation.resume(returning: reply.result) }
    }
}

// MARK: Consumers

/// Who has something to do at each new connection.
protocol SessionUser: AnyObject, Sendable {
    /// There is another connection; on the wire's queue.
    func connected(_ session: NATSSession)
    /// So late it is.
    func tick(at now: ContinuousClock.Instant)
}

extension NATSConnection {
    /// Tells a consumer of each connection, and of the time.
    func add(_ consumer: any SessionUser) {
        let session: NATSSession? = state.withLock { state in
            if case .closed = state.phase { return nil }
            state.consumers[ObjectIdentifier(consumer)] = consumer
            if case .up(let session) = state.phase { return session }
            return nil
        }
        if let session { wire.async { consumer.connected(session) } }
    }

    func remove(_ consumer: any SessionUser) {
        state.withLock { state in _ = state.consumers.removeValue(forKey: ObjectIdentifier(consumer)) }
    }

    /// Runs something where the library may be called, while there is a connection. False: there is none.
    @discardableResult
    func onWire(_ body: @escaping @Sendable (NATSSession) -> Void) -> Bool {
        guard let session else { return false }
        wire.async { body(session) }
        return true
    }
}
