public import NIOCore

/// Says, before each connection, where the stream is to go on, and hears what became of it.
///
/// By the standard a client asks with the last event ID that it has parsed. Who keeps books of what has been *done* with the
/// events knows better, and gives an object of this kind as ``EventSourceConfiguration/resumption``.
public protocol EventStreamResumption: Sendable {
    /// The event IDs to ask the server with, the most wanted first. None, or an empty one: without an ID.
    func lastEventIDs() async -> [ByteBuffer]

    /// A connection is open that was asked for with `id` (empty: without one).
    ///
    /// - Parameter refused: the IDs that the server would not take any more, in the order in which they were tried.
    func opened(after id: ByteBuffer, refused: [ByteBuffer]) async
}

/// Which IDs a server refuses: a pure value, without a clock.
///
/// A server that has forgotten an ID may answer with an error for ever, and one that is being deployed does so for a while.
/// An ID is given up when a request without it is answered and one with it, right after, is not.
struct PositionTrials {
    /// The IDs that were given up since the last connection, in the order in which they were tried.
    var refused: [ByteBuffer] = []
    /// Since when there have been refusals that may be about the ID, but need not.
    private var refusedSince: Duration?
    private let patience: Duration?

    init(patience: Duration?) { self.patience = patience }

    /// The IDs that are worth a try, of those wanted: a header can hold them, and they were not refused.
    func candidates(of ids: [ByteBuffer]) -> [ByteBuffer] {
        var candidates: [ByteBuffer] = []
        for id in ids {
            // Whoever is content without an ID wants none of those after it.
            if id.readableBytes == 0 { break }
            guard !refused.contains(id), !candidates.contains(id), isFieldValue(String(repairing: id)) else { continue }
            candidates.append(id)
        }
        return candidates
    }

    /// Whether a status can be the answer to an ID.
    static func isAboutPosition(_ status: Int?) -> Bool {
        switch status {
        case 412, 416, 431, 400, 404, 410: true
        default: false
        }
    }

    /// Notes a refusal, and tells whether it is time to find out what is refused.
    mutating func mayBeRefused(_ status: Int?, at now: Duration, answersWithoutID: Bool) -> Bool {
        guard let patience, Self.isAboutPosition(status) else {
            // What was refused long ago, with other trouble since, says nothing about how long it has been.
            refusedSince = nil
            return false
        }
        let since = refusedSince ?? now
        refusedSince = since
        if answersWithoutID { return true }
        switch status {
        // These can hardly mean anything else.
        case 412, 416, 431: return true
        default: return now - since >= patience
        }
    }

    /// There was no connection without an ID either: it is not known any more what was refused.
    mutating func forget() { refused = [] }

    /// A connection is open.
    mutating func reset() {
        refused = []
        refusedSince = nil
    }
}
