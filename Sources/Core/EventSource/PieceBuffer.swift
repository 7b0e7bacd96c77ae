import NIOCore

/// Gathers bytes that lie in one piece in no chunk: a line that a chunk's end cuts, or the data of several lines.
///
/// One piece is gathered at a time, behind the one before it in the same block, and is handed out as a slice of the block. So
/// many pieces share one allocation, and when nobody holds any of them, the next ones take their place.
///
/// **Why the writes are safe.** They go by a pointer past `ByteBuffer`'s copy-on-write, which would copy the whole block
/// as soon as one slice of it is held somewhere. They go only to `end...`, which was never part of a slice, so that nobody
/// else reads or writes there: who holds a slice and changes it gets a copy, because we hold the block, too. Two buffers that write
/// to the same block would break that, so a copy of a parser has to begin its own: ``leaveBlock()``. `memory` is the block's,
/// which stays where it is until ``makeRoom(for:)`` changes it. To ask the block for it each time would cost more than
/// to copy a short line.
///
/// It can be handed to another thread as a parser can: who writes is the only one who has it.
struct PieceBuffer: @unchecked Sendable {
    /// What an event of a few hundred bytes may pin. A larger piece has a block of its own.
    static let largestBlock = 16 << 10

    /// All of its capacity counts as readable, so that it can be sliced anywhere.
    private var block = ByteBuffer()
    private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private var start = 0
    private var end = 0
    private var isHandedOut = false

    /// The bytes of the piece.
    var count: Int { end &- start }

    /// The bytes that are held for it and the pieces beside it.
    var capacity: Int { memory.count }

    /// The piece, until something is added.
    @inline(__always)
    func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(rebasing: memory[start..<end]))
    }

    /// Adds bytes to the piece.
    @inline(__always)
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        if memory.count &- end < bytes.count { makeRoom(for: bytes.count) }
        write(bytes)
    }

    /// Adds an LF, and then `bytes`.
    ///
    /// - Parameter readable: how many bytes can be read from the first one on. If there are enough of them, a short line is
    ///   copied with what follows it, which costs less than to copy so many bytes and no more.
    @inline(__always)
    mutating func append(line bytes: UnsafeRawBufferPointer, readable: Int) {
        if memory.count &- end <= bytes.count { makeRoom(for: bytes.count + 1) }
        guard let target = memory.baseAddress else { return }
        target.storeBytes(of: .lineFeed, toByteOffset: end, as: UInt8.self)
        end &+= 1
        if bytes.count <= 64, readable >= 64, memory.count &- end >= 64, let source = bytes.baseAddress {
            target.storeBytes(
                of: source.loadUnaligned(as: SIMD64<UInt8>.self), toByteOffset: end, as: SIMD64<UInt8>.self)
            end &+= bytes.count
        } else {
            write(bytes)
        }
    }

    @inline(__always)
    private mutating func write(_ bytes: UnsafeRawBufferPointer) {
        UnsafeMutableRawBufferPointer(rebasing: memory[end...]).copyMemory(from: bytes)
        end &+= bytes.count
    }

    /// A part of the piece as a slice, which keeps the block alive.
    mutating func slice(at offset: Int, count: Int) -> ByteBuffer {
        isHandedOut = true
        // It lies within the block, so the fallback is never taken.
        return block.getSlice(at: start + offset, length: count) ?? ByteBuffer()
    }

    /// Begins a new piece. Of the last one only what was handed out stays.
    @inline(__always)
    mutating func next() {
        if isHandedOut { start = end } else { end = start }
        isHandedOut = false
        // Who holds a large piece should be the only one.
        if memory.count > Self.largestBlock { self = PieceBuffer() }
    }

    /// Lets others have the block, and goes on with the piece in one of its own.
    mutating func leaveBlock() {
        let old = self
        self = PieceBuffer()
        old.withBytes { append($0) }
    }

    @inline(never)
    private mutating func makeRoom(for more: Int) {
        let needed = count + more
        // Twice as much each time: linear in the bytes for a long piece, and for a slow stream no more than it needs.
        let capacity = max(needed, 2 * memory.count, 1 << 10)
        if start == 0 {
            // Nothing of this block was handed out, so that nobody shares it.
            block.reserveCapacity(capacity)
        } else if count == 0 {
            // The same block again if all pieces were let go of, else a new one.
            block.clear(minimumCapacity: max(needed, min(capacity, Self.largestBlock)))
        } else {
            var next = ByteBufferAllocator().buffer(capacity: max(needed, min(capacity, Self.largestBlock)))
            withBytes { _ = next.writeBytes($0) }
            block = next
        }
        end -= start
        start = 0
        block.moveWriterIndex(to: block.capacity)
        memory = block.withUnsafeReadableBytes { UnsafeMutableRawBufferPointer(mutating: $0) }
    }
}
