/// Streams that come and go while messages flow.
extension Ledger {
    /// The place of the stream that has this name.
    package func index(of name: String) -> Int? { streams.firstIndex { $0.name.name == name && !$0.isSuperseded } }

    /// Gives a place, a new one or one that nothing is left of, to a stream.
    package mutating func begin(_ stream: StreamLedger) {
        let stream = numbered(stream)
        if stream.name.index == streams.count {
            streams.append(stream)
            window.addStream()
            held.addStream()
        } else {
            streams[stream.name.index] = stream
        }
    }

    /// Gives a stream a number of its own.
    mutating func numbered(_ stream: StreamLedger) -> StreamLedger {
        streamsBegun += 1
        var stream = stream
        stream.number = streamsBegun
        return stream
    }

    /// Notes what a stream comes from.
    ///
    /// - Parameters:
    ///   - source: what its ids mean something to; it may hold secrets.
    ///   - location: the same, as it may get out: the identities of its events are made of it.
    package mutating func identify(
        _ stream: Int, as source: [UInt8], location: @escaping @Sendable () -> [UInt8]
    ) {
        streams[stream].identify(source: hash(source: source), location: location, life: life)
    }

    /// Goes on in a stream with another source that it is to have come from all along.
    ///
    /// - Parameters: see ``identify(_:as:location:)``.
    package mutating func goOn(
        _ stream: Int, from source: [UInt8], location: @escaping @Sendable () -> [UInt8],
        policy: PositionPolicy
    ) {
        let before = streams[stream].source
        identify(stream, as: source, location: location)
        streams[stream].apply(policy)
        // What is stored is found under the old one only.
        if streams[stream].source != before { streams[stream].storeAnew() }
    }

    /// Goes on in a stream from what an earlier life has stored.
    package mutating func resume(_ stream: Int, after checkpoint: Checkpoint) {
        streams[stream].resume(after: checkpoint)
    }

    /// Whether nothing of a stream is left that anybody would need: it is settled, and stored how far it came.
    package func isSpent(_ stream: Int) -> Bool {
        isIdle(stream) && streams[stream].span == 0 && !streams[stream].isUnstored
    }
}
