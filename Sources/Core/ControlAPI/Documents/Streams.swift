/// All streams, as `GET /v1/streams` gives them.
public struct Streams: Hashable, Sendable, Codable {
    /// In the order of the configuration.
    public let streams: [Status.Stream]

    /// Makes one of its parts.
    public init(streams: [Status.Stream]) {
        self.streams = streams
    }
}
