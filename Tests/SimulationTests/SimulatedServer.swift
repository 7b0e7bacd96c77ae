import EventSource
import NIOCore

/// A server of one feed, with all that it will ever send.
///
/// Event n has the number n and the feed's in its type (a fixed place that no limit or encoding gets in the way of), and with
/// ids also in its id.
struct SimulatedServer {
    let index: Int
    let feed: Plan.Feed
    /// The last event that was sent to anybody. Without ids there is no way back behind it.
    var lastSent = 0
    /// Which bins an event has been settled in, over all lives.
    var settled: [Set<Bin>]

    init(_ index: Int, _ feed: Plan.Feed) {
        self.index = index
        self.feed = feed
        settled = Array(repeating: [], count: feed.count + 1)
    }

    /// The last event before the ones that a connection gets; nil for an id that this server never gave.
    func position(after id: ByteBuffer) -> Int? {
        guard feed.hasIDs else { return id.readableBytes == 0 ? lastSent : nil }
        return number(of: id)
    }

    /// Event `number`, from 1.
    func event(_ number: Int, killMessage: [UInt8]) -> EventStreamEvent {
        let padding = feed.padding == 0 ? 0 : number * 37 % feed.padding
        let data = isKillMessage(number) ? killMessage : Array(repeating: 0x2e, count: padding)
        return EventStreamEvent(
            type: ByteBuffer(integer: UInt64(index) << 32 | UInt64(number)), data: ByteBuffer(bytes: data),
            lastEventID: feed.hasIDs ? id(of: number) : ByteBuffer())
    }

    /// The feed and the number of the event that has this type.
    static func event(of type: ByteBuffer?) -> (feed: Int, number: Int) {
        let both = type?.getInteger(at: type!.readerIndex, as: UInt64.self) ?? 0
        return (Int(both >> 32), Int(both & 0xffff_ffff))
    }

    func isKillMessage(_ number: Int) -> Bool { number.isMultiple(of: 11) }

    /// Whether an event crashes every worker that handles it.
    func isPoison(_ number: Int) -> Bool { number % 13 == 5 }

    /// The id of an event.
    func id(of number: Int) -> ByteBuffer { ByteBuffer(string: "\(feed.firstID + number)") }

    /// The number of the event that has an id: 0 for an empty one, nil for one that this server never gave.
    func number(of id: ByteBuffer) -> Int? {
        guard id.readableBytes > 0 else { return 0 }
        guard let value = Int(String(buffer: id)) else { return nil }
        let number = value - feed.firstID
        return (1...feed.count).contains(number) ? number : nil
    }
}

/// Where a message ends.
enum Bin: UInt64 {
    case processed
    case killed
    case deadLettered
}
