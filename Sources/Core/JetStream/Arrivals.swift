import Glibc
import NIOCore

/// Messages as they come, one after another in a few blocks of memory: none of them costs an allocation, or is looked into before the
/// batch is handed on.
struct Arrivals {
    private struct Place {
        var block: Int
        var start: Int
        /// With the zero behind it.
        var reply: Int
        var subject: Int
        var head: Int
        var payload: Int
    }

    /// So large a block becomes, unless one message alone needs more.
    private static let blockBytes = 256 << 10

    private var blocks: [ByteBuffer] = []
    private var places: [Place] = []

    var isEmpty: Bool { places.isEmpty }
    var count: Int { places.count }

    /// Takes one. Returns the bytes that it takes of a grant.
    mutating func add(
        _ subject: UnsafePointer<CChar>, reply: UnsafePointer<CChar>, head: UnsafeRawBufferPointer,
        payload: UnsafeRawBufferPointer
    ) -> Int {
        let (replyBytes, subjectBytes) = (strlen(reply) + 1, strlen(subject))
        let count = replyBytes + subjectBytes + head.count + payload.count
        if blocks.isEmpty || blocks[blocks.count - 1].writerIndex + count > Self.blockBytes {
            blocks.append(ByteBufferAllocator().buffer(capacity: blocks.isEmpty ? count : max(count, Self.blockBytes)))
        }
        let block = blocks.count - 1
        places.append(
            Place(
                block: block, start: blocks[block].writerIndex, reply: replyBytes, subject: subjectBytes,
                head: head.count, payload: payload.count))
        blocks[block].writeBytes(UnsafeRawBufferPointer(start: reply, count: replyBytes))
        blocks[block].writeBytes(UnsafeRawBufferPointer(start: subject, count: subjectBytes))
        blocks[block].writeBytes(head)
        blocks[block].writeBytes(payload)
        return count - 1
    }

    /// All of them, and there are none any more.
    ///
    /// - Parameter prefix: see ``AckSubject``.
    mutating func take(prefix: inout AckPrefix?) -> [PulledMessage] {
        var messages: [PulledMessage] = []
        messages.reserveCapacity(places.count)
        for place in places {
            let reply = blocks[place.block].withUnsafeReadableBytes { bytes in
                // It lies there with its zero.
                AckSubject((bytes.baseAddress! + place.start).assumingMemoryBound(to: CChar.self), known: prefix)
            }
            guard let reply,
                let bytes = blocks[place.block].getSlice(
                    at: place.start + place.reply, length: place.subject + place.head + place.payload)
            else { continue }
            prefix = reply.prefix ?? prefix
            messages.append(
                PulledMessage(
                    reply: reply, replyBytes: place.reply - 1, bytes: bytes, subjectBytes: place.subject,
                    headBytes: place.head))
        }
        places.removeAll(keepingCapacity: true)
        // Their slices are on their way.
        blocks = []
        return messages
    }
}
