import Logging
import Synchronization

/// The log level of the process: read by every logger at every line, changed by a reload or an operator.
public final class SharedLogLevel: Sendable {
    private let index: Atomic<Int>

    /// Creates it with a level.
    public init(_ level: Logger.Level) {
        index = Atomic(Self.index(of: level))
    }

    /// The level: lines below it are not made.
    public var level: Logger.Level {
        get { Logger.Level.allCases[index.load(ordering: .relaxed)] }
        set { index.store(Self.index(of: newValue), ordering: .relaxed) }
    }

    private static func index(of level: Logger.Level) -> Int {
        Logger.Level.allCases.firstIndex(of: level) ?? 0
    }
}
