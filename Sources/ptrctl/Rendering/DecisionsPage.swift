import ControlAPI

/// Why the pool has the size it has: the last decisions of the autoscaler.
struct DecisionsPage: Sendable {
    let decisions: Decisions
    let style: Style

    var lines: [String] {
        [headline] + (decisions.decisions.isEmpty ? ["No decision has been taken yet."] : [""] + table)
    }

    private var headline: String {
        let target = "target \(Text.count(decisions.target, "direct supervisor"))"
        guard decisions.mode == .manual else { return "\(Text.printable(decisions.mode.rawValue)), \(target)" }
        let other = decisions.automatic.map { "; auto would aim at \(Text.grouped($0))" } ?? ""
        return "pinned, \(target)\(other)"
    }

    private var table: [String] {
        var table = Table(columns: [
            .init(heading: "TIME", alignment: .left), .init(heading: "TICKS", alignment: .right),
            .init(heading: "IN FLIGHT", alignment: .right), .init(heading: "MEAN", alignment: .right),
            .init(heading: "WANTED", alignment: .right), .init(heading: "SIZE", alignment: .left),
            .init(heading: "WHY", alignment: .left),
        ])
        for decision in decisions.decisions {
            let size = decision.from == decision.to ? "\(decision.to)" : "\(decision.from) → \(decision.to)"
            let colour: Style.Colour? =
                decision.to > decision.from ? .green : decision.to < decision.from ? .yellow : nil
            table.rows.append([
                .init(Text.time(decision.time)), .init(Text.grouped(decision.repeated)),
                .init(Text.grouped(decision.inFlight)), .init(Text.decimal(decision.mean, places: 1)),
                .init(Text.grouped(decision.raw)),
                .init(size) { [style] text in colour.map { style.coloured(text, $0) } ?? text },
                .init(Text.printable(decision.text.isEmpty ? decision.reason : decision.text)),
            ])
        }
        return table.lines(heading: style.faint)
    }
}
