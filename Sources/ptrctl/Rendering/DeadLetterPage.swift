import ControlAPI

/// One dead letter with its data.
struct DeadLetterPage: Sendable {
    let letter: DeadLetterDetail
    let style: Style

    var lines: [String] {
        let summary = letter.summary
        let facts: [(String, String?)] = [
            ("Dead letter", "\(summary.id), given up \(style.time(summary.time))"),
            ("Stream", Text.printable(summary.stream)),
            ("Event id", summary.eventID.isEmpty ? "-" : Text.printable(summary.eventID)),
            ("Identity", summary.identity.map(Text.printable) ?? "-"),
            ("Type", Text.printable(summary.type)),
            ("Reason", style.coloured(Text.printable(summary.reason), .red)),
            (
                "Tried",
                "\(Text.count(summary.attempts, "time")), at last by \(Text.printable(summary.worker))"
                    + " (incarnation \(summary.incarnation)) as message \(summary.sequence)"
            ),
            ("Data", Text.bytes(summary.bytes)),
        ]
        let data = letter.data.split(separator: "\n", omittingEmptySubsequences: false).map {
            Text.printable(String($0))
        }
        return Facts(facts).lines(style) + [""] + data
    }

    /// Dead letters, one in a line.
    static func list(_ letters: [DeadLetterSummary], _ style: Style) -> [String] {
        guard !letters.isEmpty else { return ["No dead letters."] }
        let longestPreview = 60
        return Table<DeadLetterSummary>([
            .right("ID") { "\($0.id)" },
            .left("TIME", rank: 4) { style.time($0.time) },
            .left("STREAM", rank: 3, least: 8, narrowing: .middle) { Text.printable($0.stream) },
            .left("EVENT ID", rank: 6, least: 8, narrowing: .middle) { style.shortID($0.eventID) },
            .right("ATTEMPTS", rank: 7) { "\($0.attempts)" },
            .right("SIZE", rank: 5) { Text.bytes($0.bytes) },
            .left("REASON", rank: 1, least: 16, colour: { _ in .red }) {
                style.cut(Text.printable($0.reason), to: longestPreview)
            },
            .left("DATA", rank: 2, least: 12) { style.cut(Text.printable($0.preview), to: longestPreview) },
        ]).lines(of: letters, style)
    }
}
