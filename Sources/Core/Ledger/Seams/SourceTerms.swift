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

/// What became of a message, told to the source that gave a receipt for it.
public struct SettlementNotice: Sendable, Hashable {
    /// The bin that a message ends in.
    public enum Bin: Sendable, Hashable {
        /// The handler completed.
        case processed
        /// It was a kill message, and stopped its worker.
        case killed
        /// It was given up, and its dead letter is stored.
        case deadLettered
    }

    /// The source's, as it was given with the event.
    public var receipt: UInt64
    /// How it ended.
    public var how: Bin

    /// Creates a notice.
    public init(receipt: UInt64, how: Bin) {
        self.receipt = receipt
        self.how = how
    }
}
