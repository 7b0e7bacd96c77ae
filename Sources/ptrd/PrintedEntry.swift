import Handlers
import NIOCore
import Pipeline
import Systemd
import Writing

extension WriterOutput<JournalRecord> {
    /// Of a longer event id, the beginning becomes a field: no stream goes on after such a one unless it is told to, and a field is
    /// to look for, not to hold a feed's data. In bytes.
    private static var longestEventID: Int { 8 << 10 }

    /// Prints entries of priority `info`, with the stream, the sequence, the event id and the worker as fields. An empty event
    /// id is left out.
    init(toJournal writer: BoundedWriter<JournalRecord>) {
        self.init(writer) { lines, hand in
            zip(lines.lines, hand.entries).map { line, entry in
                let message = entry.message
                var record = JournalRecord(message: line, priority: .info, identifier: "ptrd")
                record.append(.stream, message.stream.name)
                record.append(.sequence, "\(message.sequence)")
                record.append(.worker, hand.worker)
                if message.event.id.readableBytes > 0 {
                    record.append(.eventID, bytes: message.event.id.readableBytesView.prefix(Self.longestEventID))
                }
                return record
            }
        }
    }
}
