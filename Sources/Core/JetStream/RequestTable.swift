/// Who waits for answers, in one or several places.
protocol ReplyReceiver: AnyObject, Sendable {
    /// Gets what came, or did not come, for some of its places; each gets one end.
    func replied(_ replies: [PlacedReply])
}

/// The end of a request.
struct PlacedReply: Sendable {
    /// Which of the receiver's requests it is.
    var place: Int
    var result: Result<Reply, NATSError>
}

/// What came back.
struct Reply: Sendable {
    var bytes: ArraySlice<UInt8>
}

/// Which requests are open. A number is given before the request goes out, and the first end that comes takes it away: so each
/// has one end, whatever comes late, twice, or for nobody.
struct RequestTable {
    struct Entry {
        var receiver: any ReplyReceiver
        var place: Int
        var deadline: ContinuousClock.Instant
    }

    private var entries: [UInt64: Entry] = [:]
    private var last: UInt64 = 0

    var count: Int { entries.count }

    mutating func register(
        _ receiver: any ReplyReceiver, place: Int, deadline: ContinuousClock.Instant
    ) -> UInt64 {
        last &+= 1
        entries[last] = Entry(receiver: receiver, place: place, deadline: deadline)
        return last
    }

    mutating func take(_ number: UInt64) -> Entry? { entries.removeValue(forKey: number) }

    mutating func takeExpired(at now: ContinuousClock.Instant) -> [Entry] {
        let expired = entries.filter { $0.value.deadline <= now }
        for number in expired.keys { entries.removeValue(forKey: number) }
        // In the order in which they went out.
        return expired.sorted { $0.key < $1.key }.map(\.value)
    }

    mutating func takeAll() -> [Entry] {
        defer { entries = [:] }
        return entries.sorted { $0.key < $1.key }.map(\.value)
    }
}

/// Ends, sorted by who gets them.
struct Ends {
    private var places: [ObjectIdentifier: Int] = [:]
    private var groups: [(receiver: any ReplyReceiver, replies: [PlacedReply])] = []

    mutating func add(_ entry: RequestTable.Entry, _ result: Result<Reply, NATSError>) {
        let reply = PlacedReply(place: entry.place, result: result)
        let key = ObjectIdentifier(entry.receiver)
        if let place = places[key] {
            groups[place].replies.append(reply)
        } else {
            places[key] = groups.count
            groups.append((entry.receiver, [reply]))
        }
    }

    func deliver() {
        for group in groups { group.receiver.replied(group.replies) }
    }
}
