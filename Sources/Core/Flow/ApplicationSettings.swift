public import Ledger
import Locking
import NIOCore
public import Supervision

/// The settings of a tree. The defaults are those of the configuration's documentation.
public struct ApplicationSettings: Sendable {
    /// Messages in flight, at most.
    public var maxInFlight = 4096
    /// Their bytes, at most.
    public var maxInFlightBytes = 256 << 20
    /// Messages of one stream from the first unsettled one to the last admitted one, at most.
    public var maxSpan = 4 * 4096
    /// The largest event that a stream may bring, in bytes.
    public var maxEventBytes = 16 << 20
    /// How large the pool may be, and how it follows the load.
    public var scaling = ScalingPolicy()
    /// How often a message is handed to a worker before it becomes a dead letter.
    public var maxAttempts = 3
    /// The wait after the first failed attempt; doubled each time.
    public var initialBackoff = Duration.milliseconds(100)
    /// The longest wait between two attempts.
    public var maximumBackoff = Duration.seconds(10)
    /// The longest wait before the next attempt that a handler may ask for.
    public var longestAskedBackoff = Duration.seconds(300)
    /// Whom main_supervisor deals to next; nil: least loaded if the handler wants several hands in hand, else round robin.
    public var balance: Balance?
    /// How long a worker may take over a message.
    public var workerTimeout = Duration.seconds(20)
    /// When intake and dealing pause because most messages fail.
    public var breaker = BreakerPolicy()
    /// The data of a kill message; empty: there is none.
    public var killMessage: [UInt8] = Array(#"{"message": panic}"#.utf8)
    /// Of a direct supervisor, over its workers. A worker that stopped over a message does not count: the message pays.
    public var directSupervisorBudget = RestartBudget(restarts: 100, within: .seconds(1))
    /// Of main_supervisor, over the direct supervisors.
    public var mainSupervisorBudget = RestartBudget(restarts: 20, within: .seconds(10))
    /// Of stream_supervisor, over the receivers.
    public var streamSupervisorBudget = RestartBudget(restarts: 20, within: .seconds(10))
    /// Of application_supervisor, over its children. When it is spent, the tree ends.
    public var applicationBudget = RestartBudget(restarts: 5, within: .seconds(60))
    /// The time between two writes of checkpoints and dead letters.
    public var storeInterval = Duration.seconds(1)

    /// Makes settings with all defaults.
    public init() {}
}

extension ApplicationSettings {
    /// The same with what is fixed at the start of a tree taken from those that it was started with.
    package func keeping(fixedOf first: ApplicationSettings) -> ApplicationSettings {
        var settings = self
        settings.scaling.workersPerSupervisor = first.scaling.workersPerSupervisor
        settings.directSupervisorBudget = first.directSupervisorBudget
        settings.mainSupervisorBudget = first.mainSupervisorBudget
        settings.streamSupervisorBudget = first.streamSupervisorBudget
        settings.applicationBudget = first.applicationBudget
        settings.storeInterval = first.storeInterval
        return settings
    }

    package var ledgerLimits: LedgerLimits {
        LedgerLimits(inFlight: maxInFlight, inFlightBytes: maxInFlightBytes, span: maxSpan, eventBytes: maxEventBytes)
    }
}

/// The settings that the tree lives by at the moment. A reload replaces them as a whole, so that whoever looks once
/// sees what belongs together; each part looks whenever it begins something new.
package final class LiveSettings: Sendable {
    /// One set of settings, and what follows from it.
    package final class Values: Sendable {
        package let settings: ApplicationSettings
        let retry: RetryPolicy
        /// The data of a kill message; nil when there is none.
        package let killMessage: ByteBuffer?

        package init(_ settings: ApplicationSettings) {
            self.settings = settings
            retry = RetryPolicy(
                maxAttempts: settings.maxAttempts, initialDelay: settings.initialBackoff,
                maximumDelay: settings.maximumBackoff, longestAsked: settings.longestAskedBackoff)
            killMessage = settings.killMessage.isEmpty ? nil : ByteBuffer(bytes: settings.killMessage)
        }
    }

    private let values: Locked<Values>

    package init(_ settings: ApplicationSettings) {
        values = Locked(Values(settings))
    }

    package var current: Values { values.withLock { $0 } }

    package func replace(with settings: ApplicationSettings) {
        let new = Values(settings)
        values.withLock { $0 = new }
    }
}
