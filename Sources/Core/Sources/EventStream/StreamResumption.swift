import EventSource
import Locking
import Logging
import NIOCore
import Pipeline

/// Tells the client where a stream goes on, and says what became of it.
final class StreamResumption: EventStreamResumption {
    private let stream: String
    private let intake: StreamIntake
    private let logger: Logger
    private let wasAskedWithoutID = Locked(false)

    init(of stream: String, _ intake: StreamIntake, logger: Logger) {
        self.stream = stream
        self.intake = intake
        self.logger = logger
    }

    /// Whether the last connection was asked for without an ID because there was none to ask with.
    var hadNoID: Bool { wasAskedWithoutID.withLock { $0 } }

    func lastEventIDs() async -> [ByteBuffer] {
        do {
            return try await intake.resumptionIDs()
        } catch {
            // A receiver that is to end, or is not heard any more, asks no server for anything. The client asks here in the
            // receiver's own task.
            withUnsafeCurrentTask { $0?.cancel() }
            return []
        }
    }

    func opened(after id: ByteBuffer, refused: [ByteBuffer]) async {
        intake.connected(after: id, refused: refused)
        wasAskedWithoutID.withLock { $0 = id.readableBytes == 0 && refused.isEmpty }
        guard let position = refused.first else { return }
        let instead = id.readableBytes > 0 ? "goes on after \(id.shown)" : "goes on without an id"
        logger.warning(
            """
            stream \(stream): the server does not take its position \(position.shown) any more, it \(instead); \
            what was sent in between may be missed
            """, metadata: ["message_id": "stream-gap"])
    }
}
