import FoundationEssentials
import NIOCore
public import Pipeline

/// What the bucket has of one stream: who holds it, and where it goes on.
public struct LeaseRecord: Sendable, Hashable {
    /// Who holds a stream.
    public struct Holder: Sendable, Hashable {
        /// The name of the node, for people.
        public var node: String
        /// Tells state directories apart: two daemons of one name are two holders.
        public var directory: String

        /// Makes one of its parts.
        public init(node: String, directory: String) {
            self.node = node
            self.directory = directory
        }
    }

    /// The holder; nil: it was given up in good order.
    public var holder: Holder?
    /// Counts the holders, from 1.
    public var epoch: UInt64
    /// For how long the holder may go on after a renewal.
    public var lease: Duration
    /// Where the next holder goes on; nil: nowhere yet.
    public var position: LeasedPosition?

    /// Makes one of its parts.
    public init(holder: Holder?, epoch: UInt64, lease: Duration, position: LeasedPosition? = nil) {
        self.holder = holder
        self.epoch = epoch
        self.lease = lease
        self.position = position
    }
}

/// Where a stream goes on: its checkpoint, as it means something to every node.
public struct LeasedPosition: Sendable, Hashable {
    /// Where the stream came from, for people.
    public var location: String
    /// A hash of that: a position of something else is none.
    public var source: String
    /// The id to go on after; empty: there is none.
    public var lastEventID: ByteBuffer
    /// The last event id of the run that may go on, and which events of it are settled; nil: none.
    public var openRun: OpenRun?

    /// Makes one of its parts.
    public init(location: String, source: String, lastEventID: ByteBuffer, openRun: OpenRun? = nil) {
        self.location = location
        self.source = source
        self.lastEventID = lastEventID
        self.openRun = openRun
    }
}

// As it is stored: JSON that people can read. Members that are not known are left alone.
extension LeaseRecord {
    private struct Stored: Codable {
        struct Run: Codable {
            var id: String
            var events: String
        }

        var holder: String?
        var directory: String?
        var epoch: UInt64
        var lease_ms: Int64
        var location: String?
        var source: String?
        var last_event_id: String?
        /// Of an id that is no text.
        var last_event_id_base64: String?
        var open_run: Run?
    }

    /// Its bytes.
    public var bytes: [UInt8] {
        var stored = Stored(
            holder: holder?.node, directory: holder?.directory, epoch: epoch, lease_ms: lease.milliseconds)
        if let position {
            stored.location = position.location
            stored.source = position.source
            if let text = String(validating: position.lastEventID.readableBytesView, as: UTF8.self) {
                stored.last_event_id = text
            } else {
                stored.last_event_id_base64 = position.lastEventID.base64
            }
            stored.open_run = position.openRun.map {
                Stored.Run(id: $0.lastEventID.base64, events: $0.events.base64)
            }
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Of numbers and texts there is always JSON.
        return (try? encoder.encode(stored)).map(Array.init) ?? []
    }

    /// Reads a record; nil: it is none.
    public init?(reading bytes: [UInt8]) {
        guard let stored = try? JSONDecoder().decode(Stored.self, from: Data(bytes)),
            stored.epoch < .max, 0...Self.longestLease ~= stored.lease_ms
        else { return nil }
        self.init(holder: nil, epoch: stored.epoch, lease: .milliseconds(stored.lease_ms))
        if let node = stored.holder { holder = Holder(node: node, directory: stored.directory ?? "") }
        guard let source = stored.source else { return }
        var position = LeasedPosition(
            location: stored.location ?? "", source: source, lastEventID: ByteBuffer(string: stored.last_event_id ?? "")
        )
        if let text = stored.last_event_id_base64 {
            guard let id = ByteBuffer(base64: text) else { return nil }
            position.lastEventID = id
        }
        if let run = stored.open_run {
            guard let id = ByteBuffer(base64: run.id), let events = ByteBuffer(base64: run.events) else { return nil }
            position.openRun = OpenRun(lastEventID: id, events: events)
        }
        self.position = position
    }

    /// A day, in milliseconds: nobody waits longer for a holder, whatever its record says.
    private static var longestLease: Int64 { 86_400_000 }
}

extension ByteBuffer {
    fileprivate var base64: String { Data(readableBytesView).base64EncodedString() }

    fileprivate init?(base64 text: String) {
        guard let data = Data(base64Encoded: text) else { return nil }
        self.init(bytes: data)
    }
}

extension Duration {
    var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
