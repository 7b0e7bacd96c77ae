/// What a ``ControlServer`` bears from its clients, and how long it waits for them.
public struct ControlServerLimits: Hashable, Sendable {
    /// Connections at once. When there are more, the one that has been idle for longest, of the user who has most of
    /// them, makes way. Never more than half of the descriptors that the process may have.
    public var connections: Int
    /// Connections at once of one user, unless it is root or the daemon's own.
    public var connectionsPerUser = 512
    /// More connections, for root and the daemon's own user only.
    public var reservedConnections = 64
    /// Requests that are worked on at once, of all connections; one more is refused with 503.
    public var requests = 512
    /// Requests a second of one user; more are refused with 429.
    public var requestsPerSecond = 2000.0
    /// How many requests a user may have at once after a rest.
    public var requestBurst = 4000.0
    /// Event streams at once; one more is refused with 503.
    public var subscriptions = 64
    /// Event streams at once of one user.
    public var subscriptionsPerUser = 16
    /// The longest body of a request, in bytes; a longer one is refused with 413.
    public var body: Int
    /// The longest head of a request, all headers together, in bytes; a longer one is refused with 400.
    public var head: Int
    /// How many headers a request may have; more are refused with 400.
    public var headers = 64
    /// How long a new connection may take to send the head of its first request.
    public var firstRequest: Duration = .seconds(5)
    /// How long a request may take from its head to the end of its body.
    public var wholeRequest: Duration = .seconds(10)
    /// How long a connection may rest between an answer and the next request.
    public var idle: Duration
    /// How long a client may leave an answer unread that no longer fits into the connection's buffers.
    public var stall: Duration = .seconds(10)
    /// An event stream on which nothing happens carries a comment this often, so that a reader that is gone is noticed.
    public var heartbeat: Duration = .seconds(10)
    /// How often it is looked whether the socket is still where it was made.
    public var pathCheck: Duration = .seconds(2)
    /// What requests in flight are given when the server stops.
    public var grace: Duration

    /// Makes limits; what is left out has its default, and the rest can be set afterwards.
    public init(
        connections: Int = 1024, body: Int = 64 << 10, head: Int = 16 << 10, idle: Duration = .seconds(30),
        grace: Duration = .seconds(1)
    ) {
        self.connections = connections
        self.body = body
        self.head = head
        self.idle = idle
        self.grace = grace
    }
}
