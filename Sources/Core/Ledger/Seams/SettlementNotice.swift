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
