import Logging

/// The way of all log lines of the process: one bounded queue and one thread.
public final class LogWriter: Sendable {
    private enum Way: Sendable {
        case journal(BoundedWriter<JournalRecord>)
        case lines(BoundedWriter<String>, isPrefixed: Bool)
    }

    /// The level of every logger that was not given one of its own. Changes take effect at once.
    public let level: SharedLogLevel
    /// Where the lines go.
    public let destination: LogDestination
    private let identifier: String
    private let way: Way

    /// Creates the way and starts its thread.
    ///
    /// - Parameters:
    ///   - destination: Where to.
    ///   - identifier: The program's name: `SYSLOG_IDENTIFIER`, and who says that lines were dropped.
    ///   - level: The level to begin with.
    ///   - limits: How much may wait.
    /// - Throws: ``WriterError/threadUnavailable(errno:)``.
    public convenience init(
        destination: LogDestination, identifier: String, level: Logger.Level,
        limits: (records: Int, bytes: Int) = (10_000, 8 << 20)
    ) throws(WriterError) {
        try self.init(
            destination: destination, identifier: identifier, level: level, limits: limits, journal: JournalSink(),
            lines: DescriptorSink<String>(.standardError))
    }

    init(
        destination: LogDestination, identifier: String, level: Logger.Level, limits: (records: Int, bytes: Int),
        journal: any RecordSink<JournalRecord>, lines: any RecordSink<String>
    ) throws(WriterError) {
        self.destination = destination
        self.identifier = identifier
        self.level = SharedLogLevel(level)
        let limits = (records: limits.records, bytes: limits.bytes)
        switch destination {
        case .journal:
            let writer = BoundedWriter<JournalRecord>(
                name: "log-journal", limits: .init(records: limits.records, bytes: limits.bytes, batch: 64),
                sink: journal,
                onDropsEnded: { dropped in
                    var record = JournalRecord(
                        message: Self.report(dropped), priority: .warning, identifier: identifier)
                    record.append(.messageID, MessageID.logDropped.id)
                    return record
                })
            // Neither of our sinks breaks: they refuse records, which the counters show.
            try writer.start { _ in }
            way = .journal(writer)
        case .prefixedLines, .readableLines:
            let isPrefixed = destination == .prefixedLines
            let writer = BoundedWriter<String>(
                name: "log-stderr", limits: .init(records: limits.records, bytes: limits.bytes), sink: lines,
                onDropsEnded: { dropped in
                    let event = LogEvent(
                        level: .warning, message: "\(Self.report(dropped))", metadata: nil, source: nil, file: #fileID,
                        function: #function, line: #line)
                    return isPrefixed
                        ? LogLine.prefixed(event, label: identifier, metadata: [:])
                        : LogLine.readable(event, label: identifier, metadata: [:], time: .now())
                })
            try writer.start { _ in }
            way = .lines(writer, isPrefixed: isPrefixed)
        }
    }

    private static func report(_ dropped: Int) -> String {
        dropped == 1 ? "1 log line was dropped" : "\(dropped) log lines were dropped"
    }

    /// Makes the handler of a logger.
    public func makeHandler(label: String, metadataProvider: Logger.MetadataProvider? = nil) -> any LogHandler {
        switch way {
        case .journal(let writer):
            var handler = JournalLogHandler(label: label, identifier: identifier, level: level, writer: writer)
            handler.metadataProvider = metadataProvider
            return handler
        case .lines(let writer, let isPrefixed):
            var handler = StderrLogHandler(label: label, isPrefixed: isPrefixed, level: level, writer: writer)
            handler.metadataProvider = metadataProvider
            return handler
        }
    }

    /// Returns once the lines logged before the call are out.
    public func flush() async {
        switch way {
        case .journal(let writer): await writer.flush()
        case .lines(let writer, _): await writer.flush()
        }
    }

    /// Lets what waits go out and ends the thread; later lines are dropped.
    ///
    /// - Parameter limit: After which the rest is given up, so that a stalled reader cannot hold up the process's end.
    public func close(within limit: Duration = .seconds(5)) async {
        switch way {
        case .journal(let writer): await writer.close(within: limit)
        case .lines(let writer, _): await writer.close(within: limit)
        }
    }

    /// What has been written, dropped and waits.
    public var counters: WriterCounters {
        switch way {
        case .journal(let writer): writer.counters
        case .lines(let writer, _): writer.counters
        }
    }
}

/// swift-log, set up as systemd likes it.
public enum SystemdLogging {
    /// Sends every `Logger` of the process to the journal when stderr is the journal's, else to stderr. Once per
    /// process, first in `main`.
    ///
    /// - Parameters:
    ///   - identifier: The program's name.
    ///   - level: The level to begin with.
    /// - Returns: The writer: change its level, and close it as the last thing before the process ends.
    /// - Throws: ``WriterError/threadUnavailable(errno:)``.
    public static func bootstrap(
        identifier: String = "ptrd", level: Logger.Level = .info
    ) throws(WriterError) -> LogWriter {
        let writer = try LogWriter(destination: .current(), identifier: identifier, level: level)
        LoggingSystem.bootstrap(
            { writer.makeHandler(label: $0, metadataProvider: $1) }, metadataProvider: LoggingSystem.metadataProvider)
        return writer
    }
}
