import NIOCore

/// A hash of what an event says, its type and its data, that tells apart what is different by chance.
///
/// It is made for each message that a broker is to recognise, beside a name that is a true hash; so it is made to be quick: a
/// multiplication for each eight bytes. It is the same on every machine.
struct ContentHash {
    private var (high, low): (UInt64, UInt64) = (0x243F_6A88_85A3_08D3, 0x1319_8A2E_0370_7344)

    init(of event: Event) {
        add(event.type)
        add(event.data)
    }

    var hash: ShortHash {
        var hash = ShortHash()
        // Each half depends on both.
        hash.high = Self.mix(high ^ 0x082E_FA98_EC4E_6C89, low ^ 0xA409_3822_299F_31D0)
        hash.low = Self.mix(low ^ 0xD131_0BA6_98DF_B5AC, high ^ 0x4528_21E6_38D0_1377)
        return hash
    }

    private mutating func add(_ buffer: ByteBuffer?) {
        add(UInt64(buffer?.readableBytes ?? 0), buffer == nil ? 0 : 1)
        buffer?.withUnsafeReadableBytes { bytes in
            var place = 0
            while bytes.count - place >= 16 {
                add(
                    UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)),
                    UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place + 8, as: UInt64.self)))
                place += 16
            }
            guard place < bytes.count else { return }
            var rest: (UInt64, UInt64) = (0, 0)
            withUnsafeMutableBytes(of: &rest) { $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[place...])) }
            add(UInt64(littleEndian: rest.0), UInt64(littleEndian: rest.1))
        }
    }

    private mutating func add(_ first: UInt64, _ second: UInt64) {
        let (former, latter) = (high, low)
        high = Self.turned(former) ^ Self.mix(first ^ 0xBE54_66CF_34E9_0C6C ^ former, second ^ 0xC0AC_29B7_C97C_50DD)
        low = Self.turned(latter) &+ Self.mix(first ^ 0x3F84_D5B5_B547_0917, second ^ 0x9216_D5D9_8979_FB1B ^ latter)
    }

    private static func turned(_ number: UInt64) -> UInt64 { (number << 29 | number >> 35) &* 0x9E37_79B9_7F4A_7C15 }

    /// The two halves of the product.
    private static func mix(_ first: UInt64, _ second: UInt64) -> UInt64 {
        let (high, low) = first.multipliedFullWidth(by: second)
        return high ^ low
    }
}
