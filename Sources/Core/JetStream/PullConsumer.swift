import Dispatch
import Glibc
import Locking
import NIOCore

/// What the owner of a consumer should hear.
public enum PullEvent: Sendable, Hashable {
    /// The consumer is not there any more. It is asked for again, in case that somebody makes it anew.
    case deleted
    /// Nobody answers for it: it has no leader, or it is not there.
    case silence
    /// Requests are refused; why.
    case refused(String)
    /// Requests were lost: the server said nothing for two and a half heartbeats.
    case missedHeartbeats
}

/// Gets the messages of a durable consumer: as many as it is granted, and asks again whenever a request is lost.
public final class PullConsumer: Sendable {
    private struct State {
        var pull: PullState
        /// What comes by the present connection comes to it; what still comes by an earlier one is not counted.
        var inbox = ""
        var number: UInt?
        /// What has come and was not handed on, and when the first of it came.
        var arrivals = Arrivals()
        var arrivedAt = ContinuousClock.Instant.now
        /// When some were handed on last, and for how long more is awaited after that.
        var handedOn = ContinuousClock.Instant.now - NATSConnection.pause
        var pause = NATSConnection.pause
        /// What stands before the numbers where they are acknowledged: that of the last message, and mostly of the next one.
        var prefix: AckPrefix?
        var isStopped = false
        /// Said last, so that it is said once.
        var lastEvent: PullEvent?
    }

    /// So many at once are a flood, in which each is awaited a little longer: whoever takes part is woken less often.
    private static let (flood, floodPause) = (100, Duration.milliseconds(3))

    private let connection: NATSConnection
    private let stream: String
    private let consumer: String
    private let headers: [String]
    private let state: Locked<State>
    private let deliver: @Sendable ([PulledMessage]) -> Void
    private let onEvent: @Sendable (PullEvent) -> Void

    /// - Parameters:
    ///   - stream: the stream's name.
    ///   - consumer: the name of its durable pull consumer.
    ///   - headers: which ones are wanted, where the library does not show all of them.
    ///   - least: fewer messages are asked for only when none are on their way: a quarter of the window, say.
    ///   - expires: how long a request stands at the server.
    ///   - heartbeat: how often an idle server is heard of; at most half of `expires`.
    ///   - deliver: called on a queue of the connection, with as many messages as there are. It must not wait.
    ///   - onEvent: called there, once for several of the same kind in a row.
    public init(
        over connection: NATSConnection, stream: String, consumer: String, headers: [String] = [], least: Int = 1,
        expires: Duration = .seconds(30), heartbeat: Duration = .seconds(5),
        deliver: @escaping @Sendable ([PulledMessage]) -> Void,
        onEvent: @escaping @Sendable (PullEvent) -> Void = { _ in }
    ) {
        self.connection = connection
        self.stream = stream
        self.consumer = consumer
        self.headers = headers
        self.deliver = deliver
        self.onEvent = onEvent
        state = Locked(State(pull: PullState(expires: expires, heartbeat: heartbeat, least: least, at: .now)))
    }

    /// Begins. Nothing is asked for before something is granted.
    public func start() {
        let number = Callbacks.register(self)
        state.withLock { $0.number = number }
        connection.add(self)
    }

    /// Ends it: nothing more is asked for or delivered. What was asked for and is on its way is delivered again, to others.
    public func stop() {
        connection.remove(self)
        let number = state.withLock { state in
            state.isStopped = true
            state.pull.stop()
            defer { state.number = nil }
            return state.number
        }
        if let number { Callbacks.remove(number) }
    }

    /// Asks for nothing more, and takes back what it has asked for. What is on its way is still delivered.
    public func drain() {
        connection.remove(self)
        let (inbox, number) = state.withLock { state in
            state.pull.stop()
            defer { state.number = nil }
            return (state.inbox, state.number)
        }
        guard let number else { return }
        let isDrained = connection.onWire { $0.drain(inbox + "*", target: number) }
        if !isDrained { Callbacks.remove(number) }
    }

    /// Lets more come.
    ///
    /// - Parameters:
    ///   - messages: so many more than before.
    ///   - bytes: so many more. What is delivered takes its ``PulledMessage/size``, which is to be granted again when it has gone. While
    ///     nothing is held there has to be room for the largest message: the server never delivers one for which there is none.
    public func grant(_ messages: Int, bytes: Int) {
        state.withLock { $0.pull.grant(messages, bytes: bytes) }
        askOnWire()
    }

    /// So many messages were asked for and have not come.
    public var outstanding: Int { state.withLock(\.pull.outstanding) }

    // MARK: The connection's

    /// On the wire's queue.
    func connected(_ session: NATSSession) {
        let inbox = NATSSession.newInbox()
        let (number, former) = state.withLock { state in
            defer { state.inbox = inbox }
            state.pull.lost(at: .now)
            return (state.number, state.inbox)
        }
        // What was asked for before the reconnect is void, and what comes of it is delivered again.
        if !former.isEmpty { session.unsubscribe(former + "*") }
        guard let number, session.subscribe(to: inbox + "*", target: number) == nil else { return }
        ask(over: session)
    }

    func tick(at now: ContinuousClock.Instant) {
        let isLost = state.withLock { $0.pull.expire(at: now) }
        if isLost {
            connection.note(silence: true)
            tell(.missedHeartbeats)
        }
        askOnWire()
    }

    private func askOnWire() {
        // Mostly there is nothing, and the way there costs a thread's turn.
        guard state.withLock({ $0.pull.wantsToAsk(at: .now) }) else { return }
        connection.onWire { self.ask(over: $0) }
    }

    private func ask(over session: NATSSession) {
        while true {
            let next: (PullState.Ask, inbox: String, expires: Duration, heartbeat: Duration)? = state.withLock {
                state in
                guard !state.inbox.isEmpty, let ask = state.pull.ask(at: .now) else {
                    return nil
                }
                return (ask, state.inbox, state.pull.expires, state.pull.heartbeat)
            }
            guard let (ask, inbox, expires, heartbeat) = next else { return }
            let request = """
                {"batch":\(ask.messages),"max_bytes":\(ask.bytes),"expires":\(expires.nanoseconds),\
                "idle_heartbeat":\(heartbeat.nanoseconds)}
                """
            let outgoing = Outgoing(
                subject: "$JS.API.CONSUMER.MSG.NEXT.\(stream).\(consumer)", payload: ByteBuffer(string: request))
            if session.send(outgoing, replyTo: inbox + String(ask.number)) != nil {
                return state.withLock { $0.pull.lost(at: .now) }
            }
        }
    }

    // MARK: The library's

    func changed(_ change: ConnectionChange) {}

    func arrived(_ message: borrowing ArrivedMessage) {
        if let status = message.status { return ended(status, message) }
        guard let reply = message.reply, strncmp(reply, "$JS.ACK.", 8) == 0, let subject = message.subject else {
            return
        }
        guard let head = message.head else {
            return message.head(of: headers).withUnsafeBytes { arrived(message, subject, reply, head: $0) }
        }
        arrived(message, subject, reply, head: head)
    }

    private func arrived(
        _ message: borrowing ArrivedMessage, _ subject: UnsafePointer<CChar>, _ reply: UnsafePointer<CChar>,
        head: UnsafeRawBufferPointer
    ) {
        let payload = message.bytes
        let due: ContinuousClock.Instant? = state.withLock { state in
            guard !state.isStopped else { return nil }
            let isFirst = state.arrivals.isEmpty
            if isFirst { state.arrivedAt = .now }
            let size = state.arrivals.add(subject, reply: reply, head: head, payload: payload)
            state.pull.delivered(1, bytes: size, at: state.arrivedAt)
            state.lastEvent = nil
            return isFirst ? state.handedOn + state.pause : nil
        }
        if let due { connection.soon(at: due) { self.handOn() } }
    }

    /// On the connection's queue of answers.
    private func handOn() {
        var (arrivals, prefix, isStopped): (Arrivals, AckPrefix?, Bool) = state.withLock { state in
            var arrivals = Arrivals()
            swap(&arrivals, &state.arrivals)
            state.pause = arrivals.count < Self.flood ? NATSConnection.pause : Self.floodPause
            state.handedOn = .now
            return (arrivals, state.prefix, state.isStopped)
        }
        guard !isStopped else { return }
        let messages = arrivals.take(prefix: &prefix)
        guard !messages.isEmpty else { return }
        state.withLock { $0.prefix = prefix }
        connection.note(silence: false)
        deliver(messages)
        askOnWire()
    }

    private func ended(_ status: Int, _ message: borrowing ArrivedMessage) {
        let text = message.header("Description") ?? ""
        var pending: (messages: Int, bytes: Int)?
        if let messages = message.header("Nats-Pending-Messages").flatMap({ Int($0) }) {
            pending = (messages, message.header("Nats-Pending-Bytes").flatMap { Int($0) } ?? 0)
        }
        let (prefix, isOurs) = state.withLock { state in
            (state.inbox.utf8.count, message.subject.map { state.inbox.isPrefix(of: $0) } ?? false)
        }
        guard isOurs, let number = message.number(after: prefix) else { return }
        let notice = state.withLock { $0.pull.ended(number, status: status, text, pending: pending, at: .now) }
        // No sign of service: a leader that is cut off from the others goes on to send heartbeats.
        switch notice {
        case nil: break
        case .deleted: tell(.deleted)
        case .refused(let reason): tell(.refused(reason))
        case .silence:
            connection.note(silence: true)
            tell(.silence)
        }
        askOnWire()
    }

    private func tell(_ event: PullEvent) {
        let isNews = state.withLock { state in
            defer { state.lastEvent = event }
            return state.lastEvent != event && !state.isStopped
        }
        if isNews { connection.replies.async { self.onEvent(event) } }
    }
}

extension String {
    /// Whether a C string begins with it.
    fileprivate func isPrefix(of text: UnsafePointer<CChar>) -> Bool {
        var index = 0
        for byte in utf8 {
            guard UInt8(bitPattern: text[index]) == byte else { return false }
            index += 1
        }
        return true
    }
}

extension PullConsumer: CallbackTarget {}

extension PullConsumer: SessionUser {}
