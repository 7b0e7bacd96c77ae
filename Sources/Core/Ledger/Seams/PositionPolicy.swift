public import NIOCore

/// What a source wants of the position that is kept for it.
public struct PositionPolicy: Sendable, Hashable {
    static let defaultMaximumIDBytes = 8 << 10

    /// The ID to begin after while no position is known; empty: without one.
    public var initialEventID: ByteBuffer
    /// An ID of more bytes is not sent to the server; the latest earlier one that is no longer is.
    public var maximumIDBytes: Int

    /// Makes a policy; the defaults are those of the configuration.
    public init(initialEventID: ByteBuffer = ByteBuffer(), maximumIDBytes: Int? = nil) {
        self.initialEventID = initialEventID
        self.maximumIDBytes = maximumIDBytes ?? Self.defaultMaximumIDBytes
    }
}
