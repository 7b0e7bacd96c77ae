import ControlAPI

/// Dead letters, one in a line.
struct DeadLettersTable: Sendable {
    let letters: [DeadLetterSummary]
    let style: Style

    private static let longestPreview = 60

    var lines: [String] {
        guard !letters.isEmpty else { return ["No dead letters."] }
        var table = Table(columns: [
            .init(heading: "ID", alignment: .right), .init(heading: "TIME", alignment: .left),
            .init(heading: "STREAM", alignment: .left), .init(heading: "EVENT ID", alignment: .left),
            .init(heading: "ATTEMPTS", alignment: .right), .init(heading: "SIZE", alignment: .right),
            .init(heading: "REASON", alignment: .left), .init(heading: "DATA", alignment: .left),
        ])
        for letter in letters {
            table.rows.append([
                .init("\(letter.id)"), .init(Text.time(letter.time)), .init(Text.printable(letter.stream)),
                .init(letter.eventID.isEmpty ? "-" : Text.shortened(Text.printable(letter.eventID), to: 24)),
                .init("\(letter.attempts)"), .init(Text.bytes(letter.bytes)),
                .init(Text.shortened(Text.printable(letter.reason), to: Self.longestPreview)) { [style] in
                    style.coloured($0, .red)
                },
                .init(Text.shortened(Text.printable(letter.preview), to: Self.longestPreview)),
            ])
        }
        return table.lines(heading: style.faint)
    }
}

/// One dead letter with its data.
struct DeadLetterPage: Sendable {
    let letter: DeadLetterDetail
    let style: Style

    var lines: [String] {
        let summary = letter.summary
        let facts = [
            ("Dead letter", "\(summary.id), given up \(Text.time(summary.time))"),
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
        let width = facts.map(\.0.count).max() ?? 0
        let head = facts.map { label, text in
            String(repeating: " ", count: width - label.count) + style.faint(label + ":") + " " + text
        }
        let data = letter.data.split(separator: "\n", omittingEmptySubsequences: false).map {
            Text.printable(String($0))
        }
        return head + [""] + data
    }
}
