import ControlAPI

/// The one line that a monitoring system reads: a word, what it means, and figures behind a bar, in the form of
/// Nagios's plugins (`label=value[unit];warn;crit;min;max`).
struct CheckLine: Sendable {
    let text: String
    let status: ExitStatus

    init(_ status: Status) {
        let isDegraded = status.state == .degraded
        let open = status.streams.count { $0.state == .open }
        let messages = status.messages
        var facts = [
            Text.printable(status.state.rawValue), "\(open) of \(status.streams.count) streams open",
            "\(messages.inFlight) in flight", "\(Text.decimal(messages.ratePerSecond, places: 1))/s",
            "\(status.workers.busy) of \(status.workers.total) workers busy",
        ]
        if let reason = status.degradedBecause { facts.insert(Text.printable(reason), at: 1) }
        let failed = status.streams.filter { $0.state == .failed }.map { Text.printable($0.name) }
        if !failed.isEmpty { facts.append("failed: \(failed.joined(separator: " "))") }
        let figures = [
            "in_flight=\(messages.inFlight);;;0", "rate=\(messages.ratePerSecond);;;0",
            "received=\(messages.received)c;;;0", "dead_lettered=\(messages.deadLettered)c;;;0",
            "restarts=\(status.workers.restarts)c;;;0", "p99=\(status.latency.p99)ms;;;0",
        ]
        // A bar in a fact would end the facts.
        let said = facts.joined(separator: ", ").replacing("|", with: "/")
        text = "\(isDegraded ? "DEGRADED" : "OK") - \(said) | \(figures.joined(separator: " "))"
        self.status = isDegraded ? .failed : .done
    }

    init(_ error: ControlClientError) {
        let word =
            switch error.exitStatus {
            case .notRunning: "DOWN"
            case .denied: "DENIED"
            default: "UNKNOWN"
            }
        text = "\(word) - \(Text.printable(error.description).replacing("|", with: "/"))"
        status = error.exitStatus
    }
}
