import EventSource
import NIOCore

/// What libFuzzer calls with every input it thinks of: behind a byte for the coding and one for the chunks, a compressed stream. A
/// broken property is a trap, which it reports with the input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = UnsafeBufferPointer(start: start, count: count)
    guard count > 2 else { return 0 }
    let coding: ContentCoding = input[0] & 1 == 0 ? .gzip : .deflate
    let body = Array(input[2...])
    let whole = Outcome(of: body, coding, chunk: max(body.count, 1))
    // The result does not depend on how the bytes are chunked.
    require(Outcome(of: body, coding, chunk: Int(input[1]) + 1) == whole, "chunks matter")
    require(Outcome(of: body, coding, chunk: 1) == whole, "single bytes matter")
    return 0
}

/// A precondition that says in an optimized build, too, what is broken.
private func require(_ isKept: Bool, _ complaint: StaticString) {
    if !isKept { fatalError("\(complaint)") }
}

/// What decoder and parser made of a body.
private struct Outcome: Equatable {
    var bytes: [UInt8] = []
    var fault: ContentDecoder.Fault?
    var events: [EventStreamEvent] = []
    var counters: EventStreamCounters

    init(of body: [UInt8], _ coding: ContentCoding, chunk length: Int) {
        let decoder = ContentDecoder(coding)
        var parser = EventStreamParser(limits: EventStreamLimits(maximumEventBytes: 1000, policy: .skip))
        var rest = body[...]
        do throws(ContentDecoder.Fault) {
            while !rest.isEmpty {
                decoder.take([ByteBuffer(bytes: rest.prefix(length))])
                rest = rest.dropFirst(length)
                while let piece = try decoder.next() {
                    require(piece.readableBytes > 0, "an empty piece")
                    require(piece.readableBytes <= ContentDecoder.longestPiece, "a piece is too long")
                    bytes += piece.readableBytesView
                    // Without the policy to fail it has no error.
                    try? parser.parse(piece, into: &events)
                }
                require(!decoder.hasMore, "it says that it has more")
            }
            fault = decoder.faultAtEnd
        } catch {
            fault = error
            require((try? decoder.next()) == nil && decoder.faultAtEnd == error, "a fault does not stay")
        }
        counters = parser.counters
    }
}
