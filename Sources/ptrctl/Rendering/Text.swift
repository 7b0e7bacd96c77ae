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

    /// A document without the newline at its end, which the console adds.
    static func document(_ text: String) -> String {
        text.hasSuffix("\n") ? String(text.dropLast()) : text
    }

    /// An indented document in one line. In JSON no string holds a line's end as it is.
    static func line(ofDocument text: String) -> String {
        text.split(separator: "\n").map { $0.drop { $0 == " " } }.joined(separator: " ")
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

    /// `0.25 ms`, `12.3 ms`, `1.50 s`: three digits that matter.
    static func milliseconds(_ value: Double) -> String {
        switch value {
        case ..<0.0005: "0 ms"
        case ..<9.995: "\(decimal(value, places: 2)) ms"
        case ..<99.95: "\(decimal(value, places: 1)) ms"
        case ..<999.5: "\(decimal(value, places: 0)) ms"
        case ..<99_995: "\(decimal(value / 1000, places: 2)) s"
        default: "\(decimal(value / 1000, places: 0)) s"
        }
    }

    /// `4s`, `12min 4s`, `2h 13min`, `3d 4h`: the two units that matter.
    static func uptime(seconds: Double) -> String {
        let total = Int(Swift.max(0, Swift.min(seconds, 1e12)))
        let units = [(total / 86400, "d"), (total / 3600 % 24, "h"), (total / 60 % 60, "min"), (total % 60, "s")]
        guard let first = units.firstIndex(where: { $0.0 > 0 }) else { return "0s" }
        return units[first..<Swift.min(first + 2, units.count)].filter { $0.0 > 0 }.map { "\($0.0)\($0.1)" }
            .joined(separator: " ")
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
