import Logging

/// What our two log handlers have in common: a level that follows the process's until it is set, and metadata.
private struct HandlerState: Sendable {
    let label: String
    let sharedLevel: SharedLogLevel
    var ownLevel: Logger.Level?
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    var level: Logger.Level { ownLevel ?? sharedLevel.level }

    /// The handler's metadata, under the provider's, under the line's own.
    func merged(_ event: LogEvent) -> Logger.Metadata {
        var result = metadata
        if let provided = metadataProvider?.get(), !provided.isEmpty { result.merge(provided) { $1 } }
        if let own = event.metadata, !own.isEmpty { result.merge(own) { $1 } }
        return result
    }
}

/// Sends log lines to journald with their metadata as fields. Never waits: a full queue drops the line and counts it.
///
/// The keys `stream`, `worker`, `sequence` and `event_id` become `PTRD_STREAM` and so on, as does any other key;
/// `message_id` becomes `MESSAGE_ID`, by which `journalctl -x` finds the catalog's explanation: its value is the name of a
/// ``MessageID``, or an identifier itself.
public struct JournalLogHandler: LogHandler {
    private var state: HandlerState
    private let identifier: String
    private let writer: BoundedWriter<JournalRecord>

    /// Creates a handler.
    ///
    /// - Parameters:
    ///   - label: The logger's label, sent as `PTRD_LOGGER`.
    ///   - identifier: `SYSLOG_IDENTIFIER`.
    ///   - level: The process's level.
    ///   - writer: The way to the journal.
    public init(label: String, identifier: String, level: SharedLogLevel, writer: BoundedWriter<JournalRecord>) {
        state = HandlerState(label: label, sharedLevel: level)
        self.identifier = identifier
        self.writer = writer
    }

    /// Queues the line for the journal; drops and counts it when the queue is full.
    public func log(event: LogEvent) {
        writer.offer(record(for: event))
    }

    func record(for event: LogEvent) -> JournalRecord {
        // What is quoted comes from outside: one control character, and journalctl shows a blob instead of the entry.
        func printable(_ text: String) -> [UInt8] {
            var bytes: [UInt8] = []
            bytes.appendPrintable(text.utf8, keepsLines: true)
            return bytes
        }
        var record = JournalRecord(
            message: printable(event.message.description), priority: JournalPriority(event.level),
            identifier: identifier)
        record.append(.logger, state.label)
        record.append(.codeFile, event.file)
        record.append(.codeLine, String(event.line))
        record.append(.codeFunction, event.function)
        for (key, value) in state.merged(event) {
            if key == MessageID.metadataKey {
                let name = value.description
                record.append(.messageID, MessageID(name: name)?.id ?? name)
            } else {
                record.append(JournalField(key), bytes: printable(value.description))
            }
        }
        if let error = event.error { record.append(JournalField("error"), bytes: printable(String(describing: error))) }
        return record
    }

    /// The process's level until it is set; from then on the logger's own.
    public var logLevel: Logger.Level {
        get { state.level }
        set { state.ownLevel = newValue }
    }

    /// What goes with every line. The provider's values go before it, the line's own before both.
    public var metadata: Logger.Metadata {
        get { state.metadata }
        set { state.metadata = newValue }
    }

    /// Asked for more metadata at every line.
    public var metadataProvider: Logger.MetadataProvider? {
        get { state.metadataProvider }
        set { state.metadataProvider = newValue }
    }

    /// One value of the metadata.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { state.metadata[key] }
        set { state.metadata[key] = newValue }
    }
}

/// Writes log lines to stderr, for people or `<N>`-prefixed for a service manager. Never waits, however long stderr
/// stalls: a full queue drops the line and counts it.
public struct StderrLogHandler: LogHandler {
    private var state: HandlerState
    private let isPrefixed: Bool
    private let writer: BoundedWriter<String>

    /// Creates a handler.
    ///
    /// - Parameters:
    ///   - label: The logger's label, which begins each line.
    ///   - isPrefixed: Whether lines have a `<N>` prefix instead of time and level.
    ///   - level: The process's level.
    ///   - writer: The way to stderr.
    public init(label: String, isPrefixed: Bool, level: SharedLogLevel, writer: BoundedWriter<String>) {
        state = HandlerState(label: label, sharedLevel: level)
        self.isPrefixed = isPrefixed
        self.writer = writer
    }

    /// Queues the line for stderr; drops and counts it when the queue is full.
    public func log(event: LogEvent) {
        writer.offer(line(for: event, time: .now()))
    }

    func line(for event: LogEvent, time: LogLine.Time) -> String {
        var metadata = state.merged(event)
        // Means nothing to a reader of lines.
        metadata[MessageID.metadataKey] = nil
        return isPrefixed
            ? LogLine.prefixed(event, label: state.label, metadata: metadata)
            : LogLine.readable(event, label: state.label, metadata: metadata, time: time)
    }

    /// The process's level until it is set; from then on the logger's own.
    public var logLevel: Logger.Level {
        get { state.level }
        set { state.ownLevel = newValue }
    }

    /// What goes with every line. The provider's values go before it, the line's own before both.
    public var metadata: Logger.Metadata {
        get { state.metadata }
        set { state.metadata = newValue }
    }

    /// Asked for more metadata at every line.
    public var metadataProvider: Logger.MetadataProvider? {
        get { state.metadataProvider }
        set { state.metadataProvider = newValue }
    }

    /// One value of the metadata.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { state.metadata[key] }
        set { state.metadata[key] = newValue }
    }
}
