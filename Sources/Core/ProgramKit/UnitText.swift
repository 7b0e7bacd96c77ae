/// How a decimal number with a unit is written: `250ms`, `1.5s`, `256MiB`. Kept exactly.
package struct UnitText: Sendable {
    /// Why a text is none.
    package struct Fault: Error {
        /// The text, or the part of it that is wrong.
        package let subject: String
        /// What is wrong with it, for a person: `is not a duration`.
        package let problem: String
        /// Whether it is only written too finely.
        package var isTooFine = false
    }

    /// What it is, what its units measure, and what a number is that is no whole number of the smallest unit; for people.
    private let words: (name: String, measured: String, tooFine: String)
    /// The units with how many of the smallest each has, the largest first. In those of `written` values are written.
    private let units: [(name: String, scale: Int128, isWritten: Bool)]
    private static let second: Int128 = 1_000_000_000_000_000_000

    /// A time, in attoseconds.
    package static let duration = UnitText(
        words: ("duration", "time", "finer than can be told"),
        units: [
            ("h", 3600 * second, true), ("m", 60 * second, true), ("s", second, true), ("ms", second / 1000, true),
            ("us", second / 1_000_000, false),
        ])

    /// A number of bytes.
    package static let size = UnitText(
        words: ("size", "size", "no whole number of bytes"),
        units: [
            ("TiB", 1 << 40, true), ("GiB", 1 << 30, true), ("MiB", 1 << 20, true), ("KiB", 1 << 10, true),
            ("TB", 1_000_000_000_000, false), ("GB", 1_000_000_000, false), ("MB", 1_000_000, false),
            ("kB", 1000, false), ("KB", 1000, false), ("B", 1, true),
        ])

    /// The value in its smallest unit. (18 digits times an hour in attoseconds fit 128 bits.)
    package func parse(_ text: String) throws(Fault) -> Int128 {
        guard let (digits, divisor, unit) = Self.split(text) else {
            throw Fault(subject: text, problem: "is not a \(words.name)")
        }
        guard !unit.isEmpty else { throw Fault(subject: text, problem: "has no unit") }
        guard let scale = units.first(where: { $0.name == unit })?.scale else {
            throw Fault(subject: unit, problem: "is not a unit of \(words.measured)")
        }
        let (value, remainder) = (digits * scale).quotientAndRemainder(dividingBy: divisor)
        guard remainder == 0 else { throw Fault(subject: text, problem: "is \(words.tooFine)", isTooFine: true) }
        return value
    }

    /// The shortest way to write a value; nil where no unit has it as a whole number, or it is nought.
    package func format(_ value: Int128) -> String? {
        units.first { $0.isWritten && value != 0 && value.isMultiple(of: $0.scale) }
            .map { "\(value / $0.scale)\($0.name)" }
    }

    /// Splits a number from the unit that follows it: `1.50s` is 150 / 10² and `s`. There is no sign and no space, and at most 18
    /// digits.
    private static func split(_ text: String) -> (digits: Int128, divisor: Int128, unit: String)? {
        let number = text.utf8.prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || $0 == UInt8(ascii: ".") }
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
