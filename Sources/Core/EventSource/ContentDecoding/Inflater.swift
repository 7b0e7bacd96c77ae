import CDeflate

/// zlib's decoder. It keeps the address of its stream, which therefore has memory of its own.
final class Inflater {
    /// What stands around the compressed data.
    enum Format {
        case gzip
        case zlib
        /// Nothing: no header, no checksum.
        case raw

        /// zlib's way to say it, together with the largest window.
        fileprivate var windowBits: CInt {
            switch self {
            case .gzip: 15 + 16
            case .zlib: 15
            case .raw: -15
            }
        }
    }

    /// How it stands after a step.
    enum Outcome {
        /// It wants more input, or more room.
        case goesOn
        /// The data is complete, and its checksum fits.
        case ended
        /// Why it cannot be decoded.
        case failed(String)
    }

    private let stream: UnsafeMutablePointer<z_stream>
    /// Whether the last block is over; a checksum may follow.
    private var isComplete = false
    /// Whether what came ends with a flush.
    private var isFlushed = false
    /// Whether nothing is missing of what was compressed so far, though the checksum may be.
    var isAtEnd: Bool { isComplete || isFlushed }

    init(_ format: Format) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // Without memory for its state, which is all that can be missing, each step fails.
        _ = inflateInit2_(stream, format.windowBits, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size))
    }

    deinit {
        inflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// Makes ready for data of the same format, with nothing before it.
    func reset() {
        inflateReset(stream)
        (isComplete, isFlushed) = (false, false)
    }

    /// Decodes as much as there is input and room for.
    func decode(
        _ input: UnsafeRawBufferPointer, into room: UnsafeMutableRawBufferPointer
    ) -> (read: Int, written: Int, outcome: Outcome) {
        // zlib counts in 32 bits.
        let readable = CUnsignedInt(clamping: input.count)
        let writable = CUnsignedInt(clamping: room.count)
        // Read only, whatever the type says.
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: input.baseAddress?.assumingMemoryBound(to: Bytef.self))
        stream.pointee.avail_in = readable
        stream.pointee.next_out = room.baseAddress?.assumingMemoryBound(to: Bytef.self)
        stream.pointee.avail_out = writable
        // It returns behind each block, too, so that the end of the last one is seen where no checksum follows.
        let status = inflate(stream, Z_BLOCK)
        if readable > 0 || writable > stream.pointee.avail_out { notePlace() }
        defer { (stream.pointee.next_in, stream.pointee.next_out) = (nil, nil) }
        let outcome: Outcome =
            switch status {
            // The last one: no input, or no room.
            case Z_OK, Z_BUF_ERROR: .goesOn
            case Z_STREAM_END: .ended
            case Z_NEED_DICT: .failed("it needs a dictionary")
            case Z_DATA_ERROR: .failed(words)
            default: .failed("there is no memory to decode it in")
            }
        return (Int(readable - stream.pointee.avail_in), Int(writable - stream.pointee.avail_out), outcome)
    }

    /// Looks where it stands.
    private func notePlace() {
        // How many bits of the last byte are not used yet; 64 within the last block or behind it; 128 behind a block.
        let place = stream.pointee.data_type
        let (isLast, isBehind) = (place & 64 != 0, place & 128 != 0)
        if isLast, isBehind { isComplete = true }
        // It fills up its byte.
        isFlushed = isBehind && place & 63 == 0
    }

    /// zlib's complaint, for a person.
    private var words: String {
        let complaint = stream.pointee.msg.map { String(cString: $0) } ?? "it cannot be decoded"
        return switch complaint {
        case "incorrect data check": "its checksum is wrong"
        case "incorrect length check": "its length is wrong"
        case "incorrect header check", "unknown compression method": "it does not begin as it should"
        default: complaint
        }
    }
}
