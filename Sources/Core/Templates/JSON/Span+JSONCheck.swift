/// What is only checked of JSON. The bytes are well-formed UTF-8.
enum JSONEnd {
    /// There is no value of JSON.
    static let none = -1
    /// It has more objects and arrays in each other than are looked into.
    static let tooDeep = -2
}

extension Span<UInt8> {
    /// Whether it is one value of JSON by RFC 8259, as ``FieldReader`` has it; all of it is looked at, once.
    package var isJSON: Bool { JSONScanner.isJSON(self) || isJSONByTokens }

    /// The same, one token after another.
    var isJSONByTokens: Bool {
        guard (try? UTF8Span(validating: self)) != nil else { return false }
        let end = endOfValue(from: endOfWhiteSpace(from: 0), deepest: 64)
        guard end == JSONEnd.tooDeep else { return end >= 0 && endOfWhiteSpace(from: end) == count }
        // What is so deep is seldom.
        var reader = FieldReader([])
        return reader.readByTokens(self)
    }

    /// The end of the value that begins at a place, all of which is checked; or one of ``JSONEnd``.
    ///
    /// - Parameter deepest: so many objects and arrays may be in each other, 64 at most.
    @inline(__always)
    func endOfValue(from start: Int, deepest: Int) -> Int {
        // The objects and arrays that are begun, the innermost as the lowest bit: 1 for an object.
        var (open, depth, position): (UInt64, Int, Int) = (0, 0, start)
        while true {
            guard position < count else { return JSONEnd.none }
            var isBegun = false
            switch self[position] {
            case let byte where byte == UInt8(ascii: "{") || byte == UInt8(ascii: "["):
                guard depth < deepest else { return JSONEnd.tooDeep }
                (open, depth) = (open << 1 | (byte == UInt8(ascii: "{") ? 1 : 0), depth + 1)
                position = endOfWhiteSpace(from: position + 1)
                // The closing bracket has two more than the opening one, in ASCII.
                isBegun = self.byte(at: position) != byte + 2
            case UInt8(ascii: "\""):
                guard let end = endOfString(from: position)?.end else { return JSONEnd.none }
                position = end
            case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"):
                guard let end = endOfLiteral(from: position) else { return JSONEnd.none }
                position = end
            default:
                guard let end = endOfNumber(from: position) else { return JSONEnd.none }
                position = end
            }
            // A value has ended, if it is not one that has just begun: so may those that it is in.
            while !isBegun {
                guard depth > 0 else { return position }
                position = endOfWhiteSpace(from: position)
                switch byte(at: position) {
                case UInt8(ascii: ","):
                    position = endOfWhiteSpace(from: position + 1)
                    isBegun = true
                case open & 1 == 1 ? UInt8(ascii: "}") : UInt8(ascii: "]"):
                    (open, depth, position) = (open >> 1, depth - 1, position + 1)
                default: return JSONEnd.none
                }
            }
            guard open & 1 == 1 else { continue }
            // A member's name.
            guard byte(at: position) == UInt8(ascii: "\""), let end = endOfString(from: position)?.end else {
                return JSONEnd.none
            }
            position = endOfWhiteSpace(from: end)
            guard byte(at: position) == UInt8(ascii: ":") else { return JSONEnd.none }
            position = endOfWhiteSpace(from: position + 1)
        }
    }
}
