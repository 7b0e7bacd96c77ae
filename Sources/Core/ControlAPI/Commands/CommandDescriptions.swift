// What the log and the audit trail call a command. Names may hold anything and are quoted.

extension PauseRequest: CustomStringConvertible {
    /// Such as `pause "tweets-1" for 60.0 s`.
    public var description: String {
        "pause" + (stream.map { " \($0.debugDescription)" } ?? "") + (forSeconds.map { " for \($0) s" } ?? "")
    }
}

extension ResumeRequest: CustomStringConvertible {
    /// Such as `resume "tweets-1"`.
    public var description: String { "resume" + (stream.map { " \($0.debugDescription)" } ?? "") }
}

extension DrainRequest: CustomStringConvertible {
    /// `drain`.
    public var description: String { "drain" }
}

extension ReloadRequest: CustomStringConvertible {
    /// `reload`.
    public var description: String { "reload" }
}

extension LogLevelRequest: CustomStringConvertible {
    /// Such as `log-level "debug"`.
    public var description: String { "log-level \(level.debugDescription)" }
}

extension ReplayRequest: CustomStringConvertible {
    /// Such as `replay dead letters of stream "tweets-1"`.
    public var description: String { "replay \(selection)" + (dryRun ? " (dry run)" : "") }
}

extension PurgeRequest: CustomStringConvertible {
    /// Such as `purge all dead letters, at most 10`.
    public var description: String { "purge \(selection)" + (dryRun ? " (dry run)" : "") }
}

extension DeadLetterSelection: CustomStringConvertible {
    /// Such as `dead letters 1, 2, 3 of stream "tweets-1" with "text", at most 10`.
    public var description: String {
        let shown = 20
        let numbers = ids.map { ids in
            " " + ids.prefix(shown).map { "\($0)" }.joined(separator: ", ")
                + (ids.count > shown ? " and \(ids.count - shown) more" : "")
        }
        return (all ? "all " : "") + "dead letters" + (numbers ?? "")
            + (stream.map { " of stream \($0.debugDescription)" } ?? "")
            + (text.map { " with \($0.debugDescription)" } ?? "") + (limit.map { ", at most \($0)" } ?? "")
    }
}

extension SetStreamPositionRequest: CustomStringConvertible {
    /// Such as `set the position of stream "tweets-1" to "9981"`; of a long id the beginning.
    public var description: String {
        let shown = 128
        let start = position.unicodeScalars.prefix(shown)
        let isCut = start.endIndex < position.unicodeScalars.endIndex
        return "set the position of stream \(stream.debugDescription) to"
            + " \(String(String.UnicodeScalarView(start)).debugDescription)\(isCut ? "…" : "")"
    }
}

extension ForgetStreamPositionRequest: CustomStringConvertible {
    /// Such as `forget the position of stream "tweets-1"`.
    public var description: String { "forget the position of stream \(stream.debugDescription)" }
}
