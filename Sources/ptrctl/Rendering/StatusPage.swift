import ControlAPI

/// The page that `ptrctl status` shows to people: what is wrong, the streams, and the figures.
struct StatusPage: Sendable {
    let status: Status
    let style: Style

    var lines: [String] {
        let sections = [
            header,
            StreamsTable(streams: status.streams, style: style, troubles: status.troubles, most: 30).lines,
            Facts(facts: facts).lines(style),
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
        let details = Text.facts([
            messages.inFlightBytes.map { Text.bytes($0) }, Text.some(messages.delayed, "delayed"),
        ])
        let filtered = messages.filtered.flatMap { $0 > 0 ? "\(Text.grouped($0)) filtered" : nil } ?? ""
        let late = messages.lateOutcomes.flatMap { $0 > 0 ? Text.count($0, "late outcome") : nil }
        return [
            "\(Text.grouped(messages.received)) received, \(Text.decimal(messages.ratePerSecond, places: 1))/s",
            Text.facts([
                "\(Text.grouped(messages.inFlight)) in flight" + (details.isEmpty ? "" : " (\(details))"),
                "\(Text.grouped(messages.processed)) processed" + (filtered.isEmpty ? "" : " (\(filtered))"),
                "\(Text.grouped(messages.killed)) killed",
                "\(Text.grouped(messages.deadLettered)) dead-lettered",
            ]),
            Text.facts(["\(Text.grouped(messages.retried)) retried", late]),
        ]
    }

    private var workers: String {
        let workers = status.workers
        return Text.facts([
            "\(Text.grouped(workers.busy)) of \(Text.grouped(workers.total)) busy",
            Text.count(workers.restarts, "restart"),
            "under \(Text.count(status.directSupervisors, "direct supervisor"))",
            Text.some(workers.abandoned, "abandoned").map { style.coloured($0, .yellow) },
        ])
    }

    /// Nil where there is nothing to say.
    private var storage: String? {
        guard let storage = status.storage else { return nil }
        func lost(_ count: Int, _ what: String) -> String? {
            Text.some(count, what).map { style.coloured($0, .red) }
        }
        let facts = [
            storage.storedDeadLetters > 0
                ? "\(Text.count(storage.storedDeadLetters, "dead letter")) (`ptrctl\u{A0}dead-letters`)" : nil,
            Text.some(storage.waitingDeadLetters, "waiting to be"), Text.some(storage.replaying, "being replayed"),
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
