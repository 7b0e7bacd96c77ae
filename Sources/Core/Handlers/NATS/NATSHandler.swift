public import JetStream
import Locking
import NIOCore
public import Pipeline
public import Templates

/// Publishes messages to a stream of NATS JetStream: one is done when the broker has stored it.
///
/// Each worker has many in hand, all of them over one connection; so their order in the stream is not that of the source.
public final class NATSHandler: Handler {
    /// What is published, and where.
    public struct Options: Sendable, Hashable {
        /// The stream that is to take it.
        public var stream: String
        /// The subject of a message.
        public var subject: SubjectTemplate
        /// Whether the broker is to recognise an event that comes again, by the event's identity and what it says.
        public var recognises: Bool
        /// How long the broker may take; longer than an election.
        public var publishTimeout: Duration

        /// Makes options.
        public init(
            stream: String, subject: SubjectTemplate, recognises: Bool = true, publishTimeout: Duration = .seconds(30)
        ) {
            self.stream = stream
            self.subject = subject
            self.recognises = recognises
            self.publishTimeout = publishTimeout
        }
    }

    /// Whether a message of a stream may be published at a moment.
    public enum Permit: Sendable, Hashable {
        /// It may.
        case granted
        /// It may not for now, for this reason.
        case notNow(String)
        /// Another daemon publishes the stream from a position before the message: what has an id comes again there, and is answered
        /// for; what has none is given up.
        case elsewhere
        /// Neither this daemon publishes the stream nor is another one known to go on from before the message: it is given up.
        case nowhere
    }

    let options: Options
    let connection: NATSConnection
    let permit: (@Sendable (_ stream: String) -> Permit)?
    let stored: @Sendable (Duration) -> Void
    private let diagnosis = Locked(Diagnosis())

    private struct Diagnosis {
        var isAsking = false
        var problem: String?
    }

    /// - Parameters:
    ///   - connection: it is started here and closed by ``close()``.
    ///   - permit: whether a message of a stream may be published now; asked before each try of each message, so it must be quick.
    ///     Nil: each may.
    ///   - stored: told how long it took from a hand to the connection until all of it was stored.
    public init(
        _ options: Options, over connection: NATSConnection,
        permit: (@Sendable (_ stream: String) -> Permit)? = nil,
        stored: @escaping @Sendable (Duration) -> Void = { _ in }
    ) {
        self.options = options
        self.permit = permit
        self.stored = stored
        self.connection = connection
        connection.start()
    }

    /// So many as hide the way to the broker and back. With fewer on their way the broker, too, spends more on each.
    public var demand: Demand { Demand(batch: 256, prefetch: 8) }

    /// A worker that publishes.
    public func makeBody(of worker: WorkerHandle) -> any WorkerBody { NATSBody(self) }

    /// Closes the connection.
    public func close() async { await connection.close() }

    // MARK: Outcomes

    /// What becomes of a message that may not be published now; nil: it may. A replay is an operator's, and no part of a stream's
    /// order.
    func refusal(of message: Message) -> Outcome? {
        guard let permit, message.replayOf == nil else { return nil }
        switch permit(message.stream.name) {
        case .granted: return nil
        case .notNow(let reason): return .unavailable(reason, after: nil)
        case .elsewhere where message.event.id.readableBytes > 0: return .done
        case .elsewhere:
            return .rejected("another daemon took stream \(message.stream) before this was published, and it has no id")
        case .nowhere:
            return .rejected("this daemon gave up stream \(message.stream), and nobody is known to go on from here")
        }
    }

    /// What an end means for its message: what another message would meet as well is the broker's, and costs this one nothing.
    func outcome(_ result: Result<PublishAck, NATSError>) -> Outcome {
        switch result {
        case .success: return .done
        case .failure(.tooLarge(let reason)): return .rejected("too large for the broker: \(reason)")
        case .failure(.invalid(let reason)): return .rejected("it cannot be published: \(reason)")
        case .failure(let error):
            switch error {
            case .noResponders, .refused, .timeout: diagnose()
            default: break
            }
            return .unavailable(diagnosis.withLock(\.problem) ?? "\(error)", after: nil)
        }
    }

    /// Asks what is the matter with the stream: one that does not exist is as silent as one without a leader.
    private func diagnose() {
        let isFirst = diagnosis.withLock { diagnosis in
            defer { diagnosis.isAsking = true }
            return !diagnosis.isAsking
        }
        guard isFirst else { return }
        Task { [self] in
            let problem = await problem()
            diagnosis.withLock { $0 = Diagnosis(isAsking: false, problem: problem) }
        }
    }

    /// What is wrong with the stream's settings, and the command that mends it; nil: nothing, or nobody can tell.
    public func problem() async -> String? {
        let wanted = StreamRequirements(
            name: options.stream, subjects: [options.subject.text],
            duplicateWindow: options.recognises ? options.publishTimeout * 2 : .zero, isWorkQueue: false)
        let info: StreamInfo
        do {
            guard let found = try await connection.stream(options.stream) else {
                return "there is no stream \(options.stream); make it, such as by nats stream add \(options.stream)"
            }
            info = found
        } catch {
            return nil
        }
        let faults = wanted.check(info)
        guard let first = faults.faults.first else { return nil }
        return "stream \(options.stream): \(first)" + (faults.mends.first.map { "; \($0)" } ?? "")
    }
}

/// Publishes one hand after another, and waits for none.
private final class NATSBody: WorkerBody {
    private struct State {
        var renderer: SubjectRenderer
        var batches: [ObjectIdentifier: PublishBatch] = [:]
        var isEnded = false
    }

    private let handler: NATSHandler
    private let state: Locked<State>

    init(_ handler: NATSHandler) {
        self.handler = handler
        state = Locked(State(renderer: SubjectRenderer(handler.options.subject)))
    }

    func handle(_ hand: Hand) async throws {
        // From here on it is the broker's time, which has a limit of its own.
        guard hand.beginsHandover() else { throw HandoverTooLate() }
        let entries = hand.entries
        let (messages, places, refused) = state.withLock { state in
            var (messages, places, refused): (Publications, [Int], [Answer]) = (Publications(), [], [])
            messages.reserveCapacity(entries.count)
            places.reserveCapacity(entries.count)
            for (place, entry) in entries.enumerated() {
                if let outcome = handler.refusal(of: entry.message) {
                    refused.append(Answer(place, outcome))
                } else {
                    append(entry.message, to: &messages, &state.renderer)
                    places.append(place)
                }
            }
            return (messages, places, refused)
        }
        if !refused.isEmpty { hand.report(refused) }
        guard !places.isEmpty else { return }
        let key = ObjectIdentifier(hand)
        let left = Locked(places.count)
        let begin = ContinuousClock.now
        var isWanted: (@Sendable (Int) -> Bool)?
        if handler.permit != nil {
            isWanted = { [handler] in handler.refusal(of: entries[places[$0]].message) == nil }
        }
        let batch = handler.connection.publish(
            messages, within: handler.options.publishTimeout, isWanted: isWanted
        ) { [self] ends in
            let count = left.withLock { left in
                left -= ends.count
                return left
            }
            let isEnded = state.withLock { state in
                if count == 0 { state.batches[key] = nil }
                return state.isEnded
            }
            if count == 0, ends.allSatisfy(\.isStored) { handler.stored(begin.duration(to: .now)) }
            // What is not answered for is dealt again.
            guard !isEnded else { return }
            hand.report(
                ends.map { end in
                    let place = places[end.place]
                    if case .success = end.result { return Answer(place, .done) }
                    return Answer(place, handler.refusal(of: entries[place].message) ?? handler.outcome(end.result))
                })
        }
        state.withLock { state in
            // Its ends may have come already.
            if left.withLock({ $0 }) > 0 { state.batches[key] = batch }
        }
    }

    private func append(_ message: Message, to messages: inout Publications, _ renderer: inout SubjectRenderer) {
        messages.append(message.data) { renderer.render(message, into: &$0) }
        messages.addHeader("Ptr-Stream") { $0.append(contentsOf: message.stream.name.utf8) }
        if let type = message.type {
            messages.addHeader("Ptr-Event") { $0.append(contentsOf: type.readableBytesView) }
        }
        if let id = message.knownID {
            messages.addHeader("Ptr-Id") { $0.append(contentsOf: id.readableBytesView) }
        }
        if handler.options.recognises {
            messages.addHeader("Nats-Msg-Id") { message.appendDeduplicationID(to: &$0) }
        }
        messages.addHeader("Nats-Expected-Stream") { $0.append(contentsOf: handler.options.stream.utf8) }
    }

    /// It owes nothing.
    func stop(within grace: Duration) async { await kill() }

    /// Sends nothing again. What is on its way may still be stored; dealt again, it is recognised by its id.
    func kill() async {
        let batches = state.withLock { state in
            state.isEnded = true
            defer { state.batches = [:] }
            return Array(state.batches.values)
        }
        for batch in batches { batch.cancel() }
    }
}

extension SubjectRenderer {
    fileprivate mutating func render(_ message: Message, into subject: inout [UInt8]) {
        let data = message.data
        render(data.readableBytesUInt8Span, into: &subject) { field, text in
            switch field {
            case .type:
                if let type = message.type {
                    text.append(contentsOf: type.readableBytesView)
                } else {
                    text.append(contentsOf: "message".utf8)
                }
            case .id:
                if let id = message.knownID { text.append(contentsOf: id.readableBytesView) }
            case .stream: text.append(contentsOf: message.stream.name.utf8)
            case .sequence: text.append(contentsOf: String(message.sequence).utf8)
            // A subject for each moment is none.
            case .received: break
            }
        }
    }
}
