public import Logging
public import Writing

/// The way of all log lines of the process: one bounded queue and one thread.
public final class LogWriter: Sendable {
    /// The level of every logger that was not given one of its own. Changes take effect at once.
    public let level: SharedLogLevel
    /// Where the lines go.
    public let destination: LogDestination
    private let handler: @Sendable (_ label: String, Logger.MetadataProvider?) -> any LogHandler
    private let closeWriter: @Sendable (_ limit: Duration) async -> Void
    private let readCounters: @Sendable () -> WriterCounters

    /// Creates the way and starts its thread.
    ///
    /// - Parameters:
    ///   - destination: Where to.
    ///   - identifier: The program's name: `SYSLOG_IDENTIFIER`, and who says that lines were dropped.
    ///   - level: The level to begin with.
    ///   - limits: How much may wait.
    /// - Throws: ``WriterError/threadUnavailable(errno:)``.
    public convenience init(
        destination: LogDestination, identifier: String, level: Logger.Level, limits: WriterLimits = WriterLimits(),
        journal: any RecordSink<JournalRecord> = JournalSink(),
        lines: any RecordSink<String> = DescriptorSink(.standardError)
    ) throws(WriterError) {
        var limits = limits
        switch destination {
        case .journal:
            // Small batches: the watchdog sees the progress of each.
            limits.batch = 64
            try self.init(destination, "log-journal", journal, identifier, level, limits) {
                JournalRecord($0, label: $1, metadata: $2, identifier: identifier)
            }
        case .prefixedLines:
            try self.init(destination, "log-stderr", lines, identifier, level, limits, LogLine.prefixed)
        case .readableLines:
            try self.init(destination, "log-stderr", lines, identifier, level, limits) {
                LogLine.readable($0, label: $1, metadata: $2, time: .now)
            }
        }
    }

    private init<Record: BoundedRecord>(
        _ destination: LogDestination, _ thread: String, _ sink: any RecordSink<Record>, _ identifier: String,
        _ level: Logger.Level, _ limits: WriterLimits, _ make: @escaping WriterLogHandler<Record>.Make
    ) throws(WriterError) {
        let shared = SharedLogLevel(level)
        let writer = BoundedWriter(name: thread, limits: limits, sink: sink) { dropped in
            let event = LogEvent(
                level: .warning, message: dropped == 1 ? "1 log line was dropped" : "\(dropped) log lines were dropped",
                metadata: nil, source: nil, file: #fileID, function: #function, line: #line)
            return make(event, identifier, MessageID.logDropped.metadata())
        }
        self.destination = destination
        self.level = shared
        handler = { label, provider in
            var handler = WriterLogHandler(label: label, level: shared, writer: writer, make: make)
            handler.metadataProvider = provider
            return handler
        }
        closeWriter = { await writer.close(within: $0) }
        readCounters = { writer.counters }
        // Neither of our sinks breaks: they refuse records, which the counters show.
        try writer.start { _ in }
    }

    /// Sends every `Logger` of the process to the journal when stderr is the journal's, else to stderr. Once per process, first
    /// in `main`.
    ///
    /// - Parameters:
    ///   - identifier: The program's name.
    ///   - level: The level to begin with.
    /// - Returns: The writer: change its level, and close it as the last thing before the process ends.
    /// - Throws: ``WriterError/threadUnavailable(errno:)``.
    public static func bootstrap(identifier: String, level: Logger.Level) throws(WriterError) -> LogWriter {
        let writer = try LogWriter(destination: .current(), identifier: identifier, level: level)
        LoggingSystem.bootstrap(
            { writer.makeHandler(label: $0, metadataProvider: $1) }, metadataProvider: LoggingSystem.metadataProvider)
        return writer
    }

    /// Makes the handler of a logger.
    public func makeHandler(label: String, metadataProvider: Logger.MetadataProvider? = nil) -> any LogHandler {
        handler(label, metadataProvider)
    }

    /// Lets what waits go out and ends the thread; later lines are dropped.
    ///
    /// - Parameter limit: After which the rest is given up, so that a stalled reader cannot hold up the process's end.
    public func close(within limit: Duration = .seconds(5)) async { await closeWriter(limit) }

    /// What has been written, dropped and waits.
    public var counters: WriterCounters { readCounters() }
}
