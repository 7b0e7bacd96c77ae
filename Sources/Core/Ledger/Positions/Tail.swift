import NIOCore

/// What is known of the settled events of the run that is still open: the ordinal of each, and a keyed hash of its type and
/// data. So they are recognised when the server sends the run again.
///
/// It holds the first events of the run. In a stream whose IDs are unique a run is mostly closed before anybody
/// wants to know its hashes: so the last event that was settled is hashed only when it must be, and forgotten with its run.
package struct Tail {
    /// The highest ordinal that is held.
    package static let limit: UInt64 = 256
    /// An event in a larger buffer is not kept, but hashed at once.
    private static let largestKept = 64 << 10

    package struct Entry: Sendable, Hashable {
        var ordinal: UInt64
        package var hash: ShortHash
    }

    /// In the order in which they were settled.
    package private(set) var entries: ContiguousArray<Entry> = []
    /// The last one, not hashed yet.
    private var kept: (ordinal: UInt64, event: Event)?

    package var isEmpty: Bool { entries.isEmpty && kept == nil }

    package mutating func removeAll() {
        kept = nil
        if !entries.isEmpty { entries.removeAll(keepingCapacity: true) }
    }

    /// Notes that an event of the open run is settled. False: it is beyond those that are held.
    package mutating func settle(_ event: Event, ordinal: UInt64, _ hash: KeyedHash) -> Bool {
        guard ordinal <= Self.limit else { return false }
        hashKept(hash)
        if event.data.storageCapacity + (event.type?.storageCapacity ?? 0) <= Self.largestKept {
            kept = (ordinal, event)
        } else {
            entries.append(Entry(ordinal: ordinal, hash: hash(event)))
        }
        return true
    }

    /// Hashes the event that is not hashed yet, so that its memory is free.
    mutating func hashKept(_ hash: KeyedHash) {
        guard let kept = kept.take() else { return }
        entries.append(Entry(ordinal: kept.ordinal, hash: hash(kept.event)))
    }

    /// Whether the event of an ordinal is this one; nil: it is not known.
    package func holds(_ event: Event, ordinal: UInt64, _ hash: KeyedHash) -> Bool? {
        if let kept, kept.ordinal == ordinal { return kept.event.isSame(as: event) }
        guard let entry = entries.last(where: { $0.ordinal == ordinal }) else { return nil }
        return entry.hash == hash(event)
    }
}

// How it is stored: the highest ordinal of the run, then ordinal and hash of each event.
extension Tail {
    /// - Parameter known: the highest ordinal that was given in the run.
    package func stored(known: UInt64, _ hash: KeyedHash) -> ByteBuffer {
        var copy = self
        copy.hashKept(hash)
        var buffer = ByteBufferAllocator().buffer(capacity: 8 + copy.entries.count * (2 + ShortHash.byteCount))
        buffer.writeInteger(known)
        for entry in copy.entries.sorted(by: { $0.ordinal < $1.ordinal }) {
            buffer.writeInteger(UInt16(entry.ordinal))
            entry.hash.write(to: &buffer)
        }
        return buffer
    }

    /// Reads what was stored. What makes no sense is left out: an event that is not recognised is handled again, which is
    /// better than one that is lost.
    package static func read(_ stored: ByteBuffer) -> (tail: Tail, known: UInt64)? {
        var buffer = stored
        guard var known = buffer.readInteger(as: UInt64.self), known <= 1 << 53 else { return nil }
        var tail = Tail()
        while tail.entries.count < Int(limit), let ordinal = buffer.readInteger(as: UInt16.self),
            let hash = ShortHash(readingFrom: &buffer)
        {
            guard ordinal > 0, UInt64(ordinal) <= limit else { continue }
            tail.entries.append(Entry(ordinal: UInt64(ordinal), hash: hash))
            known = max(known, UInt64(ordinal))
        }
        return (tail, known)
    }
}
