extension Span<UInt8> {
    /// Whether it is one value of JSON by RFC 8259, as ``FieldReader`` has it; all of it is looked at, once.
    package var isJSON: Bool {
        guard (try? UTF8Span(validating: self)) != nil else { return false }
        // The objects and arrays that are begun, the innermost as the lowest bit: 1 for an object.
        var (open, depth, position): (UInt64, Int, Int) = (0, 0, endOfWhiteSpace(from: 0))
        while true {
            guard position < count else { return false }
            var isBegun = false
            switch self[position] {
            case let byte where byte == UInt8(ascii: "{") || byte == UInt8(ascii: "["):
                // What is so deep is seldom.
                guard depth < 64 else {
                    var reader = FieldReader([])
                    return reader.read(self)
                }
                (open, depth) = (open << 1 | (byte == UInt8(ascii: "{") ? 1 : 0), depth + 1)
                position = endOfWhiteSpace(from: position + 1)
                // The closing bracket has two more than the opening one, in ASCII.
                isBegun = self.byte(at: position) != byte + 2
            case UInt8(ascii: "\""):
                guard let end = endOfString(from: position)?.end else { return false }
                position = end
            case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"):
                guard let end = endOfLiteral(from: position) else { return false }
                position = end
            default:
                guard let end = endOfNumber(from: position) else { return false }
                position = end
            }
            // A value has ended, if it is not one that has just begun: so may those that it is in.
            while !isBegun {
                position = endOfWhiteSpace(from: position)
                guard depth > 0 else { return position == count }
                switch byte(at: position) {
                case UInt8(ascii: ","):
                    position = endOfWhiteSpace(from: position + 1)
                    isBegun = true
                case open & 1 == 1 ? UInt8(ascii: "}") : UInt8(ascii: "]"):
                    (open, depth, position) = (open >> 1, depth - 1, position + 1)
                default: return false
                }
            }
            guard open & 1 == 1 else { continue }
            // A member's name.
            guard byte(at: position) == UInt8(ascii: "\""), let end = endOfString(from: position)?.end else {
                return false
            }
            position = endOfWhiteSpace(from: end)
            guard byte(at: position) == UInt8(ascii: ":") else { return false }
            position = endOfWhiteSpace(from: position + 1)
        }
    }
}
