import ControlAPI

/// The page that `ptrctl status` shows to people.
struct StatusPage: Sendable {
    let status: Status
    let style: Style

    var text: String {
        let sections = [header, StreamsTable(streams: status.streams, style: style).lines, facts].filter { !$0.isEmpty }
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

    // MARK: The rest

    private var facts: [String] {
        labelled("Messages", messages) + labelled("Workers", [workers]) + labelled("Scaling", [scaling])
            + labelled("Latency", [latency]) + (storage.map { labelled("Stored", [$0]) } ?? [])
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

    /// Nil where there is nothing to say.
    private var storage: String? {
        guard let storage = status.storage else { return nil }
        func lost(_ count: Int, _ what: String) -> String? {
            count > 0 ? style.coloured("\(Text.grouped(count)) \(what)", .red) : nil
        }
        let facts = [
            storage.storedDeadLetters > 0
                ? "\(Text.count(storage.storedDeadLetters, "dead letter")) (`ptrctl dead-letters`)" : nil,
            storage.waitingDeadLetters > 0 ? "\(Text.grouped(storage.waitingDeadLetters)) waiting to be" : nil,
            storage.replaying > 0 ? "\(Text.grouped(storage.replaying)) being replayed" : nil,
            lost(storage.evictedDeadLetters, "had to go for later ones"), lost(storage.droppedDeadLetters, "lost"),
            storage.lastWriteError.map { style.coloured("not written: \(Text.printable($0))", .red) },
        ].compactMap { $0 }
        return facts.isEmpty ? nil : facts.joined(separator: ", ")
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
