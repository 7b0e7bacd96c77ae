import ControlAPI

/// The page that `ptrctl status` shows to people.
struct StatusPage: Sendable {
    let status: Status
    let style: Style

    var text: String {
        let sections = [header, streams, facts].filter { !$0.isEmpty }
        return sections.map { $0.joined(separator: "\n") }.joined(separator: "\n\n")
    }

    // MARK: What the daemon as a whole does

    private var header: [String] {
        let dot = style.coloured("●", colour(of: status.state))
        let state = style.coloured(Text.printable(status.state.rawValue), colour(of: status.state))
        let title = style.bold("ptrd") + " " + Text.printable(status.version)
        let uptime = Text.uptime(seconds: status.uptimeSeconds)
        var lines = ["\(dot) \(title): \(state), up \(uptime), pid \(status.pid)"]
        if let reason = status.degradedBecause {
            lines.append("  " + style.coloured(Text.printable(reason), .red))
        }
        return lines
    }

    private func colour(of state: Status.State) -> Style.Colour {
        switch state {
        case .running: .green
        case .degraded: .red
        default: .yellow
        }
    }

    // MARK: Streams

    private var streams: [String] {
        guard !status.streams.isEmpty else { return ["No streams are configured."] }
        var table = Table(columns: [
            .init(heading: "STREAM", alignment: .left), .init(heading: "STATE", alignment: .left),
            .init(heading: "EVENTS", alignment: .right), .init(heading: "READ", alignment: .right),
            .init(heading: "RECONNECTS", alignment: .right), .init(heading: "LAST ID", alignment: .left),
            .init(heading: "URL", alignment: .left),
        ])
        for stream in status.streams {
            let colour = colour(of: stream.state)
            table.rows.append([
                .init(Text.printable(stream.name)),
                .init(Text.printable(stream.state.rawValue)) { [style] in style.coloured($0, colour) },
                .init(Text.grouped(stream.events)), .init(Text.bytes(stream.bytes)),
                .init(Text.grouped(stream.reconnects)), .init(lastID(of: stream)), .init(Text.printable(stream.url)),
            ])
        }
        let errors = status.streams.compactMap { stream in
            stream.error.map { "\(Text.printable(stream.name)): " + style.coloured(Text.printable($0), .red) }
        }
        let losses = status.streams.flatMap { stream in
            [
                stream.possibleGaps > 0
                    ? "\(Text.count(stream.possibleGaps, "reconnect")) without an id: something may have been missed"
                    : nil,
                stream.skipped > 0
                    ? "\(Text.count(stream.skipped, "event")) larger than max_event_bytes left out" : nil,
            ].compactMap { $0 }.map { "\(Text.printable(stream.name)): " + style.coloured($0, .yellow) }
        }
        return table.lines(heading: style.faint) + errors + losses
    }

    private func colour(of state: Status.Stream.State) -> Style.Colour {
        switch state {
        case .open: .green
        case .failed: .red
        default: .yellow
        }
    }

    /// An id can be of any length: what does not fit is cut.
    private func lastID(of stream: Status.Stream) -> String {
        let id = Text.printable(stream.lastEventID)
        if id.isEmpty { return "-" }
        return id.count > 24 ? id.prefix(23) + "…" : id
    }

    // MARK: The rest

    private var facts: [String] {
        labelled("Messages", messages) + labelled("Workers", [workers]) + labelled("Scaling", [scaling])
            + labelled("Latency", [latency])
    }

    private func labelled(_ label: String, _ lines: [String]) -> [String] {
        let width = "Messages".count
        return lines.enumerated().map { index, line in
            let name = index == 0 ? label + ":" : ""
            return String(repeating: " ", count: width + 1 - name.count) + style.faint(name) + " " + line
        }
    }

    private var messages: [String] {
        let messages = status.messages
        var inFlight = "\(Text.grouped(messages.inFlight)) in flight"
        let details = [
            messages.inFlightBytes.map { Text.bytes($0) },
            messages.delayed.flatMap { $0 > 0 ? "\(Text.grouped($0)) delayed" : nil },
        ].compactMap { $0 }
        if !details.isEmpty {
            inFlight += " (\(details.joined(separator: ", ")))"
        }
        let settled = [
            "\(Text.grouped(messages.processed)) processed", "\(Text.grouped(messages.killed)) killed",
            "\(Text.grouped(messages.deadLettered)) dead-lettered",
        ]
        var rest = ["\(Text.grouped(messages.retried)) retried"]
        if let late = messages.lateOutcomes, late > 0 {
            rest.append(Text.count(late, "late outcome"))
        }
        return [
            "\(Text.grouped(messages.received)) received, \(Text.decimal(messages.ratePerSecond, places: 1))/s",
            ([inFlight] + settled).joined(separator: ", "),
            rest.joined(separator: ", "),
        ]
    }

    private var workers: String {
        let workers = status.workers
        var text = "\(Text.grouped(workers.busy)) of \(Text.grouped(workers.total)) busy, "
        text += "\(Text.count(workers.restarts, "restart")), "
        text += "under \(Text.count(status.directSupervisors, "direct supervisor"))"
        if let abandoned = workers.abandoned, abandoned > 0 {
            text += ", " + style.coloured("\(Text.grouped(abandoned)) abandoned", .yellow)
        }
        return text
    }

    private var scaling: String {
        let scaling = status.scaling
        let range =
            "target \(Text.grouped(scaling.target)) within \(Text.grouped(scaling.min)) to \(Text.grouped(scaling.max))"
        let mode = scaling.pinned.map { "pinned to \(Text.grouped($0))" } ?? Text.printable(scaling.mode.rawValue)
        let reason = scaling.reason.isEmpty ? "" : ": \(Text.printable(scaling.reason))"
        return "\(mode), \(range)\(reason)"
    }

    private var latency: String {
        let latency = status.latency
        let quantiles = [
            ("p50", latency.p50), ("p75", latency.p75), ("p90", latency.p90), ("p95", latency.p95),
            ("p99", latency.p99),
            ("max", latency.max),
        ]
        return quantiles.map { "\($0.0) \(Text.milliseconds($0.1))" }.joined(separator: "  ")
    }
}
