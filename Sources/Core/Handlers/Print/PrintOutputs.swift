import NIOCore
public import Pipeline
public import Supervision
public import Systemd

/// Where printed lines go.
public protocol PrintOutput: Sendable {
    /// Hands over the lines of a hand; returns when each is decided.
    ///
    /// - Returns: why lines were not taken, by their place; see ``BoundedWriter/write(all:)``.
    func print(_ lines: PrintedLines, of hand: Hand) async -> [Int: any Error]
}

/// Prints to a descriptor: standard output or a file.
public struct DescriptorOutput: PrintOutput {
    private let writer: BoundedWriter<PrintedLine>

    /// Prints through `writer`, which others run and close.
    public init(_ writer: BoundedWriter<PrintedLine>) {
        self.writer = writer
    }

    /// Writes the lines and nothing else of the messages.
    public func print(_ lines: PrintedLines, of hand: Hand) async -> [Int: any Error] {
        await writer.write(all: lines.lines)
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

    /// Writes entries of priority `info`. An empty event id is left out.
    public func print(_ lines: PrintedLines, of hand: Hand) async -> [Int: any Error] {
        await writer.write(
            all: zip(lines.lines, hand.entries).map { record($0, of: $1.message, by: hand.worker) })
    }

    private func record(_ line: PrintedLine, of message: Message, by worker: String) -> JournalRecord {
        var record = JournalRecord(message: line, priority: .info, identifier: identifier)
        record.append(.stream, message.stream.name)
        record.append(.sequence, "\(message.sequence)")
        record.append(.worker, worker)
        if message.event.id.readableBytes > 0 {
            record.append(.eventID, bytes: message.event.id.readableBytesView.prefix(Self.longestEventID))
        }
        return record
    }
}

extension BoundedWriter {
    /// The writer's thread as a supervised child: when it ends by an error it is started again and goes on with what is
    /// queued.
    public func childSpecification(_ id: ChildID) -> ChildSpecification {
        ChildSpecification(id: id) { [self] _ in try await run() }
    }
}
