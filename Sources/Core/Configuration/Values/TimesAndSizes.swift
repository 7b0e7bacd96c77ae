import ProgramKit

extension UnitText {
    /// Reads a value of a configuration.
    fileprivate func parse(_ text: String, mend: String) throws(Faults) -> Int128 {
        do throws(Fault) { return try parse(text) } catch {
            throw Faults(
                "\(TOMLText.quoted(error.subject)) \(error.problem)",
                mend: error.isTooFine ? "write fewer digits" : mend)
        }
    }
}

/// A time: `250ms`, `1.5s` or `1h`.
enum DurationText {
    static let mend = "write a number with a unit (us, ms, s, m, h), such as \"250ms\", \"25s\" or \"5m\""

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
        Duration(attoseconds: try UnitText.duration.parse(text, mend: mend))
    }

    /// The shortest way to write a time, exact down to a microsecond.
    static func format(_ duration: Duration) -> String {
        UnitText.duration.format(duration.attoseconds)
            ?? (duration == .zero ? "0s" : "\(duration.attoseconds / 1_000_000_000_000)us")
    }
}

/// A number of bytes: `256MiB` or `10MB`.
enum SizeText {
    static let mend =
        "write a number with a unit (B, kB, MB, GB, TB, KiB, MiB, GiB, TiB), such as \"256MiB\"; or bytes, unquoted"

    /// What no memory can hold is out of any bounds.
    static func parse(_ text: String) throws(Faults) -> Int { Int(clamping: try UnitText.size.parse(text, mend: mend)) }

    /// The shortest way to write a number of bytes.
    static func format(_ bytes: Int) -> String { UnitText.size.format(Int128(bytes)) ?? "0B" }
}
