public import NIOCore

/// Where a stream resumes: the id of the last event of its longest settled prefix.
///
/// A checkpoint never passes an unsettled message, so a restart reads again from there: at least once, where the server
/// supports `Last-Event-ID`.
public struct Checkpoint: Sendable, Hashable {
    /// The name of the stream, as in the configuration.
    public var stream: String
    /// The event id to resume after, as the server sent it. Empty: the server reset the id, so there is nothing to
    /// resume from.
    public var lastEventID: ByteBuffer

    /// Makes a checkpoint of one stream.
    public init(stream: String, lastEventID: ByteBuffer) {
        self.stream = stream
        self.lastEventID = lastEventID
    }
}

/// The internal seam behind which the state of a stream outlives the process.
///
/// Declared here, implemented by `Storage`. An implementation never blocks the cooperative pool.
public protocol StateStore: Sendable {
    /// The checkpoints of all streams, as the last life of the daemon left them.
    func checkpoints() async throws -> [Checkpoint]

    /// Stores dead letters, and the checkpoints that pass them, in one transaction: either all of it is stored or
    /// nothing.
    func commit(deadLetters: [DeadLetter], checkpoints: [Checkpoint]) async throws
}
