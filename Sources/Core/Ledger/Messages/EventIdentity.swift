internal import Locking
import NIOCore

/// What the identities of a stream's events begin with.
struct EventOrigin: Sendable {
    private var lazyLocation: Lazily<ShortHash>?
    /// Stream and life: with the message's number, for events that have no ID.
    package var life = ShortHash()

    package init() {}

    /// Stream and location: with the run's ID and the ordinal in the run, the same in every life. Dear where a location is, so made
    /// when it is asked for.
    package var location: ShortHash { lazyLocation?.value ?? ShortHash() }

    /// - Parameter location: ``Ledger/identify(_:as:location:)``; no key goes into it, so two daemons have one identity for an event.
    package init(stream: String, location: @escaping @Sendable () -> [UInt8], life: [UInt8]) {
        lazyLocation = Lazily { ShortHash(of: Array("location".utf8), Array(stream.utf8), location()) }
        self.life = ShortHash(of: Array("life".utf8), Array(stream.utf8), life)
    }
}

extension Message {
    /// What names the event for whoever must not take it twice: 32 hexadecimal digits.
    ///
    /// Made of stream, location, the last event ID and the event's place among those that have it in a row; so it is the same after
    /// a retry, a replay or a restart, and for another daemon that has the stream by that name. Of an event without an ID, it is
    /// made of stream, life and number, and is the same within one life, and in a dead letter for ever. Computed when it is asked
    /// for. One that the event was given before it came here stays.
    public var identity: String { storedIdentity ?? identityHash.hex }

    /// What names the event to who drops what he has seen of late, such as a broker: its identity, and a hash of type and data. An ID
    /// may come back with something else, which is another event and not to be dropped.
    public var deduplicationID: String {
        var text: [UInt8] = []
        appendDeduplicationID(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends the same.
    public func appendDeduplicationID(to text: inout [UInt8]) {
        if let storedIdentity {
            text.append(contentsOf: storedIdentity.utf8)
        } else {
            identityHash.appendHex(to: &text)
        }
        text.append(0x2D)
        ShortHash(of: type, data).appendHex(to: &text)
    }

    /// The same, where it is no replay.
    package var identityHash: ShortHash {
        if let identity = event.identity { return identity }
        guard runOrdinal > 0, let knownID else { return ShortHash(of: stream.origin.life, nil, sequence) }
        return ShortHash(of: stream.origin.location, knownID, runOrdinal)
    }
}
