/// A key, or what the terminal makes of one.
enum Key: Sendable, Hashable {
    case character(Character)
    case control(Character)
    case up, down, pageUp, pageDown, home, end, escape

    /// The keys that the terminal has sent. Sequences that are not known are passed over, and so is one that is not
    /// complete: it comes in one piece unless the line is very slow.
    static func all(in bytes: [UInt8]) -> [Key] {
        var keys: [Key] = []
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            switch byte {
            case 0x1B where rest.first == UInt8(ascii: "[") || rest.first == UInt8(ascii: "O"):
                rest = rest.dropFirst()
                let parameters = rest.prefix { (0x20...0x3F).contains($0) }
                rest = rest.dropFirst(parameters.count)
                if let final = rest.popFirst(),
                    let key = sequences[String(decoding: parameters + [final], as: UTF8.self)]
                {
                    keys.append(key)
                }
            case 0x1B: keys.append(.escape)
            case 1...26: keys.append(.control(Character(Unicode.Scalar(byte + 0x60))))
            case 0x20...0x7E: keys.append(.character(Character(Unicode.Scalar(byte))))
            default: break
            }
        }
        return keys
    }

    private static let sequences: [String: Key] = [
        "A": .up, "B": .down, "H": .home, "F": .end, "5~": .pageUp, "6~": .pageDown, "1~": .home, "4~": .end,
    ]
}
