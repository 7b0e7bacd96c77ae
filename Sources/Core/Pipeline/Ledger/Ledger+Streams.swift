/// Streams that come and go while messages flow.
extension Ledger {
    /// The place of the stream that has this name.
    func index(of name: String) -> Int? { streams.firstIndex { $0.name.name == name && !$0.isSuperseded } }

    /// Gives a place, a new one or one that nothing is left of, to a stream.
    mutating func begin(_ stream: StreamLedger) {
        if stream.name.index == streams.count {
            streams.append(stream)
            window.addStream()
            held.addStream()
        } else {
            streams[stream.name.index] = stream
        }
    }

    /// Whether nothing of a stream is left that anybody would need: it is settled, and stored how far it came.
    func isSpent(_ stream: Int) -> Bool {
        isIdle(stream) && streams[stream].span == 0 && streams[stream].unstoredCheckpoint == nil
    }
}
