/// What a ``ControlServer`` bears from its clients, and how long it waits for them.
public struct ControlServerLimits: Hashable, Sendable {
    /// Connections at once; further ones wait in the kernel's queue until one is closed.
    public var connections: Int
    /// The longest body of a request, in bytes; a longer one is refused with 413.
    public var body: Int
    /// The longest head of a request, all headers together, in bytes; a longer one is refused with 400.
    public var head: Int
    /// A connection on which nothing happens for so long is closed, also in the midst of a request.
    public var idle: Duration
    /// What requests in flight are given when the server stops.
    public var grace: Duration

    /// Makes limits; what is left out has its default.
    public init(
        connections: Int = 64, body: Int = 64 << 10, head: Int = 16 << 10, idle: Duration = .seconds(30),
        grace: Duration = .seconds(1)
    ) {
        self.connections = connections
        self.body = body
        self.head = head
        self.idle = idle
        self.grace = grace
    }
}
