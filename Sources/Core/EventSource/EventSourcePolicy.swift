/// What is a reason to end the stream, and what a reason to wait and try again.
///
/// The standard's rules are for a page with a reader, who sees that it stands still and loads it anew. A program that
/// nobody watches does better to try again until it is told to stop.
public struct EventSourcePolicy: Sendable, Hashable {
    /// Whether an answer that is no event stream is final. With `false` only 204, the server's word for stop, and a redirect
    /// loop are; answers of 5xx and 429 are as ``EventSourceConfiguration/retryOnServerError`` has it, in either case.
    public var endsOnRefusal: Bool
    /// Whether an answer that asks by its status or by `Retry-After` to come again is final, too.
    public var endsOnRequestToRetry: Bool
    /// How many bytes of the body of an answer that is no event stream are told in the error.
    public var quotedBytes: Int
    /// How long the server may refuse an ID with 400, 404 or 410, which a deployment answers as well, before a connection
    /// without the ID is to show whether it is the ID that is refused. It counts with a ``EventSourceConfiguration/resumption``
    /// only; `nil`: an ID is never given up.
    public var positionPatience: Duration?

    /// Creates a policy.
    public init(
        endsOnRefusal: Bool, endsOnRequestToRetry: Bool, quotedBytes: Int = 0, positionPatience: Duration? = nil
    ) {
        self.endsOnRefusal = endsOnRefusal
        self.endsOnRequestToRetry = endsOnRequestToRetry
        self.quotedBytes = quotedBytes
        self.positionPatience = positionPatience
    }

    /// As the standard has it (rule C3): every answer that is no event stream ends the stream.
    public static let standard = EventSourcePolicy(endsOnRefusal: true, endsOnRequestToRetry: true)

    /// For a program that runs for years: whatever the server answers, it is tried again, as long as it does not say stop.
    public static let persistent = EventSourcePolicy(
        endsOnRefusal: false, endsOnRequestToRetry: false, quotedBytes: 200, positionPatience: .seconds(60))
}

/// What a status means beside 200, 204 and the redirects.
enum RefusalKind {
    /// 5xx and 429: the server cannot, now.
    case serverError
    /// By its status or by `Retry-After` the server asks to come again.
    case requestToRetry
    /// The credential is not taken, which may be exchanged at any time.
    case credential
    /// Anything else.
    case other

    init(status: Int, asksToRetry: Bool) {
        switch status {
        case 429, 500...599: self = .serverError
        case 408, 421, 425: self = .requestToRetry
        case _ where asksToRetry: self = .requestToRetry
        case 401, 403: self = .credential
        default: self = .other
        }
    }

    func isTemporary(_ policy: EventSourcePolicy, retryOnServerError: Bool) -> Bool {
        switch self {
        case .serverError: retryOnServerError
        case .requestToRetry: !policy.endsOnRequestToRetry
        case .credential, .other: !policy.endsOnRefusal
        }
    }

    var pace: EventSourceError.Pace { self == .other ? .slow : .usual }
}
