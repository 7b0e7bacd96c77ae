import NIOCore

/// Tweets rendered ahead for the flood. Sending one is a copy and three numbers put in place, since ids and timestamps
/// have a fixed width.
///
/// Position p has the text of position ((p − 1) mod capacity) + 1 and an identity of its own. At about 1.1 MB the whole
/// block stays in the processor's cache.
struct TweetBlock: Sendable {
    static let capacity = 512

    private struct Slot: Sendable {
        let start: Int
        let length: Int
        let offsets: TweetGenerator.Offsets
    }

    private let bytes: ByteBuffer
    private let slots: [Slot]
    private let stream: Int

    /// The mean size of a message, in bytes.
    var averageBytes: Int { bytes.readableBytes / slots.count }

    init(stream: Int, generator: TweetGenerator) {
        var bytes = ByteBuffer()
        bytes.reserveCapacity(Self.capacity * 2300)
        var slots: [Slot] = []
        for position in 1...Self.capacity {
            let start = bytes.writerIndex
            let offsets = generator.writeMessage(TweetID(stream: stream, position: position), ticks: 0, to: &bytes)
            slots.append(Slot(start: start, length: bytes.writerIndex - start, offsets: offsets))
        }
        self.bytes = bytes
        self.slots = slots
        self.stream = stream
    }

    /// Appends the message of one position, as ``TweetGenerator/writeMessage(_:ticks:to:)`` does.
    func writeMessage(position: Int, ticks: UInt64, to buffer: inout ByteBuffer) {
        let slot = slots[(position - 1) % Self.capacity]
        let id = TweetID(stream: stream, position: position).value
        _ = bytes.withUnsafeReadableBytes { source in
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: slot.length) { target in
                target.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[slot.start..<slot.start + slot.length]))
                target.storeDecimal(id, width: TweetID.digits, at: slot.offsets.id)
                target.storeDecimal(id, width: TweetID.digits, at: slot.offsets.idString)
                target.storeDecimal(UnixTicks.bounded(ticks), width: UnixTicks.digits, at: slot.offsets.timestamp)
                return slot.length
            }
        }
    }
}
