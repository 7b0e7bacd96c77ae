/// One Server-Sent-Events stream (`[stream.NAME]`).
public struct StreamConfiguration: Sendable, Equatable {
    /// The stream's name: 1 to 64 bytes of letters, digits, `_`, `.` and `-`, of which the first is a letter or a
    /// digit.
    public var name: String
    /// The stream's address, as it was given: `http` or `https`, with a host and without user information.
    public var url: String
    /// After this long without a byte the connection counts as dead; `nil` is never.
    public var idleTimeout: Duration?
    /// How long a connection attempt may take, up to and including the TLS handshake.
    public var connectTimeout: Duration
    /// How long the server may take to answer once the connection stands; `nil` is as long as `connectTimeout`.
    public var responseTimeout: TimeLimit?
    /// How long the stream's position may be refused before it is tried without.
    public var downAfter: Duration
    /// The largest event, in bytes.
    public var maxEventBytes: Int
    /// The delay between a lost connection and the next one.
    public var reconnect: BackoffConfiguration
    /// The longest delay that the server can ask for.
    public var reconnectServerMax: Duration
    /// What is done about an answer that is no event stream.
    public var onRefusal: RefusalResponse
    /// Whether a 5xx or 429 answer is tried again. Otherwise it ends the stream, as the standard has it.
    public var retryServerErrors: Bool
    /// Additional request headers by name.
    public var headers: [String: String]
    /// The name of the credential that holds the stream's bearer token; `nil` is none.
    public var bearerCredential: String?
    /// The event id to begin after while the stream has no position; `nil` is none.
    public var initialEventID: String?
    /// The longest event id that is sent back to the server, in bytes.
    public var maxIDBytes: Int
    /// Names of parameters of the address's query that do not say what the stream brings.
    public var positionIgnoresQuery: [String]

    /// The idle timeout where none is given.
    public static var defaultIdleTimeout: Duration? { Options.Stream.idleTimeout.defaultValue }

    /// Makes a stream; what is left out has its default.
    public init(
        name: String,
        url: String,
        idleTimeout: Duration? = defaultIdleTimeout,
        connectTimeout: Duration? = nil,
        responseTimeout: TimeLimit? = nil,
        downAfter: Duration? = nil,
        maxEventBytes: Int? = nil,
        reconnect: BackoffConfiguration? = nil,
        reconnectServerMax: Duration? = nil,
        onRefusal: RefusalResponse? = nil,
        retryServerErrors: Bool? = nil,
        headers: [String: String] = [:],
        bearerCredential: String? = nil,
        initialEventID: String? = nil,
        maxIDBytes: Int? = nil,
        positionIgnoresQuery: [String] = []
    ) {
        self.name = name
        self.url = url
        self.idleTimeout = idleTimeout
        self.connectTimeout = connectTimeout ?? Options.Stream.connectTimeout.defaultValue
        self.responseTimeout = responseTimeout
        self.downAfter = downAfter ?? Options.Stream.downAfter.defaultValue
        self.maxEventBytes = maxEventBytes ?? Options.Stream.maxEventBytes.defaultValue
        self.reconnect =
            reconnect
            ?? BackoffConfiguration(
                initial: Options.Stream.reconnectInitial.defaultValue, max: Options.Stream.reconnectMax.defaultValue)
        self.reconnectServerMax = reconnectServerMax ?? Options.Stream.reconnectServerMax.defaultValue
        self.onRefusal = onRefusal ?? Options.Stream.onRefusal.defaultValue
        self.retryServerErrors = retryServerErrors ?? Options.Stream.retryServerErrors.defaultValue
        self.headers = headers
        self.bearerCredential = bearerCredential
        self.initialEventID = initialEventID
        self.maxIDBytes = maxIDBytes ?? Options.Stream.maxIDBytes.defaultValue
        self.positionIgnoresQuery = positionIgnoresQuery
    }
}

/// What is done about an answer that is no event stream.
public enum RefusalResponse: String, Sendable, Equatable, CaseIterable {
    /// It is tried again.
    case retry
    /// It ends the stream.
    case stop
}

/// How long something may take.
public enum TimeLimit: Sendable, Equatable {
    case off
    case after(Duration)
}

/// A delay that starts at `initial` and grows to `max`.
public struct BackoffConfiguration: Sendable, Equatable {
    /// The first delay.
    public var initial: Duration
    /// The longest delay.
    public var max: Duration

    /// Makes a backoff. `initial` should not be above `max`.
    public init(initial: Duration, max: Duration) {
        self.initial = initial
        self.max = max
    }
}
