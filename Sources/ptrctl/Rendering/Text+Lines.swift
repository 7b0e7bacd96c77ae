extension Text {
    /// A document in one line, for NDJSON. A newline is never part of a string in JSON (RFC 8259, section 7), so what
    /// stands at the ends of lines is layout.
    static func oneLine(_ document: String) -> String {
        document.split(separator: "\n").map { line in
            line.drop { $0 == " " }
        }.joined()
    }

    /// `2026-01-31T09:30:00.123Z`: a time of the API, to the millisecond. What is no such time stays as it is.
    static func time(_ text: String) -> String {
        let text = printable(text)
        guard text.hasSuffix("Z"), let point = text.lastIndex(of: ".") else { return text }
        let end = text.index(point, offsetBy: 4, limitedBy: text.index(before: text.endIndex))
        return end.map { text[..<$0] + "Z" } ?? text
    }

    /// At most so many characters, the last one an ellipsis if something was cut.
    static func shortened(_ text: String, to count: Int) -> String {
        text.count > count ? text.prefix(Swift.max(count - 1, 0)) + "…" : text
    }

    /// `27 s`, `4min 12s`: a time that is left, to the second above it.
    static func left(_ duration: Duration) -> String {
        let seconds = Swift.max(0, (duration / .seconds(1)).rounded(.up))
        return seconds < 60 ? "\(Int(seconds)) s" : uptime(seconds: seconds)
    }

    /// The first `columns` characters of a line. Escape sequences have no width; those behind the cut are kept, so that
    /// no colour runs on.
    static func clipped(_ line: String, to columns: Int) -> String {
        var result = ""
        var width = 0
        var isInSequence = false
        for scalar in line.unicodeScalars {
            if isInSequence {
                result.unicodeScalars.append(scalar)
                isInSequence = !("@"..."~").contains(scalar) || scalar == "["
            } else if scalar == "\u{1B}" {
                result.unicodeScalars.append(scalar)
                isInSequence = true
            } else if scalar.properties.generalCategory == .nonspacingMark {
                if width <= columns { result.unicodeScalars.append(scalar) }
            } else {
                width += 1
                if width <= columns { result.unicodeScalars.append(scalar) }
            }
        }
        return result
    }

    /// Columns of a bar that is `part` of `whole` full: `████░░░░`.
    static func bar(_ part: Int, of whole: Int, width: Int) -> String {
        guard whole > 0 else { return String(repeating: "░", count: width) }
        let full = Swift.min(width, Swift.max(0, (part * width + whole / 2) / whole))
        return String(repeating: "█", count: full) + String(repeating: "░", count: width - full)
    }
}
