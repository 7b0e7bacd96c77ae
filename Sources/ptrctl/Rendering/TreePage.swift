import ControlAPI

/// How much of the tree is shown.
struct TreeScope: Sendable, Hashable {
    /// Without a limit and without folding.
    var isFull = false
    /// Only what works or is not well.
    var isBusyOnly = false
    /// How many levels, the root being the first.
    var depth: Int?

    /// So many idle children of one supervisor are shown; of more, the number.
    static let mostIdle = 2
}

/// The tree, one child in a line, drawn like tree(1) draws folders. What is idle is folded, since of many there is nothing
/// to see.
struct TreePage: Sendable {
    let tree: Tree
    let style: Style
    var scope = TreeScope()

    var lines: [String] {
        var table = Table(columns: [
            .init(heading: "NAME", alignment: .left, least: 36), .init(heading: "STATE", alignment: .left),
            .init(heading: "INCARNATION", alignment: .right, rank: 3),
            .init(heading: "RESTARTS", alignment: .right, rank: 2),
            .init(heading: "HOLDS", alignment: .left, rank: 1, least: 24),
        ])
        append(tree.root, prefix: "", branch: "", level: 1, to: &table)
        return table.lines(style)
    }

    /// A child, or several of which only the number is shown.
    private enum Item {
        case node(TreeNode)
        case folded(String)
    }

    private func append(_ node: TreeNode, prefix: String, branch: String, level: Int, to table: inout Table) {
        let colour = colour(of: node.state)
        let (style, name) = (style, Text.printable(node.id))
        table.rows.append([
            .init(prefix + branch + name), .init(Text.words(node.state.rawValue)) { style.coloured($0, colour) },
            .init(node.incarnation == 0 ? "-" : Text.grouped(node.incarnation)), .init(Text.grouped(node.restarts)),
            .init(detail(of: node)),
        ])
        let inner =
            switch branch {
            case "": prefix
            case "└── ": prefix + "    "
            default: prefix + "│   "
            }
        let items = items(of: node, level: level)
        for (index, item) in items.enumerated() {
            let branch = index == items.count - 1 ? "└── " : "├── "
            switch item {
            case .node(let child): append(child, prefix: inner, branch: branch, level: level + 1, to: &table)
            case .folded(let text):
                table.rows.append(
                    [.init(inner + branch + "… " + text) { style.faint($0) }] + (0..<4).map { _ in .init("") })
            }
        }
    }

    private func items(of node: TreeNode, level: Int) -> [Item] {
        guard !node.children.isEmpty else { return [] }
        if let depth = scope.depth, level >= depth {
            return [.folded("\(Text.grouped(node.children.reduce(0) { $0 + Self.size($1) })) below")]
        }
        guard !scope.isFull else { return node.children.map(Item.node) }
        let most = scope.isBusyOnly ? 0 : TreeScope.mostIdle
        // Workers, and supervisors whose workers all are idle.
        let idle = node.children.filter { Self.isIdle($0) }
        guard idle.count > most else { return node.children.map(Item.node) }
        var items: [Item] = []
        var hasFolded = false
        for child in node.children {
            if !Self.isIdle(child) {
                items.append(.node(child))
            } else if !hasFolded {
                hasFolded = true
                items.append(.folded(Self.summary(idle)))
            }
        }
        return items
    }

    /// Whether it neither works nor is in trouble, and nothing beneath it does.
    private static func isIdle(_ node: TreeNode) -> Bool {
        switch node.state {
        case .idle: node.holds == nil
        case .running:
            !node.children.isEmpty && node.id.hasPrefix("direct_supervisor.") && node.children.allSatisfy(isIdle)
        default: false
        }
    }

    private static func size(_ node: TreeNode) -> Int {
        1 + node.children.reduce(0) { $0 + size($1) }
    }

    /// `24 idle`, `3 idle, with 24 workers`
    private static func summary(_ nodes: [TreeNode]) -> String {
        let workers = nodes.reduce(0) { $0 + $1.children.count }
        return "\(Text.grouped(nodes.count)) idle" + (workers > 0 ? ", with \(Text.count(workers, "worker"))" : "")
    }

    private func detail(of node: TreeNode) -> String {
        var parts: [String] = []
        if let held = node.holds { parts.append(Self.describe(held, of: node.inHand)) }
        if let note = node.note { parts.append(Text.printable(note)) }
        if let strategy = node.strategy { parts.append(Text.words(strategy)) }
        if let budget = node.budget { parts.append(Self.describe(budget)) }
        return parts.joined(separator: ", ")
    }

    /// `message 17 of tweets-1 for 120 ms, attempt 2, and 31 more`
    static func describe(_ held: HeldMessage, of count: Int? = nil) -> String {
        var text = "message \(held.sequence) of \(Text.printable(held.stream))"
        text += " for \(Text.milliseconds(held.heldForMilliseconds))"
        if held.attempt > 1 { text += ", attempt \(held.attempt)" }
        if let count, count > 1 { text += ", and \(Text.grouped(count - 1)) more" }
        return text
    }

    /// `5 of 5 restarts left in 60 s`
    static func describe(_ budget: RestartBudget) -> String {
        "\(Text.grouped(budget.left)) of \(Text.grouped(budget.restarts)) restarts left in \(period(budget))"
    }

    /// `60 s`, `500 ms`
    static func period(_ budget: RestartBudget) -> String {
        let seconds = budget.withinSeconds
        return Text.duration(seconds, seconds == seconds.rounded() ? .elapsed : .measured)
    }

    private func colour(of state: TreeNode.State) -> Style.Colour {
        switch state {
        case .running, .idle, .busy: .green
        case .stopped: .red
        default: .yellow
        }
    }
}
