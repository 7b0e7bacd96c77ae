/// How many messages may be in process (`[flow]`).
public struct FlowConfiguration: Sendable, Equatable {
    /// How many messages may be admitted and not yet settled.
    public var maxInFlight: Int
    /// How many bytes these messages may hold together.
    public var maxInFlightBytes: Int
    /// How long a stopping daemon waits for its messages in flight.
    public var drainTimeout: Duration
    /// How many messages of one stream may lie between its last admitted one and the end of its longest settled prefix.
    public var maxSpan: Int

    /// Makes a flow; what is left out has its default, which for `maxSpan` is four times `maxInFlight`.
    public init(
        maxInFlight: Int? = nil,
        maxInFlightBytes: Int? = nil,
        drainTimeout: Duration? = nil,
        maxSpan: Int? = nil
    ) {
        self.maxInFlight = maxInFlight ?? Options.Flow.maxInFlight.defaultValue
        self.maxInFlightBytes = maxInFlightBytes ?? Options.Flow.maxInFlightBytes.defaultValue
        self.drainTimeout = drainTimeout ?? Options.Flow.drainTimeout.defaultValue
        self.maxSpan = maxSpan ?? 4 * self.maxInFlight
    }
}
