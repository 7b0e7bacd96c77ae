/// A number of bytes as a configuration has it: a decimal number and a unit, such as `256MiB` or `10MB`.
enum SizeText {
    static let mend =
        "write a number with a unit (B, kB, MB, GB, TB, KiB, MiB, GiB, TiB), such as \"256MiB\"; or bytes, unquoted"

    private static let units: [(name: String, bytes: Int)] = [
        ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10),
        ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000), ("KB", 1000), ("B", 1),
    ]

    static func parse(_ text: String) throws(Faults) -> Int {
        guard let (number, unit) = DecimalNumber.split(text) else {
            throw Faults("\(TOMLText.quoted(text)) is not a size", mend: mend)
        }
        guard !unit.isEmpty else { throw Faults("\(TOMLText.quoted(text)) has no unit", mend: mend) }
        guard let scale = units.first(where: { $0.name == unit })?.bytes else {
            throw Faults("\(TOMLText.quoted(unit)) is not a unit of size", mend: mend)
        }
        guard let bytes = number.scaled(by: Int128(scale)) else {
            throw Faults("\(TOMLText.quoted(text)) is no whole number of bytes", mend: "write fewer digits")
        }
        // What no memory can hold is out of any bounds.
        return Int(clamping: bytes)
    }

    /// The shortest way to write a number of bytes.
    static func format(_ bytes: Int) -> String {
        let unit = units.first { bytes != 0 && $0.name.hasSuffix("iB") && bytes.isMultiple(of: $0.bytes) }
        return unit.map { "\(bytes / $0.bytes)\($0.name)" } ?? "\(bytes)B"
    }
}
