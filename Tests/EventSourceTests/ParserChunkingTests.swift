import NIOCore
import Testing

@testable import EventSource

@Suite("Parsing, however the bytes are cut")
struct ParserChunkingTests {
    /// What random streams are made of: all that means something, and what looks like it.
    static let alphabet: [[UInt8]] = [
        [0x0D], [0x0A], [0x0D, 0x0A], [0x0A, 0x0A], [0x3A], [0x20], [0x09], [0x00],
        [0xEF], [0xBB], [0xBF], [0xEF, 0xBB, 0xBF], [0xFF], [0xC3], [0xF0, 0x9F], [0xE2, 0x80, 0xA8], [0xCC, 0x81],
        Array("data".utf8), Array("data:".utf8), Array("data: ".utf8), Array("event".utf8), Array("event: ".utf8),
        Array("id".utf8), Array("id:".utf8), Array("id: 7".utf8), Array("retry".utf8), Array("retry: ".utf8),
        Array("12".utf8),
        Array("Data: ".utf8), Array("x".utf8), Array("some text".utf8),
    ]

    static func stream(_ generator: inout SeededGenerator) -> [UInt8] {
        (0..<Int.random(in: 0...60, using: &generator)).flatMap { _ in alphabet.randomElement(using: &generator) ?? [] }
    }

    @Test(
        "P12 any chunking of a random stream gives what the standard's algorithm gives",
        arguments: 0..<16 as Range<UInt64>)
    func property(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for round in 0..<250 {
            let input = Self.stream(&generator)
            let expected = ReferenceParser.parse(input)
            let lengths = (0..<input.count).map { _ in Int.random(in: 1...12, using: &generator) }
            for (name, cut) in [("whole", []), ("bytes", Array(repeating: 1, count: input.count)), ("random", lengths)]
            {
                var parser = EventStreamParser()
                let outcome = parser.outcome(of: input, lengths: cut)
                #expect(outcome == expected, "seed \(seed), round \(round), \(name), input \(input)")
            }
        }
    }

    @Test(
        "P12 limits do not depend on the chunking either", arguments: EventStreamLimits.Policy.allCases,
        0..<6 as Range<UInt64>)
    func limited(policy: EventStreamLimits.Policy, seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let limits = EventStreamLimits(maximumEventBytes: 24, maximumLineBytes: 64, policy: policy)
        for round in 0..<200 {
            let filler = Array(repeating: UInt8(ascii: "y"), count: Int.random(in: 0...80, using: &generator))
            let input = Self.stream(&generator) + filler + Self.stream(&generator)
            var whole = EventStreamParser(limits: limits)
            let expected = whole.outcome(of: input)
            var single = EventStreamParser(limits: limits)
            #expect(
                single.outcome(of: input, lengths: Array(repeating: 1, count: input.count)) == expected,
                "seed \(seed), round \(round), input \(input)")
            var random = EventStreamParser(limits: limits)
            let lengths = (0..<input.count).map { _ in Int.random(in: 1...30, using: &generator) }
            #expect(
                random.outcome(of: input, lengths: lengths) == expected, "seed \(seed), round \(round), input \(input)")
        }
    }

    @Test("a chunk may be a slice that begins inside its buffer")
    func sliceOfBuffer() throws {
        var buffer = ByteBuffer(string: "junkdata: a\n\ndata: b\n\njunk")
        buffer.moveReaderIndex(forwardBy: 4)
        buffer.moveWriterIndex(to: buffer.writerIndex - 4)
        var parser = EventStreamParser()
        var events: [EventStreamEvent] = []
        try parser.parse(buffer, into: &events)
        #expect(events.map(\.dataString) == ["a", "b"])
    }

    @Test("a chunk over 16 MiB, beyond which a buffer cannot slice, loses nothing")
    func hugeChunk() throws {
        var chunk = ByteBuffer(string: "data: a\n\n:")
        chunk.writeRepeatingByte(UInt8(ascii: "c"), count: 17 << 20)
        chunk.writeString("\n\nid: 9\nevent: e\ndata: b\n\n")
        var parser = EventStreamParser(limits: EventStreamLimits(maximumEventBytes: 32 << 20))
        var events: [EventStreamEvent] = []
        try parser.parse(chunk, into: &events)
        #expect(events.map(PlainEvent.init) == [PlainEvent("a"), PlainEvent("b", type: "e", id: "9")])
    }
}
