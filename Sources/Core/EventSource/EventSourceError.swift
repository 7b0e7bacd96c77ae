/// Why a connection ended, or the whole stream did.
public struct EventSourceError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of an error. More may come.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code as a word: `connection`, for instance.
        public let description: String

        /// The configured URL, or one that a redirect gave, cannot be used.
        public static let invalidURL = Code(description: "invalid_url")
        /// A configured header cannot be sent.
        public static let invalidHeader = Code(description: "invalid_header")
        /// The file of a credential cannot be used.
        public static let credential = Code(description: "credential")
        /// The file with the body cannot be used.
        public static let bodyFile = Code(description: "body_file")
        /// The HTTP client was shut down.
        public static let clientShutDown = Code(description: "client_shut_down")
        /// The host's name could not be resolved.
        public static let dns = Code(description: "dns")
        /// No connection could be made.
        public static let connect = Code(description: "connect")
        /// TLS failed: a certificate that does not verify, for instance.
        public static let tls = Code(description: "tls")
        /// No response came within the connect timeout.
        public static let connectTimeout = Code(description: "connect_timeout")
        /// The connection stands, but no response came within the response timeout.
        public static let responseTimeout = Code(description: "response_timeout")
        /// The connection broke, or what came over it was not HTTP.
        public static let connection = Code(description: "connection")
        /// No bytes came within the idle timeout.
        public static let idle = Code(description: "idle")
        /// The server ended the stream in good order.
        public static let endedByServer = Code(description: "ended_by_server")
        /// The server said with 204 that there is nothing to connect to.
        public static let stoppedByServer = Code(description: "stopped_by_server")
        /// The server answered with a status other than 200.
        public static let refused = Code(description: "refused")
        /// The server answered with something other than `text/event-stream`.
        public static let wrongMediaType = Code(description: "wrong_media_type")
        /// The server compressed the stream although it was asked not to, or in a way that is not understood (rule C10). Not a byte
        /// of it is decompressed.
        public static let unsupportedContentEncoding = Code(description: "unsupported_content_encoding")
        /// The compressed stream cannot be decoded. What was decoded before was given.
        public static let corruptedContent = Code(description: "corrupted_content")
        /// The compressed stream decodes to so much that it can only be meant to do harm.
        public static let decompressionBomb = Code(description: "decompression_bomb")
        /// The event came that ends the stream: ``EventSourceConfiguration/end``.
        public static let endedByEvent = Code(description: "ended_by_event")
        /// A redirect without a usable `Location`.
        public static let invalidRedirect = Code(description: "invalid_redirect")
        /// A redirect to another origin would have taken the request's body along.
        public static let bodyRedirected = Code(description: "body_redirected")
        /// More redirects in a row than allowed.
        public static let tooManyRedirects = Code(description: "too_many_redirects")
        /// An event or a line is over its limit.
        public static let tooLarge = Code(description: "too_large")
    }

    /// How soon it is worth trying again.
    enum Pace: Sendable, Hashable {
        /// What is broken may be mended at any moment.
        case usual
        /// Somebody has to do something about it: a wrong URL, a maintenance page.
        case slow
    }

    /// What kind of error it is.
    public var code: Code
    /// The URL the request went to, without user information, values of the query and fragment.
    public var url: String
    /// What happened, in a few words.
    public var reason: String
    /// The response's status, where that is the reason.
    public var status: Int?
    /// What the response asked for in `Retry-After`.
    public var retryAfter: Duration?
    /// Whether the stream will connect again. If not, it is over.
    public var isTemporary: Bool
    /// How soon.
    var pace = Pace.usual
    /// Whether it is likely to stay so until somebody does something about it: a page instead of a stream, for instance.
    public var needsMending: Bool { pace == .slow }

    init(
        _ code: Code, url: String, reason: String, status: Int? = nil, retryAfter: Duration? = nil,
        isTemporary: Bool = true,
        pace: Pace = .usual
    ) {
        self.pace = pace
        self.code = code
        self.url = url
        self.reason = reason
        self.status = status
        self.retryAfter = retryAfter
        self.isTemporary = isTemporary
    }

    /// What is wrong with a compressed stream.
    init(_ fault: ContentDecoder.Fault, url: String, policy: EventSourcePolicy) {
        switch fault {
        case .corrupted(let reason):
            self.init(.corruptedContent, url: url, reason: "the compressed stream is corrupted: \(reason)")
        case .bomb:
            self.init(
                .decompressionBomb, url: url,
                reason: "the compressed stream is a decompression bomb: each of its bytes stands for more than 1,000",
                isTemporary: !policy.endsOnRefusal, pace: .slow)
        }
    }

    /// Which stream, what happened, and what comes next.
    public var description: String {
        "event stream \(url): \(reason); \(isTemporary ? "will connect again" : "the stream is over")"
    }
}
