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

    /// A hash of what may be a secret that can be guessed: each guess costs thousands of hashes.
    package static func dear(of bytes: [UInt8]) -> ShortHash {
        var digest = SHA256.hash(data: bytes)
        for _ in 0..<4096 { digest = digest.withUnsafeBytes { SHA256.hash(data: $0) } }
        return ShortHash(digest)
    }

    /// The same as of fields, of a hash, bytes and a number, without an array of them: this is done for each message.
    package init(of first: ShortHash, _ bytes: ByteBuffer? = nil, _ number: UInt64) {
        let count = 4 * 8 + (bytes.map { 8 + $0.readableBytes } ?? 0) + 8
        self = withUnsafeTemporaryAllocation(byteCount: count, alignment: 8) { room in
            var place = 0
            func put(_ number: UInt64) {
                room.storeBytes(of: number.bigEndian, toByteOffset: place, as: UInt64.self)
                place += 8
            }
            put(UInt64(Self.byteCount))
            put(first.high)
            put(first.low)
            bytes?.withUnsafeReadableBytes { bytes in
                put(UInt64(bytes.count))
                UnsafeMutableRawBufferPointer(rebasing: room[place...]).copyMemory(from: bytes)
                place += bytes.count
            }
            put(8)
            put(number)
            var hasher = SHA256()
            hasher.update(bufferPointer: UnsafeRawBufferPointer(room))
            return ShortHash(hasher.finalize())
        }
    }

    /// A hash of what an event says: its type and its data. A broker drops by it, so it has to be a true one.
    init(of type: ByteBuffer?, _ data: ByteBuffer) {
        var hasher = SHA256()
        withUnsafeBytes(of: UInt64(type?.readableBytes ?? 0).bigEndian) { hasher.update(bufferPointer: $0) }
        type?.withUnsafeReadableBytes { hasher.update(bufferPointer: $0) }
        data.withUnsafeReadableBytes { hasher.update(bufferPointer: $0) }
        self.init(hasher.finalize())
    }

    /// The first bytes of a longer hash.
    private init(_ bytes: UnsafeRawBufferPointer) {
        high = UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
        low = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }

    fileprivate init(_ digest: SHA256Digest) { self = digest.withUnsafeBytes { ShortHash($0) } }

    fileprivate init(_ code: HashedAuthenticationCode<SHA256>) { self = code.withUnsafeBytes { ShortHash($0) } }

    /// Reads it as ``hex`` writes it; nil: it is something else.
    package init?(hex text: String) {
        guard text.utf8.count == 2 * Self.byteCount else { return nil }
        var text = text
        guard let hash = text.withUTF8({ Self(hexBefore: 0, in: UnsafeRawBufferPointer($0)) }) else { return nil }
        self = hash
    }

    /// The same of bytes that may go on after it with a certain one.
    package init?(hexBefore end: UInt8, in buffer: ByteBuffer) {
        guard let hash = buffer.withUnsafeReadableBytes({ Self(hexBefore: end, in: $0) }) else { return nil }
        self = hash
    }

    private init?(hexBefore end: UInt8, in bytes: UnsafeRawBufferPointer) {
        let count = 2 * Self.byteCount
        guard bytes.count == count || bytes.count > count && bytes[count] == end else { return nil }
        for place in 0..<count {
            let digit: UInt8
            switch bytes[place] {
            case 0x30...0x39: digit = bytes[place] - 0x30
            case 0x61...0x66: digit = bytes[place] - 0x61 + 10
            default: return nil
            }
            if place < Self.byteCount {
                high = high << 4 | UInt64(digit)
            } else {
                low = low << 4 | UInt64(digit)
            }
        }
    }

    /// Reads a hash; nil if there are not enough bytes.
    package init?(readingFrom buffer: inout ByteBuffer) {
        guard let (high, low) = buffer.readMultipleIntegers(as: (UInt64, UInt64).self) else { return nil }
        (self.high, self.low) = (high, low)
    }

    package func write(to buffer: inout ByteBuffer) { buffer.writeMultipleIntegers(high, low) }

    package var bytes: [UInt8] { Self.bytes(high) + Self.bytes(low) }

    package var hex: String {
        String(unsafeUninitializedCapacity: 2 * Self.byteCount) { text in
            writeHex(to: text)
            return 2 * Self.byteCount
        }
    }

    package func appendHex(to text: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 2 * Self.byteCount) { digits in
            writeHex(to: digits)
            text.append(contentsOf: digits)
        }
    }

    private func writeHex(to text: UnsafeMutableBufferPointer<UInt8>) {
        for digit in 0..<2 * Self.byteCount {
            let half = digit < 16 ? high : low
            let value = UInt8(truncatingIfNeeded: half >> (60 - 4 * UInt64(digit % 16)) & 15)
            text[digit] = value < 10 ? 0x30 + value : 0x57 + value
        }
    }

    package static func bytes(_ number: UInt64) -> [UInt8] { withUnsafeBytes(of: number.bigEndian, Array.init) }
}

/// Hashes that only who has the secret of the state directory can make: what is stored of messages and of addresses tells
/// nobody what they were.
package struct KeyedHash: Sendable {
    static let secretByteCount = 32

    private let key: SymmetricKey
    private let eventKey: SymmetricKey

    /// - Parameters:
    ///   - secret: that of the state directory; without one, everybody's.
    ///   - events: another one for events; nil: the same.
    package init(secret: [UInt8] = [], events: [UInt8]? = nil) {
        func key(_ secret: [UInt8]) -> SymmetricKey {
            SymmetricKey(data: secret.isEmpty ? Array(repeating: 0, count: Self.secretByteCount) : secret)
        }
        self.key = key(secret)
        eventKey = events.map(key) ?? self.key
    }

    /// Of an event's type and data. Not of its ID: that is compared by itself.
    package func callAsFunction(_ event: Event) -> ShortHash {
        var code = HMAC<SHA256>(key: eventKey)
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
