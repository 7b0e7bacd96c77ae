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
    }

    /// Requests that went out together.
    private struct Group {
        var receiver: any ReplyReceiver
        /// -1: it has ended.
        var places: [Int]
        var left: Int
        var deadline: ContinuousClock.Instant

        mutating func take(_ index: Int) -> Entry? {
            guard index < places.count, places[index] >= 0 else { return nil }
            defer { (places[index], left) = (-1, left - 1) }
            return Entry(receiver: receiver, place: places[index])
        }
    }

    /// The lower bits of a number are its place in the group, the upper ones the group's number.
    private static let bits = 16
    private var groups: [UInt64: Group] = [:]
    private var last: UInt64 = 0

    var count: Int { groups.values.reduce(0) { $0 + $1.left } }

    /// Registers requests, whose numbers follow one another.
    ///
    /// - Returns: the first number.
    mutating func register(
        _ receiver: any ReplyReceiver, places: [Int], deadline: ContinuousClock.Instant
    ) -> UInt64 {
        let first = last + 1
        for start in stride(from: 0, to: places.count, by: 1 << Self.bits) {
            let some = Array(places[start...].prefix(1 << Self.bits))
            last += 1
            groups[last] = Group(receiver: receiver, places: some, left: some.count, deadline: deadline)
        }
        return first << Self.bits
    }

    mutating func take(_ number: UInt64) -> Entry? {
        guard let place = groups.index(forKey: number >> Self.bits) else { return nil }
        let entry = groups.values[place].take(Int(number & ((1 << Self.bits) - 1)))
        if groups.values[place].left == 0 { groups.remove(at: place) }
        return entry
    }

    mutating func takeExpired(at now: ContinuousClock.Instant) -> [Entry] { takeAll { $0.deadline <= now } }

    mutating func takeAll() -> [Entry] { takeAll { _ in true } }

    /// Takes what is open, in the order in which it went out.
    private mutating func takeAll(where isIncluded: (Group) -> Bool) -> [Entry] {
        let some = groups.filter { isIncluded($0.value) }.sorted { $0.key < $1.key }
        for (number, _) in some { groups[number] = nil }
        return some.flatMap { _, group in
            group.places.lazy.filter { $0 >= 0 }.map { Entry(receiver: group.receiver, place: $0) }
        }
    }
}

/// Ends, sorted by who gets them.
struct Ends {
    private var places: [ObjectIdentifier: Int] = [:]
    private var groups: [(receiver: any ReplyReceiver, replies: [PlacedReply])] = []

    mutating func add(_ entry: RequestTable.Entry, _ result: Result<Reply, NATSError>) {
        let reply = PlacedReply(place: entry.place, result: result)
        // Mostly it is the one of before.
        if let last = groups.indices.last, groups[last].receiver === entry.receiver {
            return groups[last].replies.append(reply)
        }
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
