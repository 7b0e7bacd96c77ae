import NIOCore

/// What one stream says at each position, as bytes on the wire.
struct StreamContent: Sendable {
    /// Where the messages come from.
    enum Source: Sendable {
        /// A tweet of its own for each position.
        case tweets(TweetGenerator)
        /// Tweets rendered ahead, whose texts repeat.
        case block(TweetBlock)
        /// The events of a recorded stream, framing and all.
        case capture(Capture)
    }

    /// How a message becomes an event.
    enum Framing: Sendable {
        /// The course feed's: a quoted event name, and a blank line before the data.
        case course
        /// The standard's, with the position as the event's id.
        case ids
    }

    let stream: Int
    let source: Source
    let framing: Framing
    let kills: KillSchedule

    /// The mean size of an event, roughly, in bytes; at least one.
    var averageBytes: Int {
        switch source {
        case .tweets: Self.typicalTweetBytes
        case .block(let block):
            // With a kill every second message or so, the mean is a good deal below a tweet's size.
            kills.every == 0 ? block.averageBytes : max(64, block.averageBytes * (kills.every - 1) / kills.every)
        case .capture(let capture): max(1, capture.averageBytes)
        }
    }

    /// Whether a comment may follow the last event without becoming part of it.
    var endsBetweenEvents: Bool {
        if case .capture(let capture) = source { capture.isTerminated } else { true }
    }

    /// Appends the event of one position (from 1).
    ///
    /// - Parameter ticks: the time of sending, in ticks of 100 µs.
    func writeEvent(position: Int, ticks: UInt64, to buffer: inout ByteBuffer) {
        if case .capture(let capture) = source {
            capture.write(position: position, to: &buffer)
            return
        }
        switch framing {
        case .course:
            buffer.writeStaticString("event: \"message\"\n\ndata: ")
        case .ids:
            buffer.write("id: \(position)\ndata: ")
        }
        if kills.isKill(stream: stream, position: position) {
            buffer.writeStaticString(#"{"message": panic}"#)
        } else {
            switch source {
            case .tweets(let generator):
                generator.writeMessage(TweetID(stream: stream, position: position), ticks: ticks, to: &buffer)
            case .block(let block):
                block.writeMessage(position: position, ticks: ticks, to: &buffer)
            case .capture:
                break
            }
        }
        buffer.writeStaticString("\n\n")
    }

    static let typicalTweetBytes = 2200
}
