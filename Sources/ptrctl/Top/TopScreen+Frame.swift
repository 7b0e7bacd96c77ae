import ControlAPI

/// The picture: the head, the graph, the direct supervisors, the slowest messages, the keys.
extension TopScreen {
    /// What the head and the line of keys take.
    private static let fixedRows = 7

    mutating func frame(_ size: ScreenSize) -> [String] {
        let free = max(size.rows - Self.fixedRows, 0)
        // What is left is shared: a fifth for the graph, a third of the rest for the slowest messages.
        let graphRows = free >= 10 ? min(max(free / 5, 2), 8) : 0
        let graphLines = graphRows > 0 ? graph(rows: graphRows, columns: size.columns) : []
        let lists = free - graphLines.count
        let slowestRows = min(top.slowest.count + 2, max(lists / 3, 0))
        let slowest = slowestRows > 2 ? slowestLines(rows: slowestRows) : []
        let supervisors = supervisorLines(rows: max(lists - slowest.count, 0))
        var lines = head + graphLines + supervisors
        let gap = size.rows - 1 - slowest.count - lines.count
        lines += Array(repeating: "", count: max(gap, 0)) + slowest + [keys]
        // On a screen that is too small for all of it the head stays.
        return lines.prefix(size.rows).map { Text.clipped($0, to: size.columns) }
    }

    // MARK: Head

    private var head: [String] {
        let status = top.status
        let messages = status.messages
        let latency = status.latency
        let state = style.coloured(Text.printable(status.state.rawValue), status.state == .running ? .green : .yellow)
        var title = "\(style.bold("ptrd")) \(Text.printable(status.version))  \(state)"
        title += "  up \(Text.uptime(seconds: status.uptimeSeconds))  pid \(status.pid)"
        if isPaused { title += "  " + style.coloured("[paused]", .yellow) }
        if let problem { title += "  " + style.coloured(Text.printable(problem.message), .red) }
        if let reason = status.degradedBecause { title += "  " + style.coloured(Text.printable(reason), .red) }
        let open = status.streams.count { $0.state == .open }
        let read = status.streams.map(\.bytes).reduce(UInt64(0)) { $0.addingReportingOverflow($1).partialValue }
        let quantiles = [
            ("p50", latency.p50), ("p75", latency.p75), ("p90", latency.p90), ("p95", latency.p95),
            ("p99", latency.p99), ("max", latency.max),
        ].map { "\($0.0) \(Text.milliseconds($0.1))" }
        return [
            title,
            labelled(
                "Streams",
                [
                    "\(open) of \(status.streams.count) open", "\(Text.bytes(read)) read",
                    unwell(status.streams),
                ]),
            labelled(
                "Messages",
                [
                    "\(Text.decimal(messages.ratePerSecond, places: 1))/s",
                    "\(Text.grouped(messages.inFlight)) in flight", "\(Text.grouped(messages.received)) received",
                    "\(Text.grouped(messages.killed)) killed", "\(Text.grouped(messages.deadLettered)) dead-lettered",
                    "\(Text.grouped(messages.retried)) retried",
                ]),
            labelled(
                "Workers",
                [
                    "\(Text.bar(status.workers.busy, of: status.workers.total, width: 20))"
                        + " \(Text.grouped(status.workers.busy)) of \(Text.grouped(status.workers.total)) busy",
                    "\(Text.count(status.workers.restarts, "restart"))",
                    "\(Text.count(status.directSupervisors, "direct supervisor"))",
                ]),
            labelled(
                "Scaling",
                [
                    status.scaling.pinned.map { "pinned to \($0)" } ?? Text.printable(status.scaling.mode.rawValue),
                    "target \(status.scaling.target) within \(status.scaling.min) to \(status.scaling.max)",
                    Text.printable(status.scaling.reason),
                ]),
            labelled("Latency", quantiles),
        ]
    }

    private func labelled(_ label: String, _ facts: [String]) -> String {
        let padding = String(repeating: " ", count: max(0, 10 - label.count))
        return style.faint(label) + padding + facts.filter { !$0.isEmpty }.joined(separator: "   ")
    }

    private func unwell(_ streams: [Status.Stream]) -> String {
        streams.filter { $0.state != .open }
            .map { stream in
                let left =
                    stream.pausedForSeconds.map { " for \(Text.left(.seconds($0))) more" }
                    ?? (stream.state == .paused ? nil : stream.downtime.map { ", \($0)" }) ?? ""
                return style.coloured(
                    "\(Text.printable(stream.name)) \(Text.printable(stream.state.rawValue))\(left)", .yellow)
            }
            .joined(separator: ", ")
    }

    // MARK: Graph

    private func graph(rows: Int, columns: Int) -> [String] {
        let history = top.history
        let graph = Graph(values: history.inFlight, columns: columns, rows: rows - 1)
        let seconds = Double(min(history.inFlight.count, columns)) * history.intervalSeconds
        let peak = "at most \(Text.grouped(graph.peak))"
        let title = style.faint("In flight") + " over \(Text.uptime(seconds: seconds)), \(peak)"
        return [title] + graph.lines
    }

    // MARK: Lists

    private mutating func supervisorLines(rows: Int) -> [String] {
        guard rows > 1 else { return [] }
        var table = Table(columns: [
            .init(heading: "SUPERVISOR", alignment: .left), .init(heading: "STATE", alignment: .left),
            .init(heading: "LOAD", alignment: .left), .init(heading: "BUSY", alignment: .right),
            .init(heading: "WORKERS", alignment: .right), .init(heading: "RESTARTS", alignment: .right),
            .init(heading: "HANDLED", alignment: .right), .init(heading: "PER S", alignment: .right),
        ])
        for load in supervisors {
            let isWell = load.state == .running
            table.rows.append([
                .init(Text.printable(load.id)),
                .init(Text.printable(load.state.rawValue)) { [style] in style.coloured($0, isWell ? .green : .yellow) },
                .init(Text.bar(load.busy, of: load.workers, width: 10)), .init(Text.grouped(load.busy)),
                .init(Text.grouped(load.workers)), .init(Text.grouped(load.restarts)),
                .init(Text.grouped(load.handled)), .init(Text.decimal(rates[load.id] ?? 0, places: 1)),
            ])
        }
        let lines = table.lines(heading: style.faint)
        return [lines[0]] + scroll.visible(Array(lines.dropFirst()), rows: rows - 1)
    }

    private func slowestLines(rows: Int) -> [String] {
        var table = Table(columns: [
            .init(heading: "SLOWEST", alignment: .right), .init(heading: "WORKER", alignment: .left),
            .init(heading: "MESSAGE", alignment: .right), .init(heading: "STREAM", alignment: .left),
            .init(heading: "ATTEMPT", alignment: .right), .init(heading: "EVENT ID", alignment: .left),
        ])
        for held in top.slowest.prefix(max(rows - 2, 0)) {
            let message = held.message
            table.rows.append([
                .init(Text.milliseconds(message.heldForMilliseconds)), .init(Text.printable(held.worker)),
                .init("\(message.sequence)"), .init(Text.printable(message.stream)), .init("\(message.attempt)"),
                .init(message.eventID.isEmpty ? "-" : Text.shortened(Text.printable(message.eventID), to: 24)),
            ])
        }
        return [""] + table.lines(heading: style.faint)
    }

    private var keys: String {
        let direction = isReversed ? ", reversed" : ""
        return style.faint(
            "s sort (\(order.rawValue)\(direction))  r reverse  p \(isPaused ? "go on" : "pause")  ↑↓ scroll  q quit")
    }
}
