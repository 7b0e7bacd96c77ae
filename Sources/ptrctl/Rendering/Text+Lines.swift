extension Text {
    /// A document in one line, for NDJSON. A newline is never part of a string in JSON (RFC 8259, section 7), so what
    /// stands at the ends of lines is layout.
    static func oneLine(_ document: String) -> String {
        document.split(separator: "\n").map { line in
            line.drop { $0 == " " }
        }.joined()
    }

    /// Columns of a bar that is `part` of `whole` full: `████░░░░`.
    static func bar(_ part: Int, of whole: Int, width: Int) -> String {
        guard whole > 0 else { return String(repeating: "░", count: width) }
        let full = Swift.min(width, Swift.max(0, (part * width + whole / 2) / whole))
        return String(repeating: "█", count: full) + String(repeating: "░", count: width - full)
    }
}
