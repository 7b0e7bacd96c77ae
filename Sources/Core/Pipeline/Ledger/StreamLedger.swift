import DequeModule
import EventSource
import NIOCore

/// The books on one stream: how far it is admitted, and how far it is settled without a gap.
struct StreamLedger {
    let name: StreamName
    /// Where it comes from: what its ids mean something to.
    let location: String?
    /// Whether its name belongs to another place now. Then its checkpoints are nobody's.
    private(set) var isSuperseded = false
    /// How many messages were admitted in this life.
    private(set) var admitted: UInt64 = 0
    /// The last event id that was admitted: where a new connection goes on.
    private(set) var lastAdmittedID: ByteBuffer

    /// The messages after the longest settled prefix, in order. Of settled ones in a row only the last has kept its id: it
    /// is the one that a checkpoint can be, and an id keeps in memory all that was read with it.
    private var afterPrefix: Deque<Entry> = []
    /// The last id of the longest settled prefix; nil when there is none to go on from.
    private(set) var checkpoint: ByteBuffer?
    private var storedCheckpoint: ByteBuffer?

    private struct Entry {
        var isSettled: Bool
        var id: ByteBuffer
    }

    init(name: StreamName, location: String? = nil, lastAdmittedID: ByteBuffer = ByteBuffer()) {
        self.name = name
        self.location = location
        self.lastAdmittedID = lastAdmittedID
    }

    /// From the first unsettled message to the last admitted one.
    var span: Int { afterPrefix.count }

    /// The last id of the longest settled prefix, when it is not stored yet.
    var unstoredCheckpoint: Checkpoint? {
        guard let checkpoint, checkpoint != storedCheckpoint, !isSuperseded else { return nil }
        return Checkpoint(stream: name.name, lastEventID: checkpoint, location: location)
    }

    mutating func supersede() { isSuperseded = true }

    mutating func resume(after id: ByteBuffer) {
        lastAdmittedID = id
        checkpoint = id
        storedCheckpoint = id
    }

    mutating func admit(_ event: EventStreamEvent, sequence: UInt64, receivedAt: Duration) -> Message {
        admitted += 1
        let message = Message(sequence: sequence, stream: name, ordinal: admitted, event: event, receivedAt: receivedAt)
        lastAdmittedID = event.lastEventID
        afterPrefix.append(Entry(isSettled: false, id: event.lastEventID))
        return message
    }

    mutating func settle(_ message: Message) {
        let first = admitted - UInt64(afterPrefix.count) + 1
        let place = Int(message.ordinal - first)
        afterPrefix[place].isSettled = true
        if place > 0, afterPrefix[place - 1].isSettled { afterPrefix[place - 1].id = ByteBuffer() }
        if place + 1 < afterPrefix.count, afterPrefix[place + 1].isSettled { afterPrefix[place].id = ByteBuffer() }
        var passed: ByteBuffer?
        while let entry = afterPrefix.first, entry.isSettled {
            passed = entry.id
            afterPrefix.removeFirst()
        }
        // A feed that never gives an id has no checkpoint.
        if let passed, passed.readableBytes > 0 || checkpoint != nil { checkpoint = passed }
    }

    /// What was stored is gone.
    mutating func forgetStored() { storedCheckpoint = nil }

    mutating func stored(_ checkpoint: Checkpoint) {
        storedCheckpoint = checkpoint.lastEventID
    }
}
