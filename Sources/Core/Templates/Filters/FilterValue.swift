import Glibc

/// A value that is compared; where it has bytes, they are somebody else's.
enum FilterValue {
    /// Also what is not there.
    case null
    case boolean(Bool)
    case number(UnsafeRawBufferPointer)
    /// Without its quotes, and with its escapes if it has some. Of one of the filter's, where its bytes begin there.
    case text(UnsafeRawBufferPointer, hasEscapes: Bool, place: Int = 0)
    case array(UnsafeRawBufferPointer)
    case object

    /// Whether there is an element of an array, which has been checked, that something is true of.
    static func elements(of array: UnsafeRawBufferPointer, _ isFound: (FilterValue) -> Bool) -> Bool {
        let text = array.assumingMemoryBound(to: UInt8.self).span
        func part(_ start: Int, _ end: Int) -> UnsafeRawBufferPointer {
            UnsafeRawBufferPointer(rebasing: array[start..<end])
        }
        var position = text.endOfWhiteSpace(from: 1)
        while let byte = text.byte(at: position) {
            let start = position
            let value: FilterValue
            switch byte {
            case UInt8(ascii: "\""):
                guard let (end, hasEscapes) = text.endOfString(from: start) else { return false }
                value = .text(part(start + 1, end - 1), hasEscapes: hasEscapes)
                position = end
            case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"):
                guard let end = text.endOfLiteral(from: start) else { return false }
                value = byte == UInt8(ascii: "n") ? .null : .boolean(byte == UInt8(ascii: "t"))
                position = end
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                guard let end = text.endOfNest(from: start) else { return false }
                value = .object
                position = end
            default:
                guard let end = text.endOfNumber(from: start) else { return false }
                value = .number(part(start, end))
                position = end
            }
            if isFound(value) { return true }
            // A comma, or the end.
            position = text.endOfWhiteSpace(from: text.endOfWhiteSpace(from: position) + 1)
        }
        return false
    }
}

extension Span<UInt8> {
    /// The end of the object or array that begins at a place, of a document that has been checked.
    fileprivate func endOfNest(from start: Int) -> Int? {
        var (position, depth) = (start, 0)
        while let byte = byte(at: position) {
            position += 1
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if depth == 0 { return position }
            case UInt8(ascii: "\""):
                guard let end = endOfString(from: position - 1)?.end else { return nil }
                position = end
            default: break
            }
        }
        return nil
    }
}

extension UnsafeRawBufferPointer {
    /// Whether the first bytes are those.
    func starts(with other: UnsafeRawBufferPointer) -> Bool {
        guard count >= other.count, let start = baseAddress, let otherStart = other.baseAddress else {
            return other.isEmpty
        }
        return memcmp(start, otherStart, other.count) == 0
    }

    /// Below 0: it comes before another one, by its bytes.
    func order(_ other: UnsafeRawBufferPointer) -> Int {
        guard let start = baseAddress, let otherStart = other.baseAddress else { return count - other.count }
        let order = memcmp(start, otherStart, Swift.min(count, other.count))
        return order == 0 ? count - other.count : Int(order)
    }

    /// Whether another text is in it, in a time that is linear in both.
    ///
    /// - Parameter borders: those of the other text, see ``Filter/borders``.
    func contains(_ other: UnsafeRawBufferPointer, borders: ArraySlice<Int32>) -> Bool {
        guard let first = other.first else { return true }
        guard let start = baseAddress else { return false }
        var (position, length) = (0, 0)
        while position < count {
            if length == 0 {
                guard let next = memchr(start + position, Int32(first), count - position) else { return false }
                position = UnsafeRawPointer(next) - start
            }
            while length > 0, self[position] != other[length] {
                length = Int(borders[borders.startIndex + length - 1])
            }
            if self[position] == other[length] { length += 1 }
            guard length < other.count else { return true }
            position += 1
        }
        return false
    }
}
