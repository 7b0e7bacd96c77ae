import Locking
import NIOCore

/// What somebody asks by a subject.
public struct SubjectRequest: Sendable, Hashable {
    /// The subject.
    public var subject: String
    /// Where the answer is awaited.
    public var reply: String
    /// What was sent, if it is not longer than what is taken.
    public var payload: [UInt8]
}

/// Hears what is asked by some subjects, over all connections of a broker's, until it is stopped.
///
/// What comes faster than it is taken, is too long, or does not say where the answer is awaited, is left out: who asks hears nothing.
public final class SubjectService: Sendable {
    private let connection: NATSConnection
    private let subjects: [String]
    private let longest: Int
    private let requests: AsyncStream<SubjectRequest>.Continuation
    private let number = Locked<UInt?>(nil)

    /// What comes, in its order. For one reader.
    public let asked: AsyncStream<SubjectRequest>

    /// - Parameters:
    ///   - subjects: what it hears; no wildcards.
    ///   - most: so many wait to be taken at most.
    ///   - longest: longer ones are left out, in bytes.
    public init(over connection: NATSConnection, subjects: [String], most: Int = 64, longest: Int = 1024) {
        self.connection = connection
        self.subjects = subjects
        self.longest = longest
        (asked, requests) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(most))
    }

    /// Begins to listen.
    public func start() {
        let registered = Callbacks.register(self)
        number.withLock { $0 = registered }
        connection.add(self)
    }

    /// Listens no more.
    public func stop() {
        connection.remove(self)
        if let registered = number.withLock({ $0.take() }) { Callbacks.remove(registered) }
        connection.onWire { [subjects] session in for subject in subjects { session.unsubscribe(subject) } }
        requests.finish()
    }

    /// Answers, with one message.
    public func answer(_ request: SubjectRequest, _ payload: [UInt8]) {
        let outgoing = Outgoing(subject: request.reply, payload: ByteBuffer(bytes: payload))
        if outgoing.fault == nil, payload.count <= connection.maxPayload { connection.send([outgoing]) }
    }
}

extension SubjectService: SessionUser {
    func connected(_ session: NATSSession) {
        guard let registered = number.withLock({ $0 }) else { return }
        // The library listens on after a reconnect of its own.
        for subject in subjects where !session.listens(to: subject) {
            _ = session.subscribe(to: subject, target: registered, limits: (messages: 256, bytes: 1 << 20))
        }
    }

    func tick(at now: ContinuousClock.Instant) {}
}

extension SubjectService: CallbackTarget {
    func arrived(_ message: borrowing ArrivedMessage) {
        let bytes = message.bytes
        guard bytes.count <= longest, let subject = message.subject, let reply = message.reply else { return }
        // An inbox, and nothing else: who may ask is not to have us publish wherever we may.
        guard reply[0] == 0x5F else { return }
        requests.yield(
            SubjectRequest(subject: String(cString: subject), reply: String(cString: reply), payload: Array(bytes)))
    }

    func changed(_ change: ConnectionChange) {}
}
