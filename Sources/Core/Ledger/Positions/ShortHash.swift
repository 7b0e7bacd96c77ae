import Crypto
import FoundationEssentials
import NIOCore

/// The first sixteen bytes of a SHA-256, or of a code made with one.
package struct ShortHash: Sendable, Hashable {
    static let byteCount = 16

    package var high: UInt64 = 0
    package var low: UInt64 = 0

    package init() {}

    /// The hash of fields, each with its length before it, so that no two lists of fields run together.
    package init(of fields: [UInt8]...) {
        var hasher = SHA256()
        for field in fields {
            hasher.update(data: Self.bytes(UInt64(field.count)))
            hasher.update(data: field)
        }
        self.init(hasher.finalize())
    }

    fileprivate init(_ digest: some Sequence<UInt8>) {
        for (index, byte) in digest.prefix(Self.byteCount).enumerated() {
            if index < 8 { high = high << 8 | UInt64(byte) } else { low = low << 8 | UInt64(byte) }
        }
    }

    /// Reads a hash; nil if there are not enough bytes.
    package init?(readingFrom buffer: inout ByteBuffer) {
        guard let (high, low) = buffer.readMultipleIntegers(as: (UInt64, UInt64).self) else { return nil }
        (self.high, self.low) = (high, low)
    }

    package func write(to buffer: inout ByteBuffer) { buffer.writeMultipleIntegers(high, low) }

    package var bytes: [UInt8] { Self.bytes(high) + Self.bytes(low) }

    var hex: String {
        bytes.reduce(into: "") { text, byte in
            text += byte < 16 ? "0" : ""
            text += String(byte, radix: 16)
        }
    }

    package static func bytes(_ number: UInt64) -> [UInt8] { withUnsafeBytes(of: number.bigEndian, Array.init) }
}

/// Hashes that only who has the secret of the state directory can make: what is stored of messages and of addresses tells
/// nobody what they were.
package struct KeyedHash: Sendable {
    static let secretByteCount = 32

    private let key: SymmetricKey

    /// - Parameter secret: that of the state directory; without one, everybody's.
    package init(secret: [UInt8] = []) {
        key = SymmetricKey(data: secret.isEmpty ? Array(repeating: 0, count: Self.secretByteCount) : secret)
    }

    /// Of an event's type and data. Not of its ID: that is compared by itself.
    package func callAsFunction(_ event: Event) -> ShortHash {
        var code = HMAC<SHA256>(key: key)
        code.update(data: [0x65] + ShortHash.bytes(UInt64(event.type?.readableBytes ?? 0)))
        event.type?.withUnsafeReadableBytes { code.update(data: $0) }
        event.data.withUnsafeReadableBytes { code.update(data: $0) }
        return ShortHash(code.finalize())
    }

    /// Of what a source is.
    package func callAsFunction(source: [UInt8]) -> ShortHash {
        var code = HMAC<SHA256>(key: key)
        code.update(data: [0x73])
        code.update(data: source)
        return ShortHash(code.finalize())
    }
}
