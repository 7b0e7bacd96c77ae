import Foundation
import NIOCore
import Testing

@testable import ptrfeed

/// An event as a test looks at it.
struct ReceivedEvent: Sendable {
    /// Everything from the event's first byte to the blank line that dispatches it.
    let raw: String
    let data: String

    var isKill: Bool { data == #"{"message": panic}"# }

    /// The `id` field's number.
    var id: Int? {
        raw.split(separator: "\n").first { $0.hasPrefix("id: ") }.flatMap { Int($0.dropFirst(4)) }
    }

    /// The place the tweet's own id stands for; nil for a kill message.
    var tweetID: TweetID? {
        guard let start = data.range(of: #""id_str":""#)?.upperBound else { return nil }
        return UInt64(data[start...].prefix(TweetID.digits)).flatMap { TweetID($0) }
    }

    /// The payload's `message`, by Foundation's parser.
    func message() throws -> [String: Any] {
        let object = try JSONSerialization.jsonObject(with: Data(data.utf8))
        return try #require((object as? [String: Any])?["message"] as? [String: Any])
    }

    /// Takes one whole event, one with data, off the front of a buffer; comments before it are dropped.
    static func read(from buffer: inout ByteBuffer) -> ReceivedEvent? {
        let found: (event: ReceivedEvent, end: Int)? = buffer.withUnsafeReadableBytes { bytes in
            var data: Range<Int>?
            var start = 0
            while let end = lineEnd(in: bytes, from: start) {
                if end == start, let data {
                    let raw = String(decoding: bytes[...end], as: UTF8.self)
                    return (ReceivedEvent(raw: raw, data: String(decoding: bytes[data], as: UTF8.self)), end + 1)
                }
                if bytes[start..<end].starts(with: "data: ".utf8) { data = start + 6..<end }
                start = end + 1
            }
            return nil
        }
        guard let found else { return nil }
        buffer.moveReaderIndex(forwardBy: found.end)
        return found.event
    }

    /// By `memchr`, since a generic search takes seconds for some megabytes in a debug build.
    private static func lineEnd(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let base = bytes.baseAddress, start < bytes.count else { return nil }
        return memchr(base + start, 0x0A, bytes.count - start).map { UnsafeRawPointer($0) - base }
    }

    static func all(in buffer: ByteBuffer) -> [ReceivedEvent] {
        var buffer = buffer
        var events: [ReceivedEvent] = []
        while let event = read(from: &buffer) { events.append(event) }
        return events
    }
}

extension TweetID {
    /// The place an id stands for; nil when no stream of the feed could have sent it.
    init?(_ value: UInt64) {
        let base: UInt64 = 1_500_000_000_000_000_000
        guard value > base else { return nil }
        let (stream, position) = (value - base).quotientAndRemainder(dividingBy: 100_000_000_000_000)
        guard (1...2).contains(stream), position > 0 else { return nil }
        self.init(stream: Int(stream), position: Int(position))
    }
}
