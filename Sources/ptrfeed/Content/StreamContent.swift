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

/// Which messages of the feed are kill messages, `{"message": panic}`.
///
/// The messages of both streams are numbered alternately (stream 1's p-th is 2p − 1, stream 2's is 2p), and every
/// `every`-th number is a kill, so the first n messages hold exactly ⌊n / every⌋ of them however fast either stream
/// runs. With an even `every` all those numbers belong to stream 2; then the pair of messages takes turns: odd kills
/// fall to stream 1, even ones to stream 2.
struct KillSchedule: Equatable, Sendable {
    /// 0 for none.
    let every: Int
    /// How many messages both streams send in total; nil when the feed is endless.
    let total: Int?

    func isKill(stream: Int, position: Int) -> Bool {
        guard every > 0 else { return false }
        let second = 2 * position
        guard every.isMultiple(of: 2) else {
            return (stream == 1 ? second - 1 : second).isMultiple(of: every)
        }
        guard second.isMultiple(of: every) else { return false }
        if (second / every).isMultiple(of: 2) { return stream == 2 }
        // Stream 1 stands in for number `second`; where the feed ends just before that number, there is no kill to
        // stand in for.
        return stream == 1 && second <= total ?? .max
    }
}
