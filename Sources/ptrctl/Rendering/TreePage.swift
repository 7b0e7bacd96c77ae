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

    /// A line: a child, or several of which only the number is shown.
    private struct Row {
        let name: String
        let node: TreeNode?
    }

    var lines: [String] {
        Table<Row>([
            .left("NAME", least: 36, colour: { $0.node == nil ? .faint : nil }) { $0.name },
            .left("STATE", colour: { $0.node.map(colour(of:)) }) { row in
                row.node.map { Text.words($0.state.rawValue) } ?? ""
            },
            .right("INCARNATION", rank: 3) { row in
                row.node.map { $0.incarnation == 0 ? "-" : Text.grouped($0.incarnation) } ?? ""
            },
            .right("RESTARTS", rank: 2) { row in row.node.map { Text.grouped($0.restarts) } ?? "" },
            .left("HOLDS", rank: 1, least: 24) { $0.node.map(detail(of:)) ?? "" },
        ]).lines(of: rows(of: tree.root, level: 1), style)
    }

    /// A node and all below it.
    ///
    /// - Parameters:
    ///   - branch: what joins it to its parent.
    ///   - prefix: what stands before that, and before all below it.
    private func rows(of node: TreeNode, prefix: String = "", branch: String = "", level: Int) -> [Row] {
        let inner = prefix + (branch.isEmpty ? "" : branch == "└── " ? "    " : "│   ")
        let items = items(of: node, level: level)
        return [Row(name: prefix + branch + Text.printable(node.id), node: node)]
            + items.enumerated().flatMap { index, item -> [Row] in
                let branch = index == items.count - 1 ? "└── " : "├── "
                guard let child = item.node else { return [Row(name: inner + branch + "… " + item.name, node: nil)] }
                return rows(of: child, prefix: inner, branch: branch, level: level + 1)
            }
    }

    private func items(of node: TreeNode, level: Int) -> [Row] {
        let children = node.children.map { Row(name: $0.id, node: $0) }
        if let depth = scope.depth, level >= depth, !children.isEmpty {
            return [Row(name: "\(Text.grouped(Self.size(node) - 1)) below", node: nil)]
        }
        // Workers, and supervisors whose workers all are idle.
        let idle = node.children.filter(Self.isIdle)
        guard !scope.isFull, idle.count > (scope.isBusyOnly ? 0 : TreeScope.mostIdle) else { return children }
        // The number stands where the first of them would.
        return node.children.compactMap { child in
            if !Self.isIdle(child) { return Row(name: child.id, node: child) }
            return child.id == idle.first?.id ? Row(name: Self.summary(idle), node: nil) : nil
        }
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
        [
            node.process, node.holds.map { Self.describe($0, of: node.inHand) }, node.usage,
            node.note.map(Text.printable),
            node.strategy.map(Text.words), node.budget.map { Self.describe($0) },
        ].compactMap(\.self).joined(separator: ", ")
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

    private func colour(of node: TreeNode) -> Style.Colour {
        switch node.state {
        case .running, .idle, .busy: .green
        case .stopped: .red
        default: .yellow
        }
    }
}
