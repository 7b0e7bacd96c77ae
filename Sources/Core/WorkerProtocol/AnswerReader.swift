public import NIOCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Takes what a worker writes, in pieces of any size, and gives its answers one after another.
///
/// It holds no more than one answer, and that only if the answer lies in several pieces.
public struct AnswerReader: Sendable {
    private let framing: Framing
    private let maximumBytes: Int
    private var chunk = ByteBuffer()
    /// The beginning of an answer whose end has not come.
    private var begun: [UInt8] = []

    /// Makes one.
    ///
    /// - Parameter maximumAnswerBytes: of an answer, without its line end or its length.
    public init(framing: Framing, maximumAnswerBytes: Int = 1 << 20) {
        self.framing = framing
        maximumBytes = max(maximumAnswerBytes, 1)
    }

    /// Takes what has come, once ``next()`` has given all that was in what came before.
    public mutating func take(_ chunk: ByteBuffer) {
        precondition(self.chunk.readableBytes == 0, "what came before has not been read")
        self.chunk = chunk
    }

    /// The next answer; nil: the rest of it has not come yet. After a fault, nothing is left of what came before it.
    public mutating func next() throws(ProtocolFault) -> WorkerAnswer? {
        do throws(ProtocolFault) {
            let answer =
                switch framing {
                case .lines: try nextLine()
                case .length: try nextWithLength()
                }
            // Nobody is to hold a whole read for the sake of nothing.
            if chunk.readableBytes == 0 { chunk = ByteBuffer() }
            return answer
        } catch {
            (chunk, begun) = (ByteBuffer(), [])
            throw error
        }
    }

    /// Says that nothing more will come, once ``next()`` has given all.
    public func finish() throws(ProtocolFault) {
        guard !begun.isEmpty else { return }
        let unit = framing == .lines ? "the line has no end" : "its bytes are less than its length says"
        throw ProtocolFault(
            "it ended with half an answer, \(begun.count) bytes of which came (\(unit))", quoting: begun.span,
            mend: framing == .lines ? #"end each answer with "\n", and flush it before the end"# : Mend.length)
    }

    // MARK: Lines

    private mutating func nextLine() throws(ProtocolFault) -> WorkerAnswer? {
        guard chunk.readableBytes > 0 else { return nil }
        guard let length = chunk.bytesBeforeLineFeed else {
            try checkSize(begun.count + chunk.readableBytes, isWhole: false)
            begun.append(contentsOf: chunk.readableBytesView)
            chunk = ByteBuffer()
            return nil
        }
        try checkSize(begun.count + length, isWhole: true)
        defer { chunk.moveReaderIndex(forwardBy: length + 1) }
        guard begun.isEmpty else {
            begun.append(contentsOf: chunk.readableBytesView.prefix(length))
            return try readBegun(from: 0)
        }
        return try AnswerParser.parse(chunk.readableBytesUInt8Span.extracting(first: length))
    }

    /// Reads what was gathered, from a place on.
    private mutating func readBegun(from start: Int) throws(ProtocolFault) -> WorkerAnswer {
        defer { begun.removeAll(keepingCapacity: begun.capacity <= 1 << 16) }
        return try AnswerParser.parse(begun.span.extracting(droppingFirst: start))
    }

    // MARK: With its length

    private mutating func nextWithLength() throws(ProtocolFault) -> WorkerAnswer? {
        guard chunk.readableBytes > 0 else { return nil }
        if begun.isEmpty, let length = chunk.getInteger(at: chunk.readerIndex, as: UInt32.self) {
            try checkLength(length)
            if chunk.readableBytes >= 4 + Int(length) {
                defer { chunk.moveReaderIndex(forwardBy: 4 + Int(length)) }
                return try AnswerParser.parse(
                    chunk.readableBytesUInt8Span.extracting(4..<4 + Int(length)))
            }
        }
        if begun.count < 4 { gather(upTo: 4) }
        guard begun.count >= 4 else { return nil }
        let length = begun[0..<4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        try checkLength(length)
        gather(upTo: 4 + Int(length))
        return begun.count == 4 + Int(length) ? try readBegun(from: 4) : nil
    }

    private mutating func gather(upTo count: Int) {
        let bytes = chunk.readSlice(length: min(count - begun.count, chunk.readableBytes)) ?? ByteBuffer()
        begun.append(contentsOf: bytes.readableBytesView)
    }

    // MARK: Limits

    private func checkSize(_ size: Int, isWhole: Bool) throws(ProtocolFault) {
        guard size > maximumBytes else { return }
        let some = begun.isEmpty ? Array(chunk.readableBytesView.prefix(1 + ProtocolFault.mostQuotedBytes)) : begun
        throw ProtocolFault(
            "an answer of \(isWhole ? "" : "more than ")\(isWhole ? size : maximumBytes) bytes is too large",
            quoting: some.span, mend: isWhole ? Mend.size : "end each answer with \"\\n\", or \(Mend.size)")
    }

    private func checkLength(_ length: UInt32) throws(ProtocolFault) {
        guard length > maximumBytes || length == 0 else { return }
        var some = begun
        some.append(contentsOf: chunk.readableBytesView.prefix(1 + ProtocolFault.mostQuotedBytes))
        guard length > 0 else { throw ProtocolFault("an answer of no bytes", quoting: some.span, mend: Mend.length) }
        // What is text has been written without its length.
        let isText = withUnsafeBytes(of: length.bigEndian) { $0.allSatisfy { 0x20..<0x7F ~= $0 || $0 == 0x0A } }
        throw ProtocolFault(
            "an answer of \(length) bytes is too large", quoting: some.span, mend: isText ? Mend.length : Mend.size)
    }
}

extension Mend {
    static let size = "answer with less, or raise max_answer_bytes"
    static let length =
        #"with framing = "length" each answer has its length before it, 32 bits, big-endian; print to stderr"#
}

extension ByteBuffer {
    fileprivate var bytesBeforeLineFeed: Int? {
        withUnsafeReadableBytes { bytes in
            guard let start = bytes.baseAddress, let place = memchr(start, 0x0A, bytes.count) else { return nil }
            return UnsafeRawPointer(place) - start
        }
    }
}
