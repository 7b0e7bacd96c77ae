/// A time as a configuration has it: a decimal number and a unit, such as `250ms`, `1.5s` or `1h`.
enum DurationText {
    static let mend = "write a number with a unit (us, ms, s, m, h), such as \"250ms\", \"25s\" or \"5m\""

    private static let attosecondsPerUnit: [String: Int128] = [
        "us": 1_000_000_000_000,
        "ms": 1_000_000_000_000_000,
        "s": 1_000_000_000_000_000_000,
        "m": 60_000_000_000_000_000_000,
        "h": 3_600_000_000_000_000_000_000,
    ]

    /// The time that a node holds. A bare number is refused: its unit would be a guess.
    static func parse(_ node: TOMLNode) throws(Faults) -> Duration {
        switch node.kind {
        case .string(let text): return try parse(text)
        case .integer, .float:
            throw Faults(
                "\(node.kind.text) has no unit",
                mend: "write it in quotes with its unit, such as \"\(node.kind.text)ms\" or \"\(node.kind.text)s\"")
        default: throw .wrongType(node, expected: "a duration", mend: mend)
        }
    }

    static func parse(_ text: String) throws(Faults) -> Duration {
        guard let (number, unit) = DecimalNumber.split(text) else {
            throw Faults("\(TOMLText.quoted(text)) is not a duration", mend: mend)
        }
        guard !unit.isEmpty else { throw Faults("\(TOMLText.quoted(text)) has no unit", mend: mend) }
        guard let scale = attosecondsPerUnit[unit] else {
            throw Faults("\(TOMLText.quoted(unit)) is not a unit of time", mend: mend)
        }
        guard let attoseconds = number.scaled(by: scale) else {
            throw Faults("\(TOMLText.quoted(text)) is finer than can be told", mend: "write fewer digits")
        }
        return Duration(attoseconds: attoseconds)
    }

    /// The shortest way to write a time, exact down to a microsecond.
    static func format(_ duration: Duration) -> String {
        let attoseconds = duration.attoseconds
        for unit in ["h", "m", "s", "ms"] {
            if let scale = attosecondsPerUnit[unit], attoseconds != 0, attoseconds.isMultiple(of: scale) {
                return "\(attoseconds / scale)\(unit)"
            }
        }
        return attoseconds == 0 ? "0s" : "\(attoseconds / 1_000_000_000_000)us"
    }
}

/// A decimal number, kept exactly: `1.50` is 150 / 10².
struct DecimalNumber {
    /// Its digits without the point.
    let digits: Int128
    /// The power of ten that the point divides them by.
    let divisor: Int128

    /// Splits a number from the unit that follows it. There is no sign and no space, and at most 18 digits.
    static func split(_ text: String) -> (number: DecimalNumber, unit: String)? {
        var digits: Int128 = 0
        var divisor: Int128 = 1
        var count = 0
        var pointAt: Int?
        var rest = text.utf8[...]
        while let byte = rest.first {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                guard count < 18 else { return nil }
                digits = digits * 10 + Int128(byte - UInt8(ascii: "0"))
                count += 1
                if pointAt != nil { divisor *= 10 }
            case UInt8(ascii: ".") where pointAt == nil && count > 0:
                pointAt = count
            default:
                guard count > 0, pointAt != count, isLetter(byte) else { return nil }
                return (DecimalNumber(digits: digits, divisor: divisor), String(decoding: rest, as: UTF8.self))
            }
            rest.removeFirst()
        }
        guard count > 0, pointAt != count else { return nil }
        return (DecimalNumber(digits: digits, divisor: divisor), "")
    }

    /// The number in the small unit of which its own has `scale`; `nil` where that is no whole number. (18 digits times
    /// an hour in attoseconds fit 128 bits.)
    func scaled(by scale: Int128) -> Int128? {
        let (value, remainder) = (digits * scale).quotientAndRemainder(dividingBy: divisor)
        return remainder == 0 ? value : nil
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}
