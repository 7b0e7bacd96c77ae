import ControlAPI

extension Status.Stream {
    /// Since when it is down, how often it was tried, and when it is tried again: `down 1min 10s, try 6, next in 12 s`. Nil while it
    /// is open, and of a daemon that does not say.
    var downtime: String? {
        guard let downForSeconds else { return nil }
        var words = ["down \(Text.uptime(seconds: downForSeconds))"]
        if let attempts, attempts > 0, state != .failed { words.append("try \(Text.grouped(attempts))") }
        if let next = nextAttemptInSeconds { words.append("next in \(Text.left(.seconds(next)))") }
        return words.joined(separator: ", ")
    }
}
