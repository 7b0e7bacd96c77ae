import Glibc
import TestKit
import Testing
import Writing

@Suite("Text from outside, made printable")
struct PrintableBytesTests {
    /// Character by character, as its description says.
    private func slowly(_ bytes: [UInt8], keepsLines: Bool) -> [UInt8] {
        var (text, place): (String, Int) = ("", 0)
        while place < bytes.count {
            // Only the shortest prefix that is text is one character.
            let character = (1...4).lazy.compactMap { length -> (Unicode.Scalar, Int)? in
                guard place + length <= bytes.count,
                    let text = String(validating: bytes[place..<place + length], as: UTF8.self),
                    text.unicodeScalars.count == 1, let scalar = text.unicodeScalars.first
                else { return nil }
                return (scalar, length)
            }.first
            guard let (scalar, length) = character else {
                text += #"\x"# + String(bytes[place], radix: 16)
                place += 1
                continue
            }
            place += length
            switch scalar.value {
            case 0x09: text += "\t"
            case 0x0A: text += keepsLines ? "\n" : #"\n"#
            case 0x0D: text += #"\r"#
            case 0..<0x10: text += #"\x0"# + String(scalar.value, radix: 16)
            case 0x10..<0x20, 0x7F..<0xA0: text += #"\x"# + String(scalar.value, radix: 16)
            case 0x2028...0x202E where scalar.value != 0x202F, 0x2066...0x2069, 0xFDD0...0xFDEF:
                text += #"\u{"# + String(scalar.value, radix: 16) + "}"
            case let value where value & 0xFFFE == 0xFFFE: text += #"\u{"# + String(value, radix: 16) + "}"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return Array(text.utf8)
    }

    @Test("is what it is character by character, wherever in a vector a character stands")
    func characters() {
        var generator = SeededGenerator(seed: 29)
        let scalars: [UInt32] = [
            0x09, 0x0A, 0x0D, 0x1B, 0x7F, 0x80, 0x9F, 0xA0, 0xE9, 0x436, 0x4E2D, 0x1F642, 0x2027, 0x2028, 0x2029,
            0x202A, 0x202E,
            0x202F, 0x2065, 0x2066, 0x2069, 0x206A, 0xFDCF, 0xFDD0, 0xFDEF, 0xFDF0, 0xFFFD, 0xFFFE, 0xFFFF, 0x1F7FF,
            0x1FFFD,
            0x1FFFE, 0x2FFFF, 0x10FFFF,
        ]
        var odd: [[UInt8]] = [
            [0xFF], [0xC0, 0x80], [0xE0, 0x9F, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x8F, 0x80, 0x80],
            [0xF4, 0x90, 0x80, 0x80],
            [0xE2, 0x80], [0xF0, 0x9F], [0xC3], [0x80],
        ]
        odd += scalars.compactMap { Unicode.Scalar($0).map { Array(String($0).utf8) } }
        for length in 0...200 {
            for _ in 0..<12 {
                var text: [UInt8] = []
                while text.count < length {
                    if Int.random(in: 0..<20, using: &generator) == 0 {
                        text += odd.randomElement(using: &generator) ?? []
                    } else {
                        text.append(UInt8.random(in: 0x20..<0x7F, using: &generator))
                    }
                }
                text += odd.randomElement(using: &generator) ?? []
                for keepsLines in [false, true] {
                    var line: [UInt8] = []
                    line.appendPrintable(text, keepsLines: keepsLines)
                    #expect(line == slowly(text, keepsLines: keepsLines), "\(text)")
                }
            }
        }
    }

    @Test("is looked at no further than to its end")
    func end() throws {
        let page = sysconf(Int32(_SC_PAGESIZE))
        let pages = mmap(nil, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        let start = try #require(pages == MAP_FAILED ? nil : pages)
        defer { munmap(start, 2 * page) }
        try #require(mprotect(start + page, page, PROT_NONE) == 0)
        for count in 0...200 {
            for end: [UInt8] in [[], [0xC3], [0xE2, 0x80], [0xF0, 0x9F, 0xBF], [0x0A], Array("é".utf8)] {
                let text = Array(repeating: UInt8(ascii: "x"), count: count) + end
                let place = start + page - text.count
                for (index, byte) in text.enumerated() {
                    place.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
                }
                var line: [UInt8] = []
                line.appendPrintable(UnsafeRawBufferPointer(start: place, count: text.count))
                #expect(line == slowly(text, keepsLines: false))
            }
        }
    }
}
