import NIOCore
import Synchronization

/// Events in memory of their own, in small blocks.
///
/// As the parser gives them, events are slices of what was read at once, up to half a MiB: the last one of a read that is
/// not settled would keep all of it in memory, and the limit on bytes in flight would mean little. Here the last one of a
/// block keeps 4 KiB, and the ledger counts the block until then. To copy costs less than what a message costs otherwise
/// by far, and takes one allocation for a block.
package struct PackedEvents {
    /// Memory that some events in a row share.
    struct Block {
        /// No two blocks have the same.
        package let number: UInt64
        /// What it holds in memory.
        package let bytes: Int
        /// The index of the first event that is not in it.
        package let end: Int
    }

    /// Of so many bytes a block is made, unless one event alone needs more.
    static let blockBytes = 4096

    /// The events, each as the message that it may become.
    private(set) var contents: [Message.Content] = []
    /// They hold all events, in order; without any, the events are counted by their own bytes.
    private(set) var blocks: [Block] = []

    private static let numbers = Atomic<UInt64>(0)

    /// Takes events as they are.
    package init(asTheyAre events: [Event]) {
        contents = events.map { Message.Content($0) }
    }

    package var events: [Event] { contents.map(\.event) }

    /// Copies events into blocks.
    package init(_ read: [Event]) {
        contents.reserveCapacity(read.count)
        // Looked at where they lie: a copy would retain all of their buffers.
        read.withUnsafeBufferPointer { pack($0) }
    }

    private mutating func pack(_ read: UnsafeBufferPointer<Event>) {
        var start = 0
        while start < read.count {
            var bytes = read[start].heldBytes
            guard bytes <= Self.blockBytes else {
                let (event, held) = Self.alone(read[start])
                contents.append(event)
                close(bytes: held)
                start += 1
                continue
            }
            var end = start + 1
            while end < read.count {
                // An id that goes on from the last event is there already.
                let more = read[end].heldBytes - (Self.inherits(end, read) ? read[end].idBytes : 0)
                guard bytes + more <= Self.blockBytes else { break }
                bytes += more
                end += 1
            }
            pack(read, start..<end, bytes: bytes)
            start = end
        }
    }

    private mutating func pack(_ read: UnsafeBufferPointer<Event>, _ range: Range<Int>, bytes: Int) {
        guard bytes > 0 else {
            for index in range {
                contents.append(read[index].with(id: nil, type: read[index].type.map { _ in ByteBuffer() }))
            }
            return close(bytes: 0)
        }
        var block = ByteBufferAllocator().buffer(capacity: bytes)
        block.writeWithUnsafeMutableBytes(minimumWritableBytes: bytes) { space in
            var count = 0
            for index in range {
                read[index].data.copy(to: space, &count)
                read[index].type?.copy(to: space, &count)
                if index == range.lowerBound || !Self.inherits(index, read) {
                    read[index].knownID?.copy(to: space, &count)
                }
            }
            return count
        }
        var id: ByteBuffer?
        for index in range {
            let data = Self.take(read[index].data.readableBytes, of: &block)
            let type = read[index].type.map { Self.take($0.readableBytes, of: &block) }
            if index == range.lowerBound || !Self.inherits(index, read) {
                id = read[index].knownID.map { Self.take($0.readableBytes, of: &block) }
            }
            contents.append(read[index].with(id: id, type: type, data: data))
        }
        close(bytes: block.storageCapacity)
    }

    /// Whether an event has the id of the one before it.
    private static func inherits(_ index: Int, _ read: UnsafeBufferPointer<Event>) -> Bool {
        read[index].idBytes == 0 ? read[index - 1].idBytes == 0 : read[index].knownID == read[index - 1].knownID
    }

    private static func take(_ count: Int, of block: inout ByteBuffer) -> ByteBuffer {
        // It was written there, so it can be read; and of nothing no slice is to be kept.
        count == 0 ? ByteBuffer() : block.readSlice(length: count) ?? ByteBuffer()
    }

    /// A large event. Its data stays where it is if it has that memory nearly for itself.
    private static func alone(_ event: Event) -> (Message.Content, bytes: Int) {
        let isRoomy = event.data.storageCapacity > 2 * event.data.readableBytes
        let data = isRoomy ? ByteBuffer(bytes: event.data.readableBytesView) : event.data
        let type = event.type.map { ByteBuffer(bytes: $0.readableBytesView) }
        let id = event.knownID.map { ByteBuffer(bytes: $0.readableBytesView) }
        let packed = event.with(id: id, type: type, data: data)
        return (packed, packed.event.storageBytes)
    }

    private mutating func close(bytes: Int) {
        let number = Self.numbers.wrappingAdd(1, ordering: .relaxed).newValue
        blocks.append(Block(number: number, bytes: bytes, end: contents.count))
    }
}

extension PackedEvents {
    /// The block that an event of this index lies in: an index of ``blocks``, or the end of them.
    func block(of event: Int) -> Int {
        var (low, high) = (0, blocks.count)
        while low < high {
            let middle = (low + high) / 2
            if blocks[middle].end <= event { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension Event {
    /// The same event in other memory.
    fileprivate func with(
        id: ByteBuffer?, type: ByteBuffer?, data: ByteBuffer = ByteBuffer()
    ) -> Message.Content {
        Message.Content(
            Event(
                knownID: id, hasOwnID: hasOwnID, type: type, data: data, receipt: receipt, identity: identity,
                standing: standing))
    }
}

extension ByteBuffer {
    /// Copies what is readable into a space that is large enough, behind so many bytes.
    fileprivate func copy(to space: UnsafeMutableRawBufferPointer, _ count: inout Int) {
        guard readableBytes > 0 else { return }
        withUnsafeReadableBytes { UnsafeMutableRawBufferPointer(rebasing: space[count...]).copyMemory(from: $0) }
        count += readableBytes
    }
}
