public import NIOCore

/// Undoes the compression of one body, piece by piece, at the pace of whoever takes the pieces.
///
/// What came is kept as it came, and decoded to no more than ``longestPiece`` at once, so the memory is bounded whatever the
/// data says it is. All that can be decoded of what came is: an event that a server has flushed is there at once.
///
/// ``EventSource`` has one for each connection that needs it. It is here for who has a client of another kind for
/// ``EventStreamParser``.
///
/// ```swift
/// decoder.take([chunk])
/// while let piece = try decoder.next() { try parser.parse(piece, into: &events) }
/// ```
public final class ContentDecoder {
    /// The most bytes that are decoded at once.
    public static let longestPiece = 64 << 10
    /// Nothing that is worth reading decodes to more than this many times its bytes, over ``window``. Deflate can do 1,032 times,
    /// which is a few bytes for ever: what repeats itself after five bytes or more, such as the same event, can do 688 times.
    static let highestRatio = 1000
    /// After so many decoded bytes the ratio is looked at. An event of the largest usual size may be nothing but spaces.
    static let window = 16 << 20

    /// Why nothing more can be decoded.
    public enum Fault: Error, Sendable, Hashable {
        /// For the reason given.
        case corrupted(String)
        /// It decodes to so much that it can only be meant to do harm.
        case bomb
    }

    private enum State {
        /// It is not known yet what the body looks like.
        case starting
        case within(Inflater)
        /// A member of gzip has ended; another may follow.
        case between(Inflater)
        /// The end; nothing may follow.
        case ended
    }

    private let coding: ContentCoding
    private var state = State.starting
    /// What came and is not decoded, from `first` on.
    private var chunks: [ByteBuffer] = []
    private var first = 0
    /// The last piece was full, so that zlib may hold more.
    private var holdsBack = false
    /// What came is too little to begin with.
    private var isShort = false
    private var fault: Fault?
    /// Since the ratio was looked at last.
    private var (read, written) = (0, 0)

    /// Begins with the body.
    public init(_ coding: ContentCoding) { self.coding = coding }

    /// Whether ``next()`` has something to say without more input.
    public var hasMore: Bool { fault != nil || holdsBack || (first < chunks.count && !isShort) }

    /// Takes over what came.
    public func take(_ chunks: [ByteBuffer]) {
        self.chunks += chunks
        isShort = false
    }

    /// The next piece, which is not empty; `nil`: nothing before more has come. What was decoded before a fault comes before the
    /// fault.
    public func next() throws(Fault) -> ByteBuffer? {
        if let fault { throw fault }
        guard hasMore else { return nil }
        var piece = ByteBufferAllocator().buffer(capacity: Self.longestPiece)
        piece.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.longestPiece) { room in
            decode(into: UnsafeMutableRawBufferPointer(rebasing: room.prefix(Self.longestPiece)))
        }
        if let fault, piece.readableBytes == 0 { throw fault }
        guard piece.readableBytes > 0 else { return nil }
        // An event may be kept for long, and keeps its piece.
        return piece.readableBytes * 2 > Self.longestPiece ? piece : ByteBuffer(bytes: piece.readableBytesView)
    }

    /// What is wrong with a body that ends here.
    public var faultAtEnd: Fault? {
        if let fault { return fault }
        switch state {
        case .starting where chunks.isEmpty: return nil
        // Some servers leave out the checksum, and some do not even say that it ends.
        case .within(let inflater) where inflater.isAtEnd: return nil
        case .between, .ended: return nil
        case .starting, .within: return .corrupted("it ends too early")
        }
    }

    /// Returns how many bytes were written.
    private func decode(into room: UnsafeMutableRawBufferPointer) -> Int {
        var count = 0
        holdsBack = false
        repeat {
            let chunk = first < chunks.count ? chunks[first] : ByteBuffer()
            let rest = UnsafeMutableRawBufferPointer(rebasing: room[count...])
            let step = chunk.withUnsafeReadableBytes { self.step($0, into: rest) }
            if first < chunks.count {
                chunks[first].moveReaderIndex(forwardBy: step.read)
                if chunks[first].readableBytes == 0 { first += 1 }
            }
            count += step.written
            weigh(step.read, step.written)
        } while fault == nil && !isShort && count < room.count && first < chunks.count
        holdsBack = fault == nil && count == room.count
        if first == chunks.count {
            chunks.removeAll(keepingCapacity: true)
            first = 0
        }
        return count
    }

    private func step(
        _ input: UnsafeRawBufferPointer, into room: UnsafeMutableRawBufferPointer
    ) -> (read: Int, written: Int) {
        switch state {
        case .starting:
            if let format { state = .within(Inflater(format)) } else { isShort = true }
        case .within(let inflater):
            let (read, written, outcome) = inflater.decode(input, into: room)
            switch outcome {
            case .goesOn where read == 0 && written == 0 && !input.isEmpty: fault = .corrupted("it cannot be decoded")
            case .goesOn: break
            case .ended: state = coding == .gzip ? .between(inflater) : .ended
            case .failed(let reason): fault = .corrupted(reason)
            }
            return (read, written)
        // Padding.
        case .between where input.first == 0, .ended where input.first == 0:
            return (input.firstIndex { $0 != 0 } ?? input.count, 0)
        case .between(let inflater) where !input.isEmpty:
            inflater.reset()
            state = .within(inflater)
        case .ended where !input.isEmpty:
            fault = .corrupted("more comes behind its end")
        case .between, .ended:
            break
        }
        return (0, 0)
    }

    /// What the body looks like. That of `deflate` shows by its first two bytes, which may come one by one: zlib's header, which no
    /// raw data begins with, unless it has ones where encoders fill up with zeros.
    private var format: Inflater.Format? {
        guard coding == .deflate else { return .gzip }
        var head = chunks[first...].lazy.flatMap(\.readableBytesView).makeIterator()
        guard let method = head.next(), let flags = head.next() else { return nil }
        let isHeader = method & 0x0F == 8 && method >> 4 <= 7 && (Int(method) << 8 | Int(flags)) % 31 == 0
        return isHeader ? .zlib : .raw
    }

    /// Looks at the ratio of what came and what it has become.
    private func weigh(_ read: Int, _ written: Int) {
        self.read += read
        self.written += written
        guard self.written >= Self.window else { return }
        if self.written > self.read * Self.highestRatio, fault == nil { fault = .bomb }
        (self.read, self.written) = (0, 0)
    }
}
