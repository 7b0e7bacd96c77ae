import EventSource
import NIOCore

/// All that was seen of a stream that is tried.
struct TrialTally: Sendable {
    /// One request and its answer. Times are since the beginning.
    struct Connection: Sendable {
        let url: String
        let begun: Duration
        var addresses: [String] = []
        var address: String?
        var requested: Duration?
        var answered: Duration?
        var status: Int?
        var reason = ""
        var fields: [TrialField] = []
        /// How many cookies it set.
        var cookies = 0
        /// Whether the answer differs by what encodings are asked for.
        var variesByEncoding = false
    }

    /// How it ended.
    enum Ending: Sendable {
        /// All that was to be shown was.
        case enough
        case timeUp
        /// The connection ended, or there was none.
        case connection(EventSourceError)
    }

    var connections: [Connection] = []
    /// When the stream was open.
    var opened: Duration?
    var ending: Ending?

    private(set) var events = 0
    /// Of the data of all events, and of the largest.
    private(set) var dataBytes = 0
    private(set) var largest = 0
    /// That were read.
    private(set) var bytes = 0
    private(set) var skipped = 0
    private(set) var filtered = 0
    private(set) var comments = 0
    private(set) var firstComment: Duration?
    private(set) var lastComment: Duration?
    private(set) var firstEvent: Duration?
    private(set) var lastEvent: Duration?
    private(set) var lastRead: Duration?
    /// The longest time between two reads.
    private(set) var longestSilence = Duration.zero
    /// How many events had each type; of many types the first ones.
    private(set) var types: [(name: String, count: Int)] = []
    private(set) var ids = TrialIDs()
    var retry: Duration?
    var shown: [TrialEvent] = []
    var fields = TrialFields()

    private static let mostTypes = 24

    /// Something was read.
    mutating func read(_ batch: EventStreamBatch, at time: Duration) {
        if let last = lastRead ?? opened { longestSilence = max(longestSilence, time - last) }
        lastRead = time
        bytes += batch.bytes
        skipped += batch.skippedEvents
        if batch.comments > 0 {
            comments += batch.comments
            firstComment = firstComment ?? time
            lastComment = time
        }
    }

    /// One of its events.
    mutating func count(_ event: EventStreamEvent, type: String, id: String, passes: Bool, at time: Duration) {
        events += 1
        firstEvent = firstEvent ?? time
        lastEvent = time
        dataBytes += event.data.readableBytes
        largest = max(largest, event.data.readableBytes)
        if !passes { filtered += 1 }
        ids.note(id, isOwn: event.hasOwnID)
        if let index = types.firstIndex(where: { $0.name == type }) {
            types[index].count += 1
        } else if types.count < Self.mostTypes {
            types.append((type, 1))
        }
    }

    /// It is over.
    mutating func end(_ ending: Ending, at time: Duration) {
        guard self.ending == nil else { return }
        self.ending = ending
        if let last = lastRead ?? opened { longestSilence = max(longestSilence, time - last) }
    }

    /// The time from the first event to the last, if that is enough to tell a rate.
    var span: Duration? {
        guard let firstEvent, let lastEvent, events > 1, lastEvent - firstEvent >= .milliseconds(100) else {
            return nil
        }
        return lastEvent - firstEvent
    }

    /// Events a second.
    var rate: Double? { span.map { Double(events - 1) / ($0 / .seconds(1)) } }

    /// How far apart comments were; nil: there were not two.
    var heartbeat: Duration? {
        guard let firstComment, let lastComment, comments > 1, lastComment > firstComment else { return nil }
        return (lastComment - firstComment) / (comments - 1)
    }
}

/// What the data of the first events has.
struct TrialFields: Sendable {
    struct Field: Sendable {
        /// As in a format, without braces.
        let path: String
        let kind: String
        /// The first value, without secrets.
        let example: String
        /// How many events had it.
        var count: Int
        var longest: Int
    }

    private(set) var fields: [Field] = []
    private(set) var documents = 0
    private(set) var others = 0
    private var places: [String: Int] = [:]

    private static let most = 200

    mutating func add(_ found: [Field]) {
        documents += 1
        for field in found {
            if let place = places[field.path] {
                fields[place].count += 1
                fields[place].longest = max(fields[place].longest, field.longest)
            } else if fields.count < Self.most {
                places[field.path] = fields.count
                fields.append(field)
            }
        }
    }

    mutating func addOther() { others += 1 }
}
