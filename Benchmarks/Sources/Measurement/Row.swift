#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// A row of the printed table. Each benchmark runs in a process of its own and prints its row when it is done, so the
/// table grows while one waits.
public struct Row {
    private var text: String

    /// Begins a row with the name of what was measured.
    public init(_ name: String) {
        text = name.padded(to: 26)
    }

    /// Adds a number, right-aligned in `width` columns.
    public mutating func add(_ value: Double, decimals: Int = 0, width: Int = 8) {
        add(value.text(decimals: decimals), width: width)
    }

    /// Adds text, right-aligned in `width` columns.
    public mutating func add(_ value: String, width: Int) {
        text += "  " + value.padded(to: width, atStart: true)
    }

    /// Adds text as it is.
    public mutating func note(_ note: String) {
        text += "  " + note
    }

    /// Writes the row to standard output, at once.
    public func print() {
        Swift.print(text)
        fflush(nil)
    }
}

extension Double {
    /// The number in decimal, with commas between the thousands.
    public func text(decimals: Int) -> String {
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        let scaled = Int64((self * scale).rounded())
        let whole = scaled / Int64(scale)
        var digits = ""
        for (index, digit) in String(whole.magnitude).reversed().enumerated() {
            if index > 0, index.isMultiple(of: 3) { digits.append(",") }
            digits.append(digit)
        }
        let sign = self < 0 ? "-" : ""
        guard decimals > 0 else { return sign + String(digits.reversed()) }
        let fraction = String(scaled.magnitude % UInt64(scale)).padded(to: decimals, with: "0", atStart: true)
        return "\(sign)\(String(digits.reversed())).\(fraction)"
    }
}

extension String {
    fileprivate func padded(to width: Int, with filler: Character = " ", atStart: Bool = false) -> String {
        let padding = String(repeating: filler, count: max(width - count, 0))
        return atStart ? padding + self : self + padding
    }
}
