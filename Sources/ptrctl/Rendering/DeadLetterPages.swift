import ControlAPI

/// Dead letters, one in a line.
struct DeadLettersTable: Sendable {
    let letters: [DeadLetterSummary]
    let style: Style

    private static let longestPreview = 60

    var lines: [String] {
        guard !letters.isEmpty else { return ["No dead letters."] }
        var table = Table(columns: [
            .init(heading: "ID", alignment: .right), .init(heading: "TIME", alignment: .left, rank: 4),
            .init(heading: "STREAM", alignment: .left, rank: 3, least: 8, narrowing: .middle),
            .init(heading: "EVENT ID", alignment: .left, rank: 6, least: 8, narrowing: .middle),
            .init(heading: "ATTEMPTS", alignment: .right, rank: 7), .init(heading: "SIZE", alignment: .right, rank: 5),
            .init(heading: "REASON", alignment: .left, rank: 1, least: 16),
            .init(heading: "DATA", alignment: .left, rank: 2, least: 12),
        ])
        for letter in letters {
            table.rows.append([
                .init("\(letter.id)"), .init(style.time(letter.time)), .init(Text.printable(letter.stream)),
                .init(letter.eventID.isEmpty ? "-" : style.cut(Text.printable(letter.eventID), to: 24)),
                .init("\(letter.attempts)"), .init(Text.bytes(letter.bytes)),
                .init(style.cut(Text.printable(letter.reason), to: Self.longestPreview)) { [style] in
                    style.coloured($0, .red)
                },
                .init(style.cut(Text.printable(letter.preview), to: Self.longestPreview)),
            ])
        }
        return table.lines(style)
    }
}

/// One dead letter with its data.
struct DeadLetterPage: Sendable {
    let letter: DeadLetterDetail
    let style: Style

    var lines: [String] {
        let summary = letter.summary
        let facts = [
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
}
