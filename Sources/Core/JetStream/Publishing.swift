import Locking
public import NIOCore

/// A message for a stream.
public struct Publication: Sendable {
    /// Where it goes.
    public var subject: String
    /// Names it to the broker, which takes it once within the stream's duplicate window; nil: it may be stored twice.
    public var id: String?
    /// The stream that is to take it; any other one refuses. Nil: whichever has the subject.
    public var stream: String?
    /// What else is said of it.
    public var headers: [NATSHeader]
    /// It.
    public var payload: ByteBuffer

    /// Makes one.
    public init(
        subject: String, id: String? = nil, stream: String? = nil, headers: [NATSHeader] = [], payload: ByteBuffer
    ) {
        self.subject = subject
        self.id = id
        self.stream = stream
        self.headers = headers
        self.payload = payload
    }
}

/// The end of one of several messages.
public struct PublishEnd: Sendable {
    /// Its place among them.
    public var place: Int
    /// How it ended.
    public var result: Result<PublishAck, NATSError>
    /// Whether the broker has stored it.
    public var isStored: Bool { if case .success = result { true } else { false } }
}

extension NATSConnection {
    /// Publishes messages. One that meets what passes (no leader, no quorum, no answer, a lost connection) is sent again, under the
    /// same id, until the time is over.
    ///
    /// - Parameters:
    ///   - limit: how long they may take. Longer than an election, of about five seconds.
    ///   - isWanted: whether the message of a place may still be sent, asked before each try; one that may not ends with a timeout.
    ///   - ended: called on a queue of the connection, with as many at once as there are; each has one end.
    @discardableResult
    public func publish(
        _ messages: Publications, within limit: Duration, isWanted: (@Sendable (Int) -> Bool)? = nil,
        ended: @escaping @Sendable ([PublishEnd]) -> Void
    ) -> PublishBatch {
        let batch = PublishBatch(messages, over: self, deadline: .now + limit, isWanted: isWanted, ended)
        batch.send(Array(0..<messages.count))
        return batch
    }

    /// The same of messages that are not packed yet.
    @discardableResult
    public func publish(
        _ messages: [Publication], within limit: Duration, ended: @escaping @Sendable ([PublishEnd]) -> Void
    ) -> PublishBatch {
        publish(Publications(messages), within: limit, ended: ended)
    }

    /// Publishes one message and waits for its end.
    public func publish(_ message: Publication, within limit: Duration) async throws(NATSError) -> PublishAck {
        let result = await withCheckedContinuation { continuation in
            publish([message], within: limit) { ends in
                if let end = ends.first { continuation.resume(returning: end.result) }
            }
        }
        return try result.get()
    }
}

/// Messages on their way to the broker.
public final class PublishBatch: ReplyReceiver {
    /// One try may take so long; a lost answer is no reason to wait for the whole time.
    static let tryLimit = Duration.seconds(5)
    /// So long it waits after what passes.
    static let pause = Duration.milliseconds(250)

    private let messages: Publications
    private let connection: NATSConnection
    private let deadline: ContinuousClock.Instant
    private let isWanted: (@Sendable (Int) -> Bool)?
    private let ended: @Sendable ([PublishEnd]) -> Void
    private let isCancelled = Locked(false)

    init(
        _ messages: Publications, over connection: NATSConnection, deadline: ContinuousClock.Instant,
        isWanted: (@Sendable (Int) -> Bool)?, _ ended: @escaping @Sendable ([PublishEnd]) -> Void
    ) {
        self.messages = messages
        self.connection = connection
        self.deadline = deadline
        self.isWanted = isWanted
        self.ended = ended
    }

    /// Sends nothing of it again. What is on its way may still be stored, and has its end as it comes.
    public func cancel() { isCancelled.withLock { $0 = true } }

    /// Sends some of them.
    func send(_ places: [Int]) {
        if isCancelled.withLock({ $0 }) { return giveUp(places, .timeout) }
        if let isWanted, case let unwanted = places.filter({ !isWanted($0) }), !unwanted.isEmpty {
            connection.replies.async { self.giveUp(unwanted, .timeout) }
            let gone = Set(unwanted)
            return send(wanted: places.filter { !gone.contains($0) })
        }
        send(wanted: places)
    }

    private func send(wanted places: [Int]) {
        var sent: [Int] = []
        var faults: [PublishEnd] = []
        sent.reserveCapacity(places.count)
        let most = connection.maxPayload
        for place in places {
            let bytes = messages.entries[place].bytes
            // The library counts without the headers, and the server would end the connection.
            if bytes > most {
                let error = NATSError.tooLarge("it has \(bytes) bytes with its headers, and max_payload is \(most)")
                faults.append(PublishEnd(place: place, result: .failure(error)))
            } else if let fault = messages.faults[place] {
                faults.append(PublishEnd(place: place, result: .failure(fault)))
            } else {
                sent.append(place)
            }
        }
        if !faults.isEmpty { connection.replies.async { [faults] in self.ended(faults) } }
        if !sent.isEmpty {
            connection.send(messages, places: sent, to: self, deadline: min(deadline, .now + Self.tryLimit))
        }
    }

    func replied(_ replies: [PlacedReply]) {
        let now = ContinuousClock.now
        var ends: [PublishEnd] = []
        ends.reserveCapacity(replies.count)
        var again: [Int] = []
        for reply in replies {
            let result = reply.result.flatMap { PublishAck.read($0.bytes) }
            if case .failure(let error) = result, error.isPassing, now + Self.pause < deadline, mayReturn(error, now) {
                again.append(reply.place)
            } else {
                ends.append(PublishEnd(place: reply.place, result: result))
            }
        }
        if !again.isEmpty { connection.later(self, again, after: Self.pause) }
        if !ends.isEmpty { ended(ends) }
    }

    /// Ends those that wait to be sent again.
    func giveUp(_ places: [Int], _ error: NATSError) {
        ended(places.map { PublishEnd(place: $0, result: .failure(error)) })
    }

    /// Whether it is worth while to wait for the connection.
    private func mayReturn(_ error: NATSError, _ now: ContinuousClock.Instant) -> Bool {
        guard case .disconnected = error, let outage = connection.outage else { return true }
        return outage.since + connection.settings.reconnectPatience > now
    }
}
