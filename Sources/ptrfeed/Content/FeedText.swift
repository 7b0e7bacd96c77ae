import NIOCore

/// Bytes made of literals and of what stands in them. All that tweets are made of needs no escaping in JSON.
struct FeedText: ExpressibleByStringInterpolation, Sendable {
    let bytes: ByteBuffer

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var bytes: ByteBuffer

        init(literalCapacity: Int, interpolationCount: Int) {
            bytes = ByteBufferAllocator().buffer(capacity: literalCapacity + interpolationCount * 32)
        }

        mutating func appendLiteral(_ literal: String) { bytes.writeString(literal) }
        mutating func appendInterpolation(_ text: String) { bytes.writeString(text) }
        mutating func appendInterpolation(_ text: FeedText) { bytes.writeImmutableBuffer(text.bytes) }

        /// Appends a number in decimal, with leading zeros up to `width` digits.
        mutating func appendInterpolation(_ number: some BinaryInteger, width: Int = 1) {
            let value = UInt64(number)
            var digits = width
            var bound = value
            for _ in 0..<width { bound /= 10 }
            while bound > 0 {
                digits += 1
                bound /= 10
            }
            bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: digits) { bytes in
                bytes.storeDecimal(value, width: digits, at: 0)
                return digits
            }
        }
    }

    init(stringLiteral text: String) { bytes = ByteBuffer(string: text) }
    init(stringInterpolation text: StringInterpolation) { bytes = text.bytes }
}

extension ByteBuffer {
    mutating func write(_ text: FeedText) { writeImmutableBuffer(text.bytes) }
}

extension UnsafeMutableRawBufferPointer {
    /// Writes `value` as exactly `width` decimal digits at `offset`, with leading zeros.
    func storeDecimal(_ value: UInt64, width: Int, at offset: Int) {
        var rest = value
        for index in stride(from: offset + width - 1, through: offset, by: -1) {
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            self[index] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: digit)
            rest = quotient
        }
    }
}
