import ControlAPI

/// What all ptrds of a broker say, for `ptrctl --all`: each node, or stream, or worker in a line, and under it who is silent.
struct WholePage: Sendable {
    let whole: Whole
    let style: Style

    /// Of `--all status` and `--all top`.
    var status: [String] {
        let nodes = Table<NodeAnswer>([
            Self.node { $0 },
            .left("STATE", colour: colour) { Text.printable($0.status.state.rawValue) },
            .right("STREAMS", rank: 3) { "\(Text.grouped($0.openStreams))/\(Text.grouped($0.streams))" },
            .right("RECEIVED") { Text.grouped($0.status.messages.received) },
            .right("/S", rank: 2) { Text.decimal($0.status.messages.ratePerSecond, places: 1) },
            .right("IN FLIGHT", rank: 1) { Text.grouped($0.status.messages.inFlight) },
            .right("PROCESSED", rank: 4) { Text.grouped($0.status.messages.processed) },
            .right("KILLED", rank: 7) { Text.grouped($0.status.messages.killed) },
            .right("DEAD", rank: 3) { Text.grouped($0.status.messages.deadLettered) },
            .right("WORKERS", rank: 2) {
                "\(Text.grouped($0.status.workers.busy))/\(Text.grouped($0.status.workers.total))"
            },
            .right("P99", rank: 5) { Text.milliseconds($0.status.latency.p99) },
            .right("UP", rank: 6) { Text.duration($0.status.uptimeSeconds) },
            .left("VERSION", rank: 8) { Text.printable($0.version) },
        ])
        return nodes.lines(of: whole.nodes, style) + [""] + [sum] + problems + rest
    }

    /// Of `--all streams`.
    var streams: [String] {
        let rows = whole.nodes.flatMap { node in node.status.streams.map { (node: node, stream: $0) } }
        var columns: [Table<(node: NodeAnswer, stream: Status.Stream)>.Column] = [
            Self.node { $0.node },
            .left("STREAM", least: 12, narrowing: .middle) { Text.printable($0.stream.name) },
            .left("STATE", colour: { Self.colour(of: $0.stream) }) { Text.printable($0.stream.state.rawValue) },
            .right("EVENTS", rank: 1) { Text.grouped($0.stream.events) },
            .right("READ", rank: 4) { Text.bytes($0.stream.bytes) },
            .right("RECONNECTS", rank: 5) { Text.grouped($0.stream.reconnects) },
            .left("LAST ID", rank: 6, least: 8, narrowing: .middle) { style.shortID($0.stream.lastEventID) },
        ]
        if rows.contains(where: { $0.stream.lease != nil }) {
            columns.insert(.right("EPOCH", rank: 3) { $0.stream.lease.map { Text.grouped($0.epoch) } ?? "" }, at: 3)
        }
        if rows.contains(where: { $0.stream.broker != nil }) {
            columns.append(.right("PENDING", rank: 2) { $0.stream.broker.map { Text.grouped($0.pending) } ?? "" })
            columns.append(.right("HELD", rank: 2) { $0.stream.broker.map { Text.grouped($0.held) } ?? "" })
        }
        let errors = rows.flatMap { node, stream in
            stream.error.map { line("\(Text.printable(node.node)): \(Text.printable(stream.name))", $0) } ?? []
        }
        return (rows.isEmpty ? ["No streams are configured."] : Table(columns).lines(of: rows, style)) + errors + rest
    }

    /// Of `--all workers`.
    var workers: [String] {
        let rows = whole.nodes.flatMap { node in (node.workers ?? []).map { (node: node, worker: $0) } }
        let columns: [Table<(node: NodeAnswer, worker: Worker)>.Column] = [
            Self.node { $0.node },
            .left("WORKER") { Text.printable($0.worker.id) },
            .left("STATE", colour: { WorkersTable.colour(of: $0.worker) }) { Text.words($0.worker.state.rawValue) },
            .right("INCARNATION", rank: 4) { Text.grouped($0.worker.incarnation) },
            .right("RESTARTS", rank: 3) { Text.grouped($0.worker.restarts) },
            .right("HANDLED", rank: 2) { Text.grouped($0.worker.handled) },
            .left("HOLDS", least: 24) { row in
                row.worker.holds.map { TreePage.describe($0, of: row.worker.inHand) } ?? "-"
            },
        ]
        return (rows.isEmpty ? ["There are no workers."] : Table(columns).lines(of: rows, style)) + rest
    }

    /// Whether somebody should look: a node that is degraded, or silent.
    var isUnwell: Bool { !whole.silent.isEmpty || whole.trouble != nil || whole.nodes.contains { $0.status.isUnwell } }

    // MARK: Parts

    private static func node<Row>(_ answer: @escaping (Row) -> NodeAnswer) -> Table<Row>.Column {
        .left("NODE", least: 8, narrowing: .middle) { Text.printable(answer($0).node) }
    }

    /// What of all was received is where.
    private var sum: String {
        func sum(_ count: (Status.Messages) -> UInt64) -> String {
            // What others say may be anything.
            Text.grouped(
                whole.nodes.reduce(UInt64(0)) { $0.addingReportingOverflow(count($1.status.messages)).partialValue })
        }
        let messages = Text.facts([
            "\(sum { $0.received }) received", "\(sum { UInt64(clamping: $0.inFlight) }) in flight",
            "\(sum { $0.processed }) processed", "\(sum { $0.killed }) killed",
            "\(sum { $0.deadLettered }) dead-lettered",
        ])
        return "All: \(Text.count(whole.nodes.count, "node")), \(messages)"
    }

    private var problems: [String] {
        whole.nodes.flatMap { node in
            node.status.troubles.flatMap { line(Text.printable(node.node), $0.sentence) }
        }
    }

    private var rest: [String] {
        let silent = whole.silent.flatMap { node in
            let heard = node.lastHeardSeconds.map { "heard \(Text.duration($0)) ago" } ?? "not heard yet"
            let holds = node.holds.prefix(10).map(Text.printable)
            let words = Text.facts([heard]) + (holds.isEmpty ? "" : "; holds \(Text.list(Array(holds)))")
            return line(Text.printable(node.node), "silent, \(words)")
        }
        let cut = whole.nodes.filter(\.isCut).map { Text.printable($0.node) }
        let notes = [
            whole.trouble.map { "only this node could be asked, or not all: \(Text.printable($0))" },
            whole.leftOut > 0
                ? "\(Text.count(whole.leftOut, "answer")) left out: too many, too long, or without sense" : nil,
            cut.isEmpty ? nil : "not all of \(Text.list(cut)) had room; ask there",
        ].compactMap(\.self)
        return silent + notes.flatMap { style.wrapped(style.coloured($0, .yellow), first: "", rest: "  ") }
    }

    private func line(_ name: String, _ text: String) -> [String] {
        style.wrapped(style.coloured(Text.printable(text), .red), first: "✗ \(name): ", rest: "  ")
    }

    private func colour(of node: NodeAnswer) -> Style.Colour {
        switch node.status.state {
        case .running: .green
        case .degraded: .red
        default: .yellow
        }
    }

    private static func colour(of stream: Status.Stream) -> Style.Colour {
        switch stream.state {
        case .open, .finished, .standby: .green
        case .failed: .red
        default: .yellow
        }
    }
}
