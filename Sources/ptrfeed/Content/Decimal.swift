import NIOCore

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

extension ByteBuffer {
    /// Appends `value` in decimal, without leading zeros unless `width` asks for them.
    mutating func writeDecimal(_ value: UInt64, width: Int = 1) {
        var digits = width
        var bound = value
        for _ in 0..<width { bound /= 10 }
        while bound > 0 {
            digits += 1
            bound /= 10
        }
        writeWithUnsafeMutableBytes(minimumWritableBytes: digits) { bytes in
            bytes.storeDecimal(value, width: digits, at: 0)
            return digits
        }
    }

    mutating func writeDecimal(_ value: Int) {
        writeDecimal(UInt64(value))
    }
}
