extension EventSourceConfiguration {
    /// The URL as it may stand in a log or a status: without user information, fragment, and the values of the query.
    public var displayURL: String { redacted(url) }
}
