/// The options of a source that is no stream over HTTP (`[source.NAME]`).
package struct SourceOptions: OptionGroup {
    package let kind: SourceOption<SourceKind?> = SourceOption(
        "source.*.kind", .optional(.choice()), .live, default: nil, note: "none; every source needs one",
        """
        `"nats"`: the messages of a durable consumer of NATS JetStream, at the broker of `[nats]`, if ptrd was built with NATS. Several
        machines may take from one consumer; each message goes to one of them.
        """)
    package let stream = SourceOption(
        "source.*.stream", .optional(.brokerName), .live, default: nil, note: "none; every source needs one",
        "The broker's stream, a work queue.")
    package let consumer = SourceOption(
        "source.*.consumer", .optional(.brokerName), .live, default: nil, note: "none; every source needs one",
        """
        Its durable pull consumer, with explicit acknowledgements and `max_deliver` -1. ptrd checks the settings of both and refuses wrong
        ones; `ptrctl source check` says what makes them right.
        """)
    package let ackWait = SourceOption(
        "source.*.ack_wait", .duration(.seconds(1)...hours(1)), .live, default: .seconds(60),
        """
        The consumer's `ack_wait`: after so long without a word of whoever holds a message the broker delivers it again. ptrd reports what
        it holds three times within it, so work may take longer. It is how long a machine that is gone is waited for.
        """)
    package let maxDeliveries = SourceOption(
        "source.*.max_deliveries", .integer(2...1000), .live, default: 10,
        """
        From so many deliveries on a message is a suspect: it may be what ends whole daemons. It is dealt alone, with nothing else of the
        source in hand, and becomes a dead letter after ptrd has ended three times meanwhile without a stop.
        """)
    package let create = SourceOption(
        "source.*.create", .boolean, .live, default: false,
        """
        Whether a consumer that is not there at the start is made, and a stream if `subjects` says of what. What is there is never changed,
        and what is deleted later is not made anew.
        """)
    package let subjects = SourceOption(
        "source.*.subjects", .subjects, .live, default: [], note: "none",
        "What a stream takes that `create` makes, such as `[\"ev.>\"]`.")
    package let replicas = SourceOption(
        "source.*.replicas", .choice(of: [1, 3, 5]), .live, default: 1,
        "On how many of the broker's nodes a stream is kept that `create` makes.")
    package let downAfter = SourceOption(
        "source.*.down_after", .duration(.zero...hours(24)), .live, default: .seconds(60),
        "How long the broker may be away before that is a problem, which makes ptrd degraded.")
}

/// Where messages come from beside streams over HTTP.
package enum SourceKind: String, Sendable, CaseIterable {
    /// A consumer of NATS JetStream.
    case nats
}

package typealias SourceOption<Value: Sendable & Equatable> = ConfigurationOption<SourceConfiguration, Value>

extension ValueType<[String]> {
    /// Subjects that a broker's stream takes.
    static var subjects: ValueType {
        let mend = "write subjects such as [\"ev.>\"]"
        return .texts(mend: mend) { text throws(Faults) in
            let tokens = text.split(separator: ".", omittingEmptySubsequences: false)
            let isRight = tokens.enumerated().allSatisfy { place, token in
                guard !token.isEmpty, token.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return false }
                if token == ">" { return place == tokens.count - 1 }
                return token == "*" || !token.contains { $0 == "*" || $0 == ">" }
            }
            guard isRight else { throw Faults("\(TOMLText.quoted(text)) is no subject", mend: mend) }
        }
    }
}
