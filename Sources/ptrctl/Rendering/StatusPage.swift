import ControlAPI

/// The page that `ptrctl status` shows to people: what is wrong, the streams, and the figures.
struct StatusPage: Sendable {
    let status: Status
    let style: Style

    var lines: [String] {
        let sections = [
            header, StreamsTable(streams: status.streams, style: style, troubles: status.troubles).lines,
            Facts(facts).lines(style),
        ]
        return Array(sections.filter { !$0.isEmpty }.joined(separator: [""]))
    }

    // MARK: What the daemon as a whole does

    private var header: [String] {
        let dot = style.coloured("●", colour(of: status.state))
        let state = style.coloured(Text.printable(status.state.rawValue), colour(of: status.state))
        let title = style.bold("ptrd") + " " + Text.printable(status.version)
        let uptime = Text.duration(status.uptimeSeconds)
        let headline = style.wrapped("\(dot) \(title): \(state), up \(uptime), pid\u{A0}\(status.pid)", rest: "  ")
        let keys = (status.needsRestart ?? []).map(Text.printable)
        let waiting =
            keys.isEmpty
            ? []
            : style.wrapped("waits for a restart: \(Text.list(keys))", rest: "  ").map { style.coloured($0, .yellow) }
        return headline + status.troubles.flatMap { $0.lines(style) } + waiting
    }

    private func colour(of state: Status.State) -> Style.Colour {
        switch state {
        case .running: .green
        case .degraded: .red
        default: .yellow
        }
    }

    // MARK: The rest

    private var facts: [(label: String, lines: [String])] {
        [
            ("Messages", messages), ("Workers", [workers]), ("Scaling", [ScalingWords(status).sentence]),
            ("Latency", [status.latencyFacts.joined(separator: "  ")]),
        ] + (storage.map { [("Stored", [$0])] } ?? [])
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
            Text.facts([inFlight] + settled),
            Text.facts(rest),
        ]
    }

    private var workers: String {
        let workers = status.workers
        var text = Text.facts([
            "\(Text.grouped(workers.busy)) of \(Text.grouped(workers.total)) busy",
            Text.count(workers.restarts, "restart"),
            "under \(Text.count(status.directSupervisors, "direct supervisor"))",
        ])
        if let abandoned = workers.abandoned, abandoned > 0 {
            text += ", " + style.coloured("\(Text.grouped(abandoned)) abandoned", .yellow)
        }
        return text
    }

    /// Nil where there is nothing to say.
    private var storage: String? {
        guard let storage = status.storage else { return nil }
        func lost(_ count: Int, _ what: String) -> String? {
            count > 0 ? style.coloured("\(Text.grouped(count)) \(what)", .red) : nil
        }
        let facts = [
            storage.storedDeadLetters > 0
                ? "\(Text.count(storage.storedDeadLetters, "dead letter")) (`ptrctl\u{A0}dead-letters`)" : nil,
            storage.waitingDeadLetters > 0 ? "\(Text.grouped(storage.waitingDeadLetters)) waiting to be" : nil,
            storage.replaying > 0 ? "\(Text.grouped(storage.replaying)) being replayed" : nil,
            lost(storage.evictedDeadLetters, "had to go for later ones"), lost(storage.droppedDeadLetters, "lost"),
            storage.lastWriteError.map { style.coloured("not written: \(Text.printable($0))", .red) },
        ].compactMap { $0 }
        return facts.isEmpty ? nil : facts.joined(separator: ", ")
    }
}

extension Status {
    /// `p50 0.25 ms` and so on; before anything was settled there is no latency, and 0 would be a lie.
    var latencyFacts: [String] {
        guard messages.processed + messages.killed + messages.deadLettered > 0 else { return ["–"] }
        let quantiles = [
            ("p50", latency.p50), ("p75", latency.p75), ("p90", latency.p90), ("p95", latency.p95),
            ("p99", latency.p99), ("max", latency.max),
        ]
        // What belongs together stays in one line.
        return quantiles.map { "\($0.0)\u{A0}\(Text.milliseconds($0.1).replacing(" ", with: "\u{A0}"))" }
    }
}
