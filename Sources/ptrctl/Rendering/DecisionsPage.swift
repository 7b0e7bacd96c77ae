import ControlAPI

/// Why the pool has the size it has: the last decisions of the autoscaler.
struct DecisionsPage: Sendable {
    let decisions: Decisions
    let style: Style

    var lines: [String] {
        style.wrapped(headline)
            + (decisions.decisions.isEmpty ? ["No decision has been taken yet."] : [""] + table)
    }

    private var headline: String {
        let target = "target \(Text.count(decisions.target, "direct supervisor"))"
        guard decisions.mode == .manual else { return "\(Text.printable(decisions.mode.rawValue)), \(target)" }
        let other = decisions.automatic.map { "; auto would aim at \(Text.grouped($0))" } ?? ""
        return "pinned, \(target)\(other)"
    }

    private var table: [String] {
        var table = Table(columns: [
            .init(heading: "TIME", alignment: .left), .init(heading: "TICKS", alignment: .right, rank: 4),
            .init(heading: "IN FLIGHT", alignment: .right, rank: 3),
            .init(heading: "MEAN", alignment: .right, rank: 5), .init(heading: "WANTED", alignment: .right, rank: 2),
            .init(heading: "SIZE", alignment: .left),
            .init(heading: "WHY", alignment: .left, rank: 1, least: 32, narrowing: .prose),
        ])
        for decision in decisions.decisions {
            let size = decision.from == decision.to ? "\(decision.to)" : "\(decision.from) → \(decision.to)"
            let colour: Style.Colour? =
                decision.to > decision.from ? .green : decision.to < decision.from ? .yellow : nil
            table.rows.append([
                .init(style.time(decision.time)), .init(Text.grouped(decision.repeated)),
                .init(Text.grouped(decision.inFlight)), .init(Text.decimal(decision.mean, places: 1)),
                .init(Text.grouped(decision.raw)),
                .init(size) { [style] text in colour.map { style.coloured(text, $0) } ?? text },
                .init(ScalingWords.forPeople(decision.text.isEmpty ? Self.words(decision.reason) : decision.text)),
            ])
        }
        return table.lines(style)
    }

    /// `heldByWindow` is held by window.
    private static func words(_ code: String) -> String {
        Text.printable(code).map { $0.isUppercase ? " \($0.lowercased())" : String($0) }.joined()
    }
}
