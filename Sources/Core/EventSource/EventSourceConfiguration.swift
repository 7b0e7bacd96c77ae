import NIOCore

/// What one ``EventSource`` connects to, and how patient it is.
public struct EventSourceConfiguration: Sendable {
    /// The stream's URL: `http`, `https`, `http+unix` or `https+unix`. User information in it is sent as basic
    /// authentication. A URL that cannot be used shows as the first update, ``EventSourceUpdate/failed(_:)``; see also
    /// ``validate()``.
    public var url: String

    /// The request's method. Streams that answer a question, such as those of language models, want `POST`.
    public var method: String = "GET"

    /// The request's body, sent anew with every connection; its media type belongs into ``headers``. A question that
    /// must not be asked twice ends with its answer: leave the loop at the first ``EventSourceUpdate/waiting(_:_:)``,
    /// after which nothing is sent before the next element is asked for. A redirect with status 303, and for `POST` one with
    /// 301 or 302, is followed with a `GET` without a body, as browsers do. Another one keeps the body, and is refused where it leads
    /// to another origin, also where that is the same host by another scheme (``EventSourceError/Code/bodyRedirected``).
    public var body: ByteBuffer? = nil

    /// A file with the request's body, in the place of ``body``. It is read for each connection, up to ``longestBody``. While it
    /// is empty, too long or cannot be read, the stream waits and tries again.
    public var bodyFile: String? = nil

    /// How many bytes a body from a file can have: 1 MiB.
    public static let longestBody = 1 << 20

    /// What the client calls itself. It goes along when a redirect leaves the origin.
    public var userAgent: String = "ptr"

    /// Further headers of the request. They replace our own of the same name, but for `Accept`, `Accept-Encoding`, which
    /// follows from ``compression``, and `Last-Event-ID`.
    /// None of them is sent on to another origin (scheme, host and port) by a redirect, nor again if a later redirect of the chain
    /// returns.
    public var headers: [(name: String, value: String)] = []

    /// Secrets that the request carries, read from files for each connection. They go before what ``headers`` and ``url``
    /// have of the same name, and of two with one name the later counts.
    public var credentials: [EventSourceCredential] = []

    /// The file of the bearer token among the ``credentials``.
    public var bearerTokenFile: String? {
        get { credentials.last { $0.use == .bearerToken }?.file }
        set {
            credentials.removeAll { $0.use == .bearerToken }
            if let newValue { credentials.append(EventSourceCredential(.bearerToken, file: newValue)) }
        }
    }

    /// Whether cookies that the server sets are sent back to it, with further connections, too, as long as the iterator
    /// lives: up to 32 of them, and 8 KiB. Those are the cookies of one origin; where a redirect leaves it, none is sent and
    /// none taken. An answer of 400, 401, 403 or 431 to a request that had some forgets them all.
    public var keepsCookies: Bool = false

    /// The last event ID of an earlier life, as bytes of UTF-8. Empty: none.
    public var lastEventID: [UInt8] = []

    /// Supplies the ID of each connection, in the place of ``lastEventID`` and of what has been parsed since. The parser's
    /// last event ID at the start of a connection is then the one it was asked for with. `nil`: as the standard has it.
    public var resumption: (any EventStreamResumption)? = nil

    /// How long to wait for bytes, comments included, before the connection counts as dead (rule C8). Servers are
    /// advised to send a comment about every 15 s. It runs only while the next element is asked for. `nil`: for ever.
    public var idleTimeout: Duration? = .seconds(60)

    /// How long name lookup, connecting, TLS and the wait for the response's head may take together, for each request of a
    /// chain of redirects. `nil`: for ever.
    /// The HTTP client's own limit for connecting holds besides it.
    public var connectTimeout: Duration? = .seconds(10)

    /// How long the response's head may take once the connection stands and the request is sent.
    public var responseTimeout = ResponseTimeout.withinConnectTimeout

    /// A limit for the time between the request and the head of its response.
    public enum ResponseTimeout: Sendable, Hashable {
        /// None of its own: connecting and the head together are limited by ``EventSourceConfiguration/connectTimeout``.
        case withinConnectTimeout
        /// That long, counted from the moment at which the request has been sent.
        case after(Duration)
        /// For ever: for servers that send the head together with the first event.
        case off
    }

    /// The waits between connections (rule C7).
    public var reconnect = ReconnectSchedule()

    /// A connection that lasted this long was a good spell even if it brought no event; one that brought an event
    /// always was.
    public var goodSpell: Duration = .seconds(30)

    /// Whether a status of 5xx or 429 is a reason to wait, at least as long as `Retry-After` says, and try again. By
    /// the standard (and by default) it ends the stream (rule C3).
    public var retryOnServerError = false

    /// What ends the stream beside that. By default as the standard has it.
    public var policy = EventSourcePolicy.standard

    /// How many redirects in a row are followed (rule C4).
    public var maximumRedirects = 5

    /// How much the parser holds, and what happens to larger events (rule C9).
    public var limits = EventStreamLimits()

    /// Whether the stream may come compressed (rule C10). It is decoded as it is read, so neither the memory nor the delay of
    /// an event that the server has flushed depends on it.
    public var compression = EventStreamCompression.refused

    /// The event that ends the stream, if there is one.
    public var end: EventStreamEnd? = nil

    /// Whether batches hold the comments' texts: ``EventStreamBatch/commentTexts`` and ``EventStreamBatch/items``.
    public var reportsComments: Bool = false

    /// Is told what is seen while a connection comes to be. It should not take long.
    package var onStep: (@Sendable (EventStreamStep) -> Void)?

    /// Creates a configuration with the defaults.
    public init(url: String) {
        self.url = url
    }

    /// The URL as it may stand in a log or a status: without user information, fragment, and the values of the query.
    /// Parameters that are ``credentials`` are named in it.
    public var displayURL: String { withParameters(redacted(url), secretParameters) }

    /// The names of the parameters that are credentials.
    var secretParameters: [String] {
        credentials.compactMap { if case .parameter(let name) = $0.use { name } else { nil } }
    }

    /// Checks what can be checked without a connection.
    ///
    /// - Throws: ``EventSourceError`` with the code `invalidURL` or `invalidHeader`.
    public func validate() throws(EventSourceError) {
        _ = try EventStreamRequest(self, lastEventID: "")
    }
}
