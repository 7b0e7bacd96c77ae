import EventSource
import NIOCore

/// What libFuzzer calls with every input it thinks of. A broken property is a trap, which it reports with the input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = Input(UnsafeBufferPointer(start: start, count: count))
    let whole = Outcome(of: input.stream, chunks: [], limits: input.limits)

    // Rule P12: the result does not depend on how the bytes are chunked.
    require(Outcome(of: input.stream, chunks: input.chunks, limits: input.limits) == whole, "chunks matter")
    require(Outcome(of: input.stream, chunks: [1], limits: input.limits) == whole, "single bytes matter")
    // However many chunks a call is given.
    require(
        Outcome(of: input.stream, chunks: input.chunks, limits: input.limits, atOnce: true) == whole, "calls matter")
    checkCopy(input, whole)

    whole.checkLimits(input.limits)
    checkReset(input, whole)
    return 0
}

/// A precondition that says in an optimized build, too, what is broken.
private func require(_ isKept: Bool, _ complaint: StaticString) {
    if !isKept { fatalError("\(complaint)") }
}

/// An input read as a parser's limits, the lengths of chunks, and the stream.
private struct Input {
    let limits: EventStreamLimits
    let chunks: [Int]
    let stream: [UInt8]

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        var bytes = bytes[...]
        func next() -> Int { Int(bytes.popFirst() ?? 0) }
        let policies = EventStreamLimits.Policy.allCases
        let setting = next()
        let policy = policies[setting % policies.count]
        // Small limits, so that small inputs meet them; and none worth the name.
        limits =
            switch setting / policies.count % 3 {
            case 0: EventStreamLimits(policy: policy)
            case 1: EventStreamLimits(maximumEventBytes: 1 + setting / 9, policy: policy)
            default: EventStreamLimits(maximumEventBytes: 1 + setting / 9, maximumLineBytes: 64, policy: policy)
            }
        let count = next() % 8
        chunks = (0..<count).map { _ in 1 + next() }
        stream = Array(bytes)
    }
}

/// The stream in chunks of the lengths given, over and over; in one if there are none.
private func cut(_ stream: [UInt8], _ lengths: [Int]) -> [ByteBuffer] {
    var rest = stream[...]
    var chunks: [ByteBuffer] = []
    while !rest.isEmpty {
        let length = lengths.isEmpty ? rest.count : lengths[chunks.count % lengths.count]
        chunks.append(ByteBuffer(bytes: rest.prefix(length)))
        rest = rest.dropFirst(length)
    }
    return chunks
}

/// A copy of a parser, made before any chunk, is given other bytes by turns with it; neither may be told from one alone.
private func checkCopy(_ input: Input, _ whole: Outcome) {
    let chunks = cut(input.stream, input.chunks.isEmpty ? [7] : input.chunks)
    let noise = ByteBuffer(string: "##\ndata: ##")
    var parser = EventStreamParser(limits: input.limits)
    var outcome: (events: [EventStreamEvent], comments: [ByteBuffer]) = ([], [])
    for chunk in chunks {
        var copy = parser
        var dropped: (events: [EventStreamEvent], comments: [ByteBuffer]) = ([], [])
        try? copy.parse(noise, into: &dropped.events, comments: &dropped.comments)
        do {
            try parser.parse(chunk, into: &outcome.events, comments: &outcome.comments)
        } catch {
            break
        }
        try? copy.parse(noise, into: &dropped.events, comments: &dropped.comments)
    }
    require(outcome.events == whole.events, "a copy was heard")
    require(outcome.comments == whole.comments, "a copy was heard")
}

/// What a parser made of a stream.
private struct Outcome: Equatable {
    var events: [EventStreamEvent] = []
    var comments: [ByteBuffer] = []
    var lastEventID: ByteBuffer
    var retry: Duration?
    var counters: EventStreamCounters
    var error: EventStreamParserError?

    /// Feeds a new parser `stream` in chunks of the lengths given, over and over; in one if there are none.
    init(of stream: [UInt8], chunks: [Int], limits: EventStreamLimits, atOnce: Bool = false) {
        var parser = EventStreamParser(limits: limits)
        self.init(of: stream, chunks: chunks, by: &parser, atOnce: atOnce)
    }

    init(of stream: [UInt8], chunks lengths: [Int], by parser: inout EventStreamParser, atOnce: Bool = false) {
        let chunks = cut(stream, lengths)
        do {
            if atOnce {
                try parser.parse(chunks, into: &events, comments: &comments)
            } else {
                for chunk in chunks { try parser.parse(chunk, into: &events, comments: &comments) }
            }
        } catch {
            self.error = error
        }
        lastEventID = parser.lastEventID
        retry = parser.retry
        counters = parser.counters
    }

    /// Rule C9.
    func checkLimits(_ limits: EventStreamLimits) {
        for event in events {
            require(event.data.readableBytes <= limits.maximumEventBytes, "an event is over its limit")
            require((event.type?.readableBytes ?? 0) <= limits.maximumLineBytes, "a type is over its limit")
            require(event.type?.readableBytes != 0, "a type is empty and yet there")
            // A NUL in an ID is ignored with its line (P7).
            require(event.lastEventID.readableBytes <= limits.maximumLineBytes, "an ID is over its limit")
            require(!event.lastEventID.readableBytesView.contains(0), "an ID holds a NUL")
        }
        for comment in comments {
            require(comment.readableBytes < limits.maximumLineBytes, "a comment is over its limit")
        }
        require(counters.comments == comments.count, "comments are miscounted")
        require(counters.truncatedEvents <= events.count, "cut events are miscounted")
        require(error == nil || limits.policy == .fail, "an error although the policy is not to fail")
        require(
            limits.policy != .fail || counters.skippedEvents + counters.truncatedEvents == 0, "an event was dropped")
    }
}

/// Rules P10 and P13: after a reset the parser is like a new one with the last event ID.
private func checkReset(_ input: Input, _ whole: Outcome) {
    var used = EventStreamParser(limits: input.limits)
    _ = Outcome(of: input.stream, chunks: input.chunks, by: &used)
    used.reset()
    let again = Outcome(of: input.stream, chunks: [], by: &used)
    var new = EventStreamParser(lastEventID: whole.lastEventID, limits: input.limits)
    let fresh = Outcome(of: input.stream, chunks: [], by: &new)
    require(again.events == fresh.events, "something pending outlived the reset")
    require(again.comments == fresh.comments, "something pending outlived the reset")
    require(again.lastEventID == fresh.lastEventID, "another last event ID after the reset")
    require(again.error == fresh.error, "another end after the reset")
}
