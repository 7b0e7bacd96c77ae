import NIOCore

/// Tweets rendered ahead for the flood. Sending one is a copy and three numbers put in place, since ids and timestamps
/// have a fixed width.
///
/// Position p has the text of position ((p − 1) mod capacity) + 1 and an identity of its own. At about 1.1 MB the whole
/// block stays in the processor's cache.
struct TweetBlock: Sendable {
    static let capacity = 512

    private let bytes: ByteBuffer
    /// Where each message begins, and, last, where the block ends.
    private let bounds: [Int]
    private let stream: Int

    /// The mean size of a message, in bytes.
    var averageBytes: Int { bytes.readableBytes / Self.capacity }

    init(stream: Int, generator: TweetGenerator) {
        var bytes = ByteBuffer()
        bytes.reserveCapacity(Self.capacity * 2300)
        var bounds = [0]
        for position in 1...Self.capacity {
            generator.writeMessage(TweetID(stream: stream, position: position), ticks: 0, to: &bytes)
            bounds.append(bytes.writerIndex)
        }
        self.bytes = bytes
        self.bounds = bounds
        self.stream = stream
    }

    /// Appends the message of one position, as ``TweetGenerator/writeMessage(_:ticks:to:)`` does.
    func writeMessage(position: Int, ticks: UInt64, to buffer: inout ByteBuffer) {
        let index = (position - 1) % Self.capacity
        let message = bounds[index]..<bounds[index + 1]
        let id = TweetID(stream: stream, position: position).value
        _ = bytes.withUnsafeReadableBytes { source in
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: message.count) { target in
                target.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[message]))
                target.storeDecimal(id, width: TweetID.digits, at: TweetGenerator.idOffset)
                target.storeDecimal(id, width: TweetID.digits, at: TweetGenerator.idStringOffset)
                target.storeDecimal(
                    UnixTicks.bounded(ticks), width: UnixTicks.digits, at: message.count - TweetGenerator.ticksFromEnd)
                return message.count
            }
        }
    }
}
