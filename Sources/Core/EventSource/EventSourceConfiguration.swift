import NIOCore

/// What one ``EventSource`` connects to, and how patient it is.
public struct EventSourceConfiguration: Sendable {
    /// The stream's URL: `http`, `https`, `http+unix` or `https+unix`. User information in it is sent as basic
    /// authentication. A URL that cannot be used shows as the first update, ``EventSourceUpdate/failed(_:)``; see also
    /// ``validate()``.
    public var url: String

    /// The request's method.
    public var method = "GET"

    /// The request's body, sent anew with every connection.
    public var body: ByteBuffer?

    /// Further headers of the request. They replace our own of the same name, but for `Accept` and `Last-Event-ID`.
    /// `Authorization` and `Cookie` are not sent on to another origin by a redirect.
    public var headers: [(name: String, value: String)] = []

    /// The last event ID of an earlier life, as bytes of UTF-8. Empty: none.
    public var lastEventID: [UInt8] = []

    /// How long to wait for bytes, comments included, before the connection counts as dead (rule C8). Servers are
    /// advised to send a comment about every 15 s. It runs only while the next element is asked for. `nil`: for ever.
    public var idleTimeout: Duration? = .seconds(60)

    /// How long name lookup, connecting, TLS and the wait for the response's head may take together, for each request of a
    /// chain of redirects. `nil`: for ever.
    /// The HTTP client's own limit for connecting holds besides it.
    public var connectTimeout: Duration? = .seconds(10)

    /// The waits between connections (rule C7).
    public var reconnect = ReconnectSchedule()

    /// A connection that lasted this long was a good spell even if it brought no event; one that brought an event
    /// always was.
    public var goodSpell: Duration = .seconds(30)

    /// Whether a status of 5xx or 429 is a reason to wait, at least as long as `Retry-After` says, and try again. By
    /// the standard (and by default) it ends the stream (rule C3).
    public var retryOnServerError = false

    /// How many redirects in a row are followed (rule C4).
    public var maximumRedirects = 5

    /// How much the parser holds, and what happens to larger events (rule C9).
    public var limits = EventStreamLimits()

    /// Whether batches hold the comments' texts: ``EventStreamBatch/commentTexts`` and ``EventStreamBatch/items``.
    public var reportsComments = false

    /// Creates a configuration with the defaults.
    public init(url: String) {
        self.url = url
    }

    /// Checks what can be checked without a connection.
    ///
    /// - Throws: ``EventSourceError`` with the code `invalidURL` or `invalidHeader`.
    public func validate() throws(EventSourceError) {
        _ = try EventStreamRequest(self, lastEventID: "")
    }
}
