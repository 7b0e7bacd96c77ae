/// A decimal number with a unit, as a configuration has it: `250ms`, `1.5s`, `256MiB`. Kept exactly.
struct UnitText: Sendable {
    /// What it is, for a person.
    let name: String
    /// What its units measure.
    let measured: String
    let mend: String
    /// What is wrong with a number that is no whole number of the smallest unit.
    let tooFine: String
    /// The units with how many of the smallest each has, the largest first. In those of `written` values are written.
    let units: [(name: String, scale: Int128, isWritten: Bool)]

    /// The value in its smallest unit. (18 digits times an hour in attoseconds fit 128 bits.)
    func parse(_ text: String) throws(Faults) -> Int128 {
        guard let (digits, divisor, unit) = Self.split(text) else {
            throw Faults("\(TOMLText.quoted(text)) is not a \(name)", mend: mend)
        }
        guard !unit.isEmpty else { throw Faults("\(TOMLText.quoted(text)) has no unit", mend: mend) }
        guard let scale = units.first(where: { $0.name == unit })?.scale else {
            throw Faults("\(TOMLText.quoted(unit)) is not a unit of \(measured)", mend: mend)
        }
        let (value, remainder) = (digits * scale).quotientAndRemainder(dividingBy: divisor)
        guard remainder == 0 else {
            throw Faults("\(TOMLText.quoted(text)) is \(tooFine)", mend: "write fewer digits")
        }
        return value
    }

    /// The shortest way to write a value; nil where no unit has it as a whole number, or it is nought.
    func format(_ value: Int128) -> String? {
        units.first { $0.isWritten && value != 0 && value.isMultiple(of: $0.scale) }
            .map { "\(value / $0.scale)\($0.name)" }
    }

    /// Splits a number from the unit that follows it: `1.50s` is 150 / 10² and `s`. There is no sign and no space, and at most 18
    /// digits.
    private static func split(_ text: String) -> (digits: Int128, divisor: Int128, unit: String)? {
        let number = text.utf8.prefix { $0.isDigit || $0 == UInt8(ascii: ".") }
        let unit = text.utf8[number.endIndex...]
        let parts = number.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let digits = parts.joined()
        guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty }), digits.count <= 18,
            unit.first.map({ UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 | 0x20 }) ?? true
        else { return nil }
        let divisor = (parts.count == 2 ? parts[1].count : 0)
        return (
            digits.reduce(0) { $0 * 10 + Int128($1 - UInt8(ascii: "0")) },
            (0..<divisor).reduce(1) { power, _ in power * 10 }, String(unit) ?? ""
        )
    }
}

/// A time: `250ms`, `1.5s` or `1h`.
enum DurationText {
    static let mend = "write a number with a unit (us, ms, s, m, h), such as \"250ms\", \"25s\" or \"5m\""

    private static let second: Int128 = 1_000_000_000_000_000_000
    private static let text = UnitText(
        name: "duration", measured: "time", mend: mend, tooFine: "finer than can be told",
        units: [
            ("h", 3600 * second, true), ("m", 60 * second, true), ("s", second, true), ("ms", second / 1000, true),
            ("us", second / 1_000_000, false),
        ])

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
        Duration(attoseconds: try Self.text.parse(text))
    }

    /// The shortest way to write a time, exact down to a microsecond.
    static func format(_ duration: Duration) -> String {
        text.format(duration.attoseconds)
            ?? (duration == .zero ? "0s" : "\(duration.attoseconds / (second / 1_000_000))us")
    }
}

/// A number of bytes: `256MiB` or `10MB`.
enum SizeText {
    static let mend =
        "write a number with a unit (B, kB, MB, GB, TB, KiB, MiB, GiB, TiB), such as \"256MiB\"; or bytes, unquoted"

    private static let text = UnitText(
        name: "size", measured: "size", mend: mend, tooFine: "no whole number of bytes",
        units: [
            ("TiB", 1 << 40, true), ("GiB", 1 << 30, true), ("MiB", 1 << 20, true), ("KiB", 1 << 10, true),
            ("TB", 1_000_000_000_000, false), ("GB", 1_000_000_000, false), ("MB", 1_000_000, false),
            ("kB", 1000, false), ("KB", 1000, false), ("B", 1, true),
        ])

    /// What no memory can hold is out of any bounds.
    static func parse(_ text: String) throws(Faults) -> Int { Int(clamping: try Self.text.parse(text)) }

    /// The shortest way to write a number of bytes.
    static func format(_ bytes: Int) -> String { text.format(Int128(bytes)) ?? "0B" }
}
