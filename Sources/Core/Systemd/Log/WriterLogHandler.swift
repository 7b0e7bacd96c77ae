public import Logging
import Synchronization
import Writing

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

/// Makes a record of each log line and offers it to a writer. Never waits, however long the reader stalls: a full queue drops
/// the line and counts it.
struct WriterLogHandler<Record: BoundedRecord>: LogHandler {
    /// Makes a line's record, of the line, its logger's label and all of its metadata.
    typealias Make = @Sendable (LogEvent, _ label: String, Logger.Metadata) -> Record

    private let label: String
    private let sharedLevel: SharedLogLevel
    private let writer: BoundedWriter<Record>
    private let make: Make
    private var ownLevel: Logger.Level?
    /// What goes with every line. The provider's values go before it, the line's own before both.
    var metadata: Logger.Metadata = [:]
    /// Asked for more metadata at every line.
    var metadataProvider: Logger.MetadataProvider?

    /// - Parameter level: the process's, which holds until the logger is given one of its own.
    init(label: String, level: SharedLogLevel, writer: BoundedWriter<Record>, make: @escaping Make) {
        self.label = label
        sharedLevel = level
        self.writer = writer
        self.make = make
    }

    func log(event: LogEvent) { writer.offer(record(of: event)) }

    func record(of event: LogEvent) -> Record {
        var all = metadata
        if let provided = metadataProvider?.get(), !provided.isEmpty { all.merge(provided) { $1 } }
        if let own = event.metadata, !own.isEmpty { all.merge(own) { $1 } }
        return make(event, label, all)
    }

    var logLevel: Logger.Level {
        get { ownLevel ?? sharedLevel.level }
        set { ownLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }
}
