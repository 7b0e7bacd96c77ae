import ControlAPI

/// Numbers and names as people like to read them.
enum Text {
    /// Text from elsewhere, fit for a terminal: a stream's id or error may hold escape sequences, which would be
    /// obeyed.
    static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            result.unicodeScalars.append(isControl(scalar) ? "\u{FFFD}" : scalar)
        }
        return result
    }

    /// Control characters, and the marks that turn the direction of writing around.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    /// A word of the API as people write it: `dead_lettered` is dead lettered.
    static func words(_ word: String) -> String {
        printable(word).replacing("_", with: " ")
    }

    /// Facts with commas between them, those that there are, each of which stays in one line.
    static func facts(_ facts: [String?]) -> String {
        facts.compactMap(\.self).map { $0.replacing(" ", with: "\u{A0}") }.joined(separator: ", ")
    }

    /// `3 delayed`; nil of none.
    static func some(_ number: Int?, _ what: String) -> String? {
        number.flatMap { $0 > 0 ? "\(grouped($0)) \(what)" : nil }
    }

    /// A list of names as a sentence ends: `a`, `a and b`, `a, b and c`; of many the first few.
    static func list(_ names: [String], most: Int = 12, last: String = "and") -> String {
        guard names.count <= most else {
            return names.prefix(most).joined(separator: ", ") + " \(last) \(names.count - most) more"
        }
        guard let final = names.last, names.count > 1 else { return names.first ?? "" }
        return names.dropLast().joined(separator: ", ") + " \(last) " + final
    }

    /// A document without the newline at its end, which the console adds.
    static func document(_ text: String) -> String {
        text.hasSuffix("\n") ? String(text.dropLast()) : text
    }

    static func document(_ value: some Encodable) -> String {
        document((try? ControlJSON.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "{}")
    }

    /// A document in one line, for NDJSON. A newline is never part of a string in JSON (RFC 8259, section 7), so what
    /// stands at the ends of lines is layout.
    static func oneLine(_ document: String, separator: String = "") -> String {
        document.split(separator: "\n").map { $0.drop { $0 == " " } }.joined(separator: separator)
    }

    static func oneLine(_ value: some Encodable) -> String { oneLine(document(value)) }

    /// Columns of a bar that is `part` of `whole` full: `████░░░░`.
    static func bar(_ part: Int, of whole: Int, width: Int) -> String {
        guard whole > 0 else { return String(repeating: "░", count: width) }
        let full = Swift.min(width, Swift.max(0, (part * width + whole / 2) / whole))
        return String(repeating: "█", count: full) + String(repeating: "░", count: width - full)
    }

    /// `12,345`
    static func grouped(_ number: some BinaryInteger) -> String {
        let digits = String(number.magnitude)
        var result = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { result += "," }
            result.append(digit)
        }
        return number < 0 ? "-" + result : result
    }

    /// `1 restart`, `2 restarts`
    static func count(_ number: some BinaryInteger, _ noun: String, plural: String? = nil) -> String {
        number == 1 ? "1 \(noun)" : "\(grouped(number)) \(plural ?? noun + "s")"
    }

    /// `1st`, `22nd`, `113th`
    static func ordinal(_ number: Int) -> String {
        let isTeen = (11...13).contains(number % 100)
        let ending = isTeen ? "th" : [1: "st", 2: "nd", 3: "rd"][number % 10] ?? "th"
        return grouped(number) + ending
    }

    /// `512 B`, `1.2 MiB`
    static func bytes(_ number: some BinaryInteger) -> String {
        let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        guard number >= 1024 else { return "\(number) B" }
        var value = Double(number) / 1024
        var unit = 0
        // What would round to 1024.0 is 1.0 of the next unit.
        while value >= 1023.95, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        return "\(decimal(value, places: 1)) \(units[unit])"
    }

    /// A number with so many digits after the point.
    static func decimal(_ value: Double, places: Int) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        let scaled = Int64((abs(value) * scale).rounded())
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard places > 0 else { return sign + grouped(scaled) }
        let fraction = String(scaled % Int64(scale))
        let zeros = String(repeating: "0", count: places - fraction.count)
        return "\(sign)\(grouped(scaled / Int64(scale))).\(zeros)\(fraction)"
    }
}

// MARK: Times

extension Text {
    /// What is done with the part of a second.
    enum Rounding: Sendable {
        /// A time that has gone by, for people: `9 s`.
        case elapsed
        /// A time that is left: the second above it.
        case left
        /// A time that was measured: three digits, `0.25 ms`, `1.50 s`.
        case measured
    }

    /// The one way to write a time: `0.25 ms`, `9 s`, `1m10s`, `2h13m`, `3d4h`; two units at most.
    static func duration(_ seconds: Double, _ rounding: Rounding = .elapsed) -> String {
        let seconds = Swift.max(0, Swift.min(seconds, 1e12))
        switch rounding {
        case .measured where seconds < 59.95: return measured(seconds)
        case .measured: return whole(Int(seconds.rounded()))
        case .left: return whole(Int(seconds.rounded(.up)))
        case .elapsed: return whole(Int(seconds))
        }
    }

    static func duration(_ time: Duration, _ rounding: Rounding = .elapsed) -> String {
        duration(time / .seconds(1), rounding)
    }

    /// The same of milliseconds that were measured.
    static func milliseconds(_ value: Double) -> String {
        duration(value / 1000, .measured)
    }

    private static func measured(_ seconds: Double) -> String {
        let value = seconds * 1000
        return switch value {
        case ..<0.0005: "0 ms"
        case ..<9.995: "\(decimal(value, places: 2)) ms"
        case ..<99.95: "\(decimal(value, places: 1)) ms"
        case ..<999.5: "\(decimal(value, places: 0)) ms"
        case ..<9_995: "\(decimal(seconds, places: 2)) s"
        default: "\(decimal(seconds, places: 1)) s"
        }
    }

    private static func whole(_ total: Int) -> String {
        // The usual period of a restart budget, and a minute to anybody.
        guard total > 60 else { return "\(total) s" }
        let units = [(total / 86400, "d"), (total / 3600 % 24, "h"), (total / 60 % 60, "m"), (total % 60, "s")]
        let first = units.firstIndex { $0.0 > 0 } ?? 3
        return units[first..<Swift.min(first + 2, units.count)].filter { $0.0 > 0 }.map { "\($0.0)\($0.1)" }.joined()
    }
}
