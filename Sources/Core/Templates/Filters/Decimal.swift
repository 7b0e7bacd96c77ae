/// A number of JSON as the decimal that it is written as: nothing of it is rounded.
struct Decimal {
    private let text: UnsafeRawBufferPointer
    private var isNegative = false
    /// From the first digit that counts to the last one; a point may be between them. Empty: it is zero.
    private var digits = 0..<0
    /// The number is 0.DIGITS times ten to this.
    private var exponent = 0
    /// Whether its exponent has too many digits to count with.
    private var isBeyond = false

    /// - Parameter text: a number of JSON, checked.
    init(_ text: UnsafeRawBufferPointer) {
        self.text = text
        var position = 0
        if text.first == UInt8(ascii: "-") {
            isNegative = true
            position = 1
        }
        var (first, last, point): (Int?, Int, Int?) = (nil, 0, nil)
        loop: while position < text.count {
            switch text[position] {
            case UInt8(ascii: "."): point = position
            case UInt8(ascii: "0"): break
            case UInt8(ascii: "1")...UInt8(ascii: "9"):
                if first == nil { first = position }
                last = position
            default: break loop
            }
            position += 1
        }
        guard let first else {
            isNegative = false
            return
        }
        digits = first..<last + 1
        let end = point ?? position
        exponent = first < end ? end - first : end + 1 - first
        if position < text.count { readExponent(from: position + 1) }
    }

    private mutating func readExponent(from start: Int) {
        var (position, value, count) = (start, 0, 0)
        let isNegative = text[position] == UInt8(ascii: "-")
        if isNegative || text[position] == UInt8(ascii: "+") { position += 1 }
        while position < text.count {
            value = value &* 10 &+ Int(text[position] &- 0x30)
            if value != 0 { count += 1 }
            guard count <= 18 else {
                isBeyond = true
                return
            }
            position += 1
        }
        exponent += isNegative ? -value : value
    }

    /// Below 0: it is less than another one; 0: they are equal; nil: that is beyond counting.
    func compare(_ other: Decimal) -> Int? {
        guard !isBeyond, !other.isBeyond else {
            return text.elementsEqual(other.text) ? 0 : nil
        }
        if isNegative != other.isNegative { return isNegative ? -1 : 1 }
        return isNegative ? other.compareSize(self) : compareSize(other)
    }

    private func compareSize(_ other: Decimal) -> Int {
        if digits.isEmpty || other.digits.isEmpty { return (digits.isEmpty ? 0 : 1) - (other.digits.isEmpty ? 0 : 1) }
        if exponent != other.exponent { return exponent < other.exponent ? -1 : 1 }
        var (mine, theirs) = (digits.lowerBound, other.digits.lowerBound)
        while true {
            if mine < digits.upperBound, text[mine] == UInt8(ascii: ".") { mine += 1 }
            if theirs < other.digits.upperBound, other.text[theirs] == UInt8(ascii: ".") { theirs += 1 }
            // The last digit of each is not zero.
            guard mine < digits.upperBound, theirs < other.digits.upperBound else {
                return (mine < digits.upperBound ? 1 : 0) - (theirs < other.digits.upperBound ? 1 : 0)
            }
            guard text[mine] == other.text[theirs] else { return text[mine] < other.text[theirs] ? -1 : 1 }
            mine += 1
            theirs += 1
        }
    }
}
