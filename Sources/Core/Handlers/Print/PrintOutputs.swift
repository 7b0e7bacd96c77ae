import NIOCore
public import Pipeline
public import Supervision
public import Systemd

/// Prints to a descriptor: standard output or a file.
public struct DescriptorOutput: PrintOutput {
    private let writer: BoundedWriter<[UInt8]>

    /// Prints through `writer`, which others run and close.
    public init(_ writer: BoundedWriter<[UInt8]>) {
        self.writer = writer
    }

    /// Writes the line and nothing else of the message.
    ///
    /// - Throws: What ``BoundedWriter/write(_:)`` throws.
    public func print(_ line: [UInt8], of message: Message, by worker: String) async throws {
        try await writer.write(line)
    }
}

/// Prints to the journal, with the stream, the sequence, the event id and the worker as fields.
public struct JournalOutput: PrintOutput {
    private let writer: BoundedWriter<JournalRecord>
    private let identifier: String

    /// Of a longer event id, the beginning becomes a field: no stream goes on after such a one unless it is told to, and a field is
    /// to look for, not to hold a feed's data. In bytes.
    public static let longestEventID = 8 << 10

    /// - Parameter identifier: `SYSLOG_IDENTIFIER` of the entries.
    public init(_ writer: BoundedWriter<JournalRecord>, identifier: String) {
        self.writer = writer
        self.identifier = identifier
    }

    /// Writes an entry of priority `info`. An empty event id is left out.
    ///
    /// - Throws: What ``BoundedWriter/write(_:)`` throws.
    public func print(_ line: [UInt8], of message: Message, by worker: String) async throws {
        var record = JournalRecord(message: line, priority: .info, identifier: identifier)
        record.append(.stream, message.stream.name)
        record.append(.sequence, "\(message.sequence)")
        record.append(.worker, worker)
        if message.event.id.readableBytes > 0 {
            record.append(.eventID, bytes: message.event.id.readableBytesView.prefix(Self.longestEventID))
        }
        try await writer.write(record)
    }
}

extension BoundedWriter {
    /// The writer's thread as a supervised child: when it ends by an error it is started again and goes on with what is
    /// queued.
    public func childSpecification(_ id: ChildID) -> ChildSpecification {
        ChildSpecification(id: id) { [self] _ in try await run() }
    }
}
