import NIOCore

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// A server of one feed, with all that it will ever send.
///
/// Event n has the feed's number and its own in its type, as `0/17` (a place that no limit or encoding gets in the way of), and
/// with ids also in its id.
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

    /// An event's type that the filter of each feed does not let pass.
    static let filteredType = "noise"

    /// What the server may send behind an event that is the last one of its group: of the same id, and filtered.
    func noise(after number: Int) -> [Event] {
        guard number % 3 != 0, feed.group(of: number).upperBound == number else { return [] }
        return (0..<number % 3).map { place in
            Event(
                id: feed.hasIDs ? id(of: number) : ByteBuffer(), type: ByteBuffer(string: Self.filteredType),
                data: ByteBuffer(string: "\(place) behind \(number)"))
        }
    }

    /// Event `number`, from 1.
    func event(_ number: Int, killMessage: [UInt8]) -> Event {
        let padding = feed.padding == 0 ? 0 : number * 37 % feed.padding
        let data = isKillMessage(number) ? killMessage : Array(repeating: 0x2e, count: padding)
        return Event(
            id: feed.hasIDs ? id(of: number) : ByteBuffer(), type: ByteBuffer(string: "\(index)/\(number)"),
            data: ByteBuffer(bytes: data))
    }

    /// The feed and the number of the event that has this type.
    static func event(of type: ByteBuffer?) -> (feed: Int, number: Int) {
        var (feed, number) = (0, 0)
        for byte in type?.readableBytesView ?? ByteBufferView() {
            if byte == UInt8(ascii: "/") {
                (feed, number) = (number, 0)
            } else {
                number = number * 10 + Int(byte - UInt8(ascii: "0"))
            }
        }
        return (feed, number)
    }

    func isKillMessage(_ number: Int) -> Bool { number.isMultiple(of: 11) }

    /// Whether an event crashes every worker that handles it.
    func isPoison(_ number: Int) -> Bool { number % 13 == 5 }

    /// Whether what the handler needs is always down for an event.
    func isStubborn(_ number: Int) -> Bool { number % 7 == 3 }

    /// Whether whoever handles an event is ended from outside.
    func isCursed(_ number: Int) -> Bool { number % 7 == 6 }

    /// The id of an event: that of all of its group.
    func id(of number: Int) -> ByteBuffer { ByteBuffer(string: "\(feed.firstID + feed.group(of: number).upperBound)") }

    /// The number of the last event that has an id: 0 for an empty one, nil for one that this server never gave.
    func number(of id: ByteBuffer) -> Int? {
        guard id.readableBytes > 0 else { return 0 }
        var value = 0
        for byte in id.readableBytesView {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte), value < 1 << 32 else { return nil }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        let number = value - feed.firstID
        return (1...feed.count).contains(number) && feed.group(of: number).upperBound == number ? number : nil
    }

    /// What a position, and what is stored of the open run behind it, say of the events; nil when they belong to nobody, or not
    /// together.
    func known(after id: ByteBuffer, open: (id: ByteBuffer, tail: Tail)?) -> Known? {
        guard let position = number(of: id) else { return nil }
        guard let (id, tail) = open else { return Known(position: position) }
        guard position < feed.count, id == self.id(of: position + 1) else { return nil }
        let settled = Set(tail.entries.map { position + Int($0.ordinal) })
        let group = feed.group(of: position + 1)
        // Behind the group's own events are those that were filtered.
        guard settled.isSubset(of: group.lowerBound...group.upperBound + noise(after: group.upperBound).count) else {
            return nil
        }
        return Known(position: position, settled: settled.filter(group.contains))
    }

    func known(by checkpoint: Checkpoint) -> Known? {
        guard let run = checkpoint.openRun else { return known(after: checkpoint.lastEventID, open: nil) }
        guard let tail = Tail.read(run.events)?.tail else { return nil }
        return known(after: checkpoint.lastEventID, open: (run.lastEventID, tail))
    }
}

/// Where a message ends.
enum Bin: UInt64 {
    case processed
    case killed
    case deadLettered
}

/// Which events of a feed are known to be settled.
struct Known: Equatable {
    /// All up to this one.
    var position = 0
    /// Those behind it, of the group that follows.
    var settled: Set<Int> = []

    /// The last event up to which all are, or are behind `number`.
    func reach(from number: Int) -> Int {
        var last = number
        while settled.contains(last + 1) { last += 1 }
        return last
    }
}

extension Known: CustomStringConvertible {
    var description: String { settled.isEmpty ? "\(position)" : "\(position) and \(settled.sorted())" }
}
