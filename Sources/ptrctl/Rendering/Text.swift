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

    /// Facts with commas between them, each of which stays in one line.
    static func facts(_ facts: [String]) -> String {
        facts.map { $0.replacing(" ", with: "\u{A0}") }.joined(separator: ", ")
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
