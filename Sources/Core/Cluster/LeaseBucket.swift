/// Where the records of all streams are: values by keys, each with the number of its last change.
public protocol LeaseBucket: Sendable {
    /// Reads a value, and nothing older than what was written last. No value with the number 0: it was never set.
    func read(_ key: String, within limit: Duration) async throws -> (value: [UInt8]?, revision: UInt64)

    /// Sets a value, if nobody has changed it since. Returns its new number; nil: somebody has.
    ///
    /// After a throw nobody knows whether it was stored.
    func write(
        _ key: String, _ value: [UInt8], ifRevision revision: UInt64, within limit: Duration
    ) async throws
        -> UInt64?
}

/// The time that leases go by. It runs on while the process is stopped or the machine sleeps.
public struct LeaseClock: Sendable {
    /// The time.
    public var now: @Sendable () -> Duration
    /// Sleeps until then; throws if the task is cancelled.
    public var sleep: @Sendable (Duration) async throws -> Void

    /// Makes one of its parts.
    public init(now: @escaping @Sendable () -> Duration, sleep: @escaping @Sendable (Duration) async throws -> Void) {
        self.now = now
        self.sleep = sleep
    }

    /// The machine's, its sleep included.
    public static var boot: LeaseClock {
        LeaseClock(now: bootTime) { until in
            // Looked at anew: what a clock of another kind slept is no proof.
            while case let left = until - bootTime(), left > .zero { try await ContinuousClock().sleep(for: left) }
        }
    }
}

/// What operators hear of the lease of a stream.
public enum LeaseNews: Sendable, Hashable {
    /// We hold it; nil: without a position.
    case taken(epoch: UInt64)
    /// We hold it again, and nobody has meanwhile.
    case regained(epoch: UInt64)
    /// It could not be renewed in time: nothing more is published until it is known who holds it.
    case doubted(String?)
    /// Another one holds it; nil: nobody at the moment.
    case lost(to: String?, epoch: UInt64)
    /// We have given it up.
    case released(epoch: UInt64)
    /// What the record has is of another source: the stream begins anew.
    case otherSource(String)
}

/// How a stream is held, for people.
public struct LeaseStatus: Sendable, Hashable {
    /// What we are to it.
    public var role: LeaseMachine.Role
    /// Who holds it, as far as we know; nil: nobody.
    public var holder: String?
    /// Counts the holders.
    public var epoch: UInt64
    /// Why it is not known who holds it, in words; nil: it is.
    public var trouble: String?
}

/// Whether a message of a stream may be published at this moment.
public enum LeasePermit: Sendable, Hashable {
    /// It may.
    case granted
    /// It is not known who holds the stream.
    case doubtful
    /// Another one holds it, and goes on from a position before it.
    case lost
    /// We do not hold it, and nobody is known to go on from before it.
    case abandoned
}
