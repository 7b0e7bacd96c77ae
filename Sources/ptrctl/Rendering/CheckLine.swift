import ControlClient

/// The one line that a monitoring system reads: a word, what it means, and figures behind a bar, in the form of
/// Nagios's plugins (`label=value[unit];warn;crit;min;max`).
struct CheckLine: Sendable {
    let text: String
    let status: ExitStatus

    init(_ status: Status) {
        let open = status.streams.count { $0.state == .open }
        let messages = status.messages
        let state = Text.printable(status.state.rawValue)
        let failed = status.streams.filter { $0.state == .failed }.map { Text.printable($0.name) }
        // What is wrong comes first: a pager shows the beginning.
        let facts = [
            Self.worst(status.troubles), status.isUnwell && status.state == .degraded ? nil : state,
            "\(open) of \(Text.count(status.streams.count, "stream")) open",
            "\(messages.inFlight) in flight", "\(Text.decimal(messages.ratePerSecond, places: 1))/s",
            "\(status.workers.busy) of \(Text.count(status.workers.total, "worker")) busy",
            failed.isEmpty ? nil : "failed: \(failed.joined(separator: " "))",
        ].compactMap(\.self)
        let figures = [
            "in_flight=\(messages.inFlight);;;0", "rate=\(messages.ratePerSecond);;;0",
            "received=\(messages.received)c;;;0", "dead_lettered=\(messages.deadLettered)c;;;0",
            "restarts=\(status.workers.restarts)c;;;0", "p99=\(status.latency.p99)ms;;;0",
        ]
        // A bar in a fact would end the facts.
        let said = facts.joined(separator: ", ").replacing("|", with: "/")
        text = "\(status.isUnwell ? "DEGRADED" : "OK") - \(said) | \(figures.joined(separator: " "))"
        self.status = status.isUnwell ? .failed : .done
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

    /// `stream slow: down 1m10s: connection refused (and 2 more)`
    private static func worst(_ troubles: [Trouble]) -> String? {
        guard let first = troubles.first?.sentence else { return nil }
        return troubles.count > 1 ? "\(first) (and \(troubles.count - 1) more)" : first
    }
}
