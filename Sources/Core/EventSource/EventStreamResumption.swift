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
