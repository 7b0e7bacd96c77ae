import ControlAPI

/// The tree, one child in a line, drawn like tree(1) draws folders.
struct TreePage: Sendable {
    let tree: Tree
    let style: Style

    var lines: [String] {
        var table = Table(columns: [
            .init(heading: "NAME", alignment: .left), .init(heading: "STATE", alignment: .left),
            .init(heading: "INCARNATION", alignment: .right), .init(heading: "RESTARTS", alignment: .right),
            .init(heading: "HOLDS", alignment: .left),
        ])
        append(tree.root, prefix: "", branch: "", to: &table)
        return table.lines(heading: style.faint)
    }

    private func append(_ node: TreeNode, prefix: String, branch: String, to table: inout Table) {
        let colour = colour(of: node.state)
        let (style, name) = (style, Text.printable(node.id))
        table.rows.append([
            .init(prefix + branch + name), .init(Text.printable(node.state.rawValue)) { style.coloured($0, colour) },
            .init(node.incarnation == 0 ? "-" : Text.grouped(node.incarnation)), .init(Text.grouped(node.restarts)),
            .init(detail(of: node)),
        ])
        let inner =
            switch branch {
            case "": prefix
            case "└── ": prefix + "    "
            default: prefix + "│   "
            }
        for (index, child) in node.children.enumerated() {
            append(child, prefix: inner, branch: index == node.children.count - 1 ? "└── " : "├── ", to: &table)
        }
    }

    private func detail(of node: TreeNode) -> String {
        var parts: [String] = []
        if let strategy = node.strategy { parts.append(Text.printable(strategy)) }
        if let budget = node.budget { parts.append(Self.describe(budget)) }
        if let held = node.holds { parts.append(Self.describe(held)) }
        if let note = node.note { parts.append(Text.printable(note)) }
        return parts.joined(separator: ", ")
    }

    /// `message 17 of tweets-1 for 120 ms, attempt 2`
    static func describe(_ held: HeldMessage) -> String {
        var text = "message \(held.sequence) of \(Text.printable(held.stream))"
        text += " for \(Text.milliseconds(held.heldForMilliseconds))"
        if held.attempt > 1 { text += ", attempt \(held.attempt)" }
        return text
    }

    /// `5 of 5 restarts left in 60 s`
    static func describe(_ budget: RestartBudget) -> String {
        let period = Text.decimal(
            budget.withinSeconds, places: budget.withinSeconds.rounded() == budget.withinSeconds ? 0 : 1)
        return "\(Text.grouped(budget.left)) of \(Text.grouped(budget.restarts)) restarts left in \(period) s"
    }

    private func colour(of state: TreeNode.State) -> Style.Colour {
        switch state {
        case .running, .idle, .busy: .green
        case .stopped: .red
        default: .yellow
        }
    }
}
