import Crypto
import Glibc

/// Keys of users, as NATS writes them: base32 of a prefix, the key, and a check sum.
enum NKey {
    /// The public key of the seed in a file.
    static func publicKey(ofFile path: String) throws(NATSError) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            throw .disconnected("the nkey \(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(file, &bytes, bytes.count)
        guard count > 0, let key = publicKey(ofText: bytes.prefix(count)) else {
            throw .disconnected("\(path) has no seed of a user's nkey: a line that begins with SU")
        }
        return key
    }

    /// The public key of the first seed of a user in a text.
    static func publicKey(ofText text: some Collection<UInt8>) -> String? {
        for word in text.split(whereSeparator: { $0 <= 0x20 }) where word.starts(with: Array("SU".utf8)) {
            guard let bytes = decode(word), bytes.count == 36, checksum(bytes.prefix(34)) == bytes.suffix(2),
                let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: bytes[2..<34])
            else { continue }
            // 20 << 3 is the prefix that makes it begin with U.
            let content = [UInt8(20 << 3)] + key.publicKey.rawRepresentation
            return encode(content + checksum(content))
        }
        return nil
    }

    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

    private static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        var (bits, count): (UInt32, Int) = (0, 0)
        var bytes: [UInt8] = []
        for digit in text {
            guard let value = digits.firstIndex(of: digit) else { return nil }
            bits = (bits << 5 | UInt32(value)) & 0xFFFF
            count += 5
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return bytes
    }

    private static func encode(_ bytes: [UInt8]) -> String {
        var (bits, count): (UInt32, Int) = (0, 0)
        var text: [UInt8] = []
        for byte in bytes {
            bits = (bits << 8 | UInt32(byte)) & 0xFFFF
            count += 8
            while count >= 5 {
                count -= 5
                text.append(digits[Int(bits >> UInt32(count)) & 31])
            }
        }
        if count > 0 { text.append(digits[Int(bits << UInt32(5 - count)) & 31]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// CRC-16 (XMODEM), the low byte first.
    private static func checksum(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        var crc: UInt16 = 0
        for byte in bytes {
            crc ^= UInt16(byte) << 8
            for _ in 0..<8 { crc = crc & 0x8000 != 0 ? crc << 1 ^ 0x1021 : crc << 1 }
        }
        return [UInt8(truncatingIfNeeded: crc), UInt8(crc >> 8)]
    }
}
