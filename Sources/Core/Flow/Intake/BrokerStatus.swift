/// What a broker says of what a source takes from it, when it was last asked.
public struct BrokerStatus: Sendable, Hashable {
    /// What is taken, such as `EVENTS/work`.
    public var name: String
    /// Messages that were delivered to nobody yet.
    public var pending: UInt64
    /// Messages that were delivered, to any machine, and are not acknowledged.
    public var ackPending: UInt64
    /// How old the oldest message is that is stored; nil: there is none.
    public var oldest: Duration?
    /// Messages that this ptrd holds: what it was delivered and has not acknowledged.
    public var held: UInt64
    /// Deliveries to this ptrd that were not the first of their message.
    public var redelivered: UInt64

    /// Makes one of its parts.
    public init(
        name: String, pending: UInt64 = 0, ackPending: UInt64 = 0, oldest: Duration? = nil, held: UInt64 = 0,
        redelivered: UInt64 = 0
    ) {
        self.name = name
        self.pending = pending
        self.ackPending = ackPending
        self.oldest = oldest
        self.held = held
        self.redelivered = redelivered
    }
}
