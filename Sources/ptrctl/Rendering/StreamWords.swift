import ControlAPI

extension Status.Stream {
    /// Since when it is down, how often it was tried, and when it is tried again: `down 1m10s, try 6, next in 12 s`. Nil
    /// while it is open, and of a daemon that does not say.
    var downtime: String? {
        guard let downForSeconds else { return nil }
        var words = ["down \(Text.duration(downForSeconds))"]
        if let attempts, attempts > 0, state != .failed { words.append("try \(Text.grouped(attempts))") }
        if let next = nextAttemptInSeconds { words.append("next in \(Text.duration(next, .left))") }
        return words.joined(separator: ", ")
    }
}
