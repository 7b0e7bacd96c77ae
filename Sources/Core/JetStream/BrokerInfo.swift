import FoundationEssentials

/// What the broker says of a stream.
public struct StreamInfo: Sendable, Hashable, Decodable {
    /// Its settings.
    public var config: JSONValue
    /// What it holds.
    public var state: JSONValue
    /// Its nodes; nil: the broker is one node.
    public var cluster: JSONValue?
    /// When it was made: one that is made anew under its name has another time, and numbers from 1.
    public var created: String?

    /// The stored messages.
    public var messages: UInt64 { UInt64(clamping: state["messages"].integer ?? 0) }
    /// Their bytes.
    public var bytes: UInt64 { UInt64(clamping: state["bytes"].integer ?? 0) }
    /// When the oldest message was stored, such as `2026-01-31T09:30:00.123Z`; nil: there is none.
    public var oldestAt: String? { messages > 0 ? state["first_ts"].string : nil }
    /// The number of the last message.
    public var lastSequence: UInt64 { UInt64(clamping: state["last_seq"].integer ?? 0) }
    /// The node that leads it; nil: nobody does, or there is only one.
    public var leader: String? { cluster?["leader"].string }
    /// The version of the server, such as `2.15.1`; nil: it is older than those that say it.
    public var serverVersion: String? { config["metadata"]["_nats.ver"].string }
}

/// What the broker says of a consumer.
public struct ConsumerInfo: Sendable, Hashable, Decodable {
    /// Its settings.
    public var config: JSONValue
    /// Its nodes; nil: the broker is one node.
    public var cluster: JSONValue?
    /// Messages that were not delivered yet.
    public var num_pending: UInt64?
    /// Messages that were delivered and not acknowledged.
    public var num_ack_pending: UInt64?
    /// Messages that were delivered more than once and not acknowledged.
    public var num_redelivered: UInt64?
    /// Requests that wait for messages.
    public var num_waiting: UInt64?
    /// Whether an operator has stopped it for a while.
    public var paused: Bool?
}

extension NATSConnection {
    /// What the broker says of a stream; nil: there is none of that name.
    public func stream(_ name: String, within limit: Duration = .seconds(5)) async throws(NATSError) -> StreamInfo? {
        try checkName(name)
        do {
            return try await ask("STREAM.INFO.\(name)", as: StreamInfo.self, within: limit)
        } catch {
            if case .refused(code: 10059, _) = error { return nil }
            throw error
        }
    }

    /// What the broker says of a consumer; nil: there is none of that name.
    public func consumer(
        _ name: String, of stream: String, within limit: Duration = .seconds(5)
    ) async throws(NATSError) -> ConsumerInfo? {
        try checkName(stream)
        try checkName(name)
        do {
            return try await ask("CONSUMER.INFO.\(stream).\(name)", as: ConsumerInfo.self, within: limit)
        } catch {
            switch error {
            case .refused(code: 10014, _), .refused(code: 10059, _): return nil
            default: throw error
            }
        }
    }

    /// Makes a stream.
    public func makeStream(
        _ wanted: StreamRequirements, within limit: Duration = .seconds(5)
    ) async throws(NATSError) {
        try checkName(wanted.name)
        _ = try await ask(
            "STREAM.CREATE.\(wanted.name)", wanted.configuration.text, as: APIAnswer.self, within: limit)
    }

    /// Makes a consumer.
    public func makeConsumer(
        _ wanted: ConsumerRequirements, within limit: Duration = .seconds(5)
    ) async throws(NATSError) {
        try checkName(wanted.stream)
        try checkName(wanted.name)
        _ = try await ask(
            "CONSUMER.CREATE.\(wanted.stream).\(wanted.name)", wanted.request(wanted.configuration, action: "create"),
            as: APIAnswer.self, within: limit)
    }

    private func checkName(_ name: String) throws(NATSError) {
        guard NATSSubject.isName(name) else {
            throw .invalid(
                "\"\(name.prefix(100))\" is no name of a stream or consumer: it has no space, ., *, >, / or \\")
        }
    }
}

extension JSONValue {
    /// As JSON on one line, with its members in order.
    public var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
    }
}
