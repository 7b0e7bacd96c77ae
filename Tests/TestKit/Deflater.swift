import CDeflate

/// zlib's encoder, as servers use it.
public final class Deflater {
    /// What stands around the compressed data.
    public enum Format: Sendable, CaseIterable {
        case gzip
        case zlib
        case raw
    }

    private let stream: UnsafeMutablePointer<z_stream>

    /// - Parameter level: from 1, the fastest, to 9.
    public init(_ format: Format = .gzip, level: CInt = 6) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let bits: CInt =
            switch format {
            case .gzip: 31
            case .zlib: 15
            case .raw: -15
            }
        let status = deflateInit2_(
            stream, level, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK)
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// Compresses more; what comes out, perhaps nothing, unless it is flushed.
    public func add(_ bytes: [UInt8], flush: Bool = false) -> [UInt8] {
        run(bytes, flush ? Z_SYNC_FLUSH : Z_NO_FLUSH)
    }

    /// The same for a text.
    public func add(_ text: String, flush: Bool = false) -> [UInt8] { add(Array(text.utf8), flush: flush) }

    /// The rest, with the trailer.
    public func finish() -> [UInt8] { run([], Z_FINISH) }

    /// All at once.
    public static func whole(_ text: String, _ format: Format = .gzip) -> [UInt8] {
        let deflater = Deflater(format)
        return deflater.add(text) + deflater.finish()
    }

    private func run(_ bytes: [UInt8], _ flush: CInt) -> [UInt8] {
        var bytes = bytes
        var result: [UInt8] = []
        bytes.withUnsafeMutableBufferPointer { input in
            stream.pointee.next_in = input.baseAddress
            stream.pointee.avail_in = CUnsignedInt(input.count)
            repeat {
                let piece = [UInt8](unsafeUninitializedCapacity: 64 << 10) { room, count in
                    stream.pointee.next_out = room.baseAddress
                    stream.pointee.avail_out = CUnsignedInt(room.count)
                    _ = deflate(stream, flush)
                    count = room.count - Int(stream.pointee.avail_out)
                }
                result += piece
            } while stream.pointee.avail_out == 0
        }
        return result
    }
}
