import NIOCore
import Testing

@testable import EventSource

/// An event with strings, for comparison and for reading failures.
struct PlainEvent: Hashable, CustomStringConvertible {
    var type: String
    var data: [UInt8]
    var id: [UInt8]

    init(_ event: EventStreamEvent) {
        self.init(
            type: event.typeString, data: Array(event.data.readableBytesView),
            id: Array(event.lastEventID.readableBytesView))
    }

    init(type: String = "message", data: [UInt8], id: [UInt8] = []) {
        self.type = type
        self.data = data
        self.id = id
    }

    init(_ data: String, type: String = "message", id: String = "") {
        self.init(type: type, data: Array(data.utf8), id: Array(id.utf8))
    }

    var description: String {
        "(\(type), \(String(decoding: data, as: UTF8.self).debugDescription), #\(String(decoding: id, as: UTF8.self)))"
    }
}

/// What a parser made of a whole input.
struct Outcome: Equatable {
    var events: [PlainEvent] = []
    /// For each of them, whether its ID is its own.
    var ownIDs: [Bool] = []
    var lastEventID: [UInt8] = []
    var retry: Duration?
    var comments: [[UInt8]] = []
    var counters = EventStreamCounters()
    var error: EventStreamParserError?
}

extension EventStreamParser {
    /// Parses `input`, cut at the ends of `lengths` (the rest is one more chunk), each chunk by a call of its own or all by
    /// one call.
    mutating func outcome(of input: [UInt8], lengths: some Sequence<Int> = [], atOnce: Bool = false) -> Outcome {
        var events: [EventStreamEvent] = []
        var comments: [ByteBuffer] = []
        var outcome = Outcome()
        var rest = input[...]
        var chunks: [ByteBuffer] = []
        for length in lengths where !rest.isEmpty {
            chunks.append(ByteBuffer(bytes: rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
        chunks.append(ByteBuffer(bytes: rest))
        do {
            if atOnce {
                try parse(chunks, into: &events, comments: &comments)
            } else {
                for chunk in chunks { try parse(chunk, into: &events, comments: &comments) }
            }
        } catch {
            outcome.error = error
        }
        outcome.events = events.map(PlainEvent.init)
        outcome.ownIDs = events.map(\.hasOwnID)
        outcome.lastEventID = Array(lastEventID.readableBytesView)
        outcome.retry = retry
        outcome.comments = comments.map { Array($0.readableBytesView) }
        outcome.counters = counters
        return outcome
    }
}

/// Parses `input` whole, in single bytes, and in two chunks cut at every place; all must agree.
func parse(_ input: [UInt8], lastEventID: String = "", limits: EventStreamLimits = .init()) -> Outcome {
    func fresh() -> EventStreamParser {
        EventStreamParser(lastEventID: ByteBuffer(string: lastEventID), limits: limits)
    }
    var parser = fresh()
    let whole = parser.outcome(of: input)
    for lengths in [Array(repeating: 1, count: input.count)] + (0...input.count).map({ [$0] }) {
        var parser = fresh()
        let chunked = parser.outcome(of: input, lengths: lengths)
        if chunked != whole { Issue.record("cut into \(lengths): \(chunked) is not \(whole)") }
        parser = fresh()
        let atOnce = parser.outcome(of: input, lengths: lengths, atOnce: true)
        if atOnce != whole { Issue.record("cut into \(lengths), in one call: \(atOnce) is not \(whole)") }
    }
    return whole
}

func parse(_ input: String, lastEventID: String = "", limits: EventStreamLimits = .init()) -> Outcome {
    parse(Array(input.utf8), lastEventID: lastEventID, limits: limits)
}

/// The data of the events that `input` gives.
func data(_ input: String) -> [String] {
    parse(input).events.map { String(decoding: $0.data, as: UTF8.self) }
}

/// SplitMix64: small, and the same everywhere for the same seed.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
