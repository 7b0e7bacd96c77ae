/// Labels and what they are about, the labels aligned at their ends.
struct Facts: Sendable {
    /// Each label with its lines.
    let facts: [(label: String, lines: [String])]

    init(_ facts: [(label: String, lines: [String])]) {
        self.facts = facts
    }

    init(_ facts: [(String, String)]) {
        self.facts = facts.map { ($0.0, [$0.1]) }
    }

    func lines(_ style: Style) -> [String] {
        let width = facts.map { Text.width($0.label) }.max() ?? 0
        return facts.flatMap { label, lines in
            lines.enumerated().flatMap { index, line in
                let name = index == 0 ? label + ":" : ""
                let padding = String(repeating: " ", count: width + 1 - Text.width(name))
                return style.wrapped(line, first: padding + style.faint(name) + " ")
            }
        }
    }
}
