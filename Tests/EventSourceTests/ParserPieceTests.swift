import CScanning
import NIOCore
import Testing

@testable import EventSource

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

@Suite("Parsing: lines found many bytes at once, and pieces put together")
struct ParserPieceTests {
    @Test("the ends of lines are found whatever the length, and no byte behind the text is looked at")
    func lineEnds() throws {
        // The page behind the text cannot be read.
        let page = Int(getpagesize())
        let memory = try #require(
            mmap(nil, 3 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
        defer { munmap(memory, 3 * page) }
        try #require(mprotect(memory + 2 * page, page, PROT_NONE) == 0)
        var generator = SeededGenerator(seed: 1)
        let text = UnsafeMutableRawBufferPointer(start: memory, count: 2 * page)
        for index in text.indices {
            // Also the bytes beside those that are looked for, and those with the highest bit.
            text[index] = [0x0A, 0x0D, 0x09, 0x0B, 0x0C, 0x0E, 0x8A, 0x8D, 0xFF, 0x00, 0x61, 0x61, 0x61]
                .randomElement(using: &generator)!
        }
        for length in Array(0...300) + [4032, 4095, 4096] {
            let start = (memory + 2 * page - length).assumingMemoryBound(to: UInt8.self)
            let words = (length + 63) / 64
            var found = [UInt64](repeating: .max, count: words + 1)
            var expected = found
            cscanning_line_ends(start, length, &found)
            cscanning_line_ends_bytewise(start, length, &expected)
            #expect(found == expected, "of \(length) bytes")
        }
    }

    /// Lines of all kinds, with lengths about those of what is searched and held at once.
    private static func stream(_ generator: inout SeededGenerator) -> [UInt8] {
        let lengths = [0, 1, 5, 56, 57, 58, 59, 62, 63, 64, 65, 120, 127, 128, 129, 1000, 1460, 4088, 4095, 4096, 4097]
        let names = ["data: ", "data: ", "data: ", "data:", "data", ":", "id: ", "id:", "event: ", "event:", "datas: "]
        let ends =
            [[0x0A], [0x0A], [0x0D], [0x0D, 0x0A], [0x0A, 0x0A], [0x0D, 0x0D], [0x0D, 0x0A, 0x0D, 0x0A]] as [[UInt8]]
        var stream: [UInt8] = Bool.random(using: &generator) ? [0xEF, 0xBB, 0xBF] : []
        // Mostly one kind of end, as feeds have it.
        let usual = ends.randomElement(using: &generator)!
        for _ in 0..<Int.random(in: 1...12, using: &generator) {
            stream += Array(names.randomElement(using: &generator)!.utf8)
            var length = lengths.randomElement(using: &generator)!
            if Int.random(in: 0..<40, using: &generator) == 0 { length = 40_000 }
            let byte = UInt8.random(in: 0x61...0x7A, using: &generator)
            stream += Array(repeating: byte, count: length)
            if Int.random(in: 0..<8, using: &generator) == 0 { stream.append(0) }
            let isUsual = Int.random(in: 0..<3, using: &generator) > 0
            stream += isUsual ? usual : ends.randomElement(using: &generator)!
            if Bool.random(using: &generator) { stream += usual }
        }
        return stream
    }

    @Test("P12 long lines, cut anywhere, are what the standard's algorithm gives", arguments: 0..<8 as Range<UInt64>)
    func property(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for round in 0..<60 {
            let input = Self.stream(&generator)
            let expected = ReferenceParser.parse(input)
            let largest = [3, 70, 1500, 9000, 70_000].randomElement(using: &generator)!
            var lengths: [Int] = []
            var rest = input.count
            while rest > 0 {
                lengths.append(Int.random(in: 1...largest, using: &generator))
                rest -= lengths[lengths.count - 1]
            }
            for (cut, atOnce) in [([], false), (lengths, false), (lengths, true)] {
                var parser = EventStreamParser()
                #expect(
                    parser.outcome(of: input, lengths: cut, atOnce: atOnce) == expected,
                    "seed \(seed), round \(round), chunks of up to \(largest), \(atOnce ? "at once" : "one by one")")
            }
        }
    }

    /// Tweets, some of several lines, and what of them is kept is decided by chance: the others' bytes are used again.
    @Test("an event that is kept stays what it is, whatever comes after it", arguments: 0..<4 as Range<UInt64>)
    func kept(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var parser = EventStreamParser()
        var kept: [(number: Int, event: EventStreamEvent)] = []
        var stream: [UInt8] = []
        func text(_ number: Int) -> String { String(repeating: "\(number),", count: 1 + number % 300) }
        for number in 0..<3000 {
            let lines =
                number % 3 == 0 ? "data: \(text(number))\ndata: b\ndata: \(text(number))" : "data: \(text(number))"
            stream += Array("event: \(number)\n\(lines)\n\n".utf8)
        }
        var rest = stream[...]
        var number = 0
        while !rest.isEmpty {
            let length = Int.random(in: 1...3000, using: &generator)
            var events: [EventStreamEvent] = []
            try parser.parse(ByteBuffer(bytes: rest.prefix(length)), into: &events)
            rest = rest.dropFirst(length)
            for event in events {
                if Int.random(in: 0..<9, using: &generator) == 0 { kept.append((number, event)) }
                number += 1
            }
            if Int.random(in: 0..<50, using: &generator) == 0 { kept.removeFirst(kept.count / 2) }
        }
        #expect(number == 3000)
        for (number, event) in kept {
            #expect(event.typeString == "\(number)")
            let once = text(number)
            #expect(event.dataString == (number % 3 == 0 ? "\(once)\nb\n\(once)" : once))
        }
    }

    @Test("a copy of a parser goes on by itself, also in the middle of a line or of an event")
    func copies() throws {
        let beginning = "id: 1\ndata: first\n\nid: 2\nevent: e\ndata: a\ndata: b\ndata: be"
        for cut in 1..<beginning.utf8.count {
            var parser = EventStreamParser()
            var events: [EventStreamEvent] = []
            let bytes = Array(beginning.utf8)
            try parser.parse(ByteBuffer(bytes: bytes[..<cut]), into: &events)
            try parser.parse(ByteBuffer(bytes: bytes[cut...]), into: &events)
            var copies = [parser, parser, parser]
            var outcomes: [[EventStreamEvent]] = [events, events, events]
            // By turns, so that what one writes could meet what another one has.
            for piece in ["-X", "-Y-\ndata: Z", "\n\n"] {
                for index in copies.indices {
                    let text = piece.contains("\n\n") ? piece : piece.replacing("-", with: "\(index)")
                    try copies[index].parse(ByteBuffer(string: text), into: &outcomes[index])
                }
            }
            for index in copies.indices {
                #expect(
                    outcomes[index].map(PlainEvent.init) == [
                        PlainEvent("first", id: "1"),
                        PlainEvent("a\nb\nbe\(index)X\(index)Y\(index)\nZ", type: "e", id: "2"),
                    ], "cut at \(cut), copy \(index)")
            }
            try parser.parse(ByteBuffer(string: "\n\n"), into: &events)
            #expect(events.last?.dataString == "a\nb\nbe")
        }
    }

    /// The events that a stream of `count` gives whose every data is cut.
    private func cutEvents(
        _ count: Int, bytes: Int, by parser: inout EventStreamParser
    ) throws -> [EventStreamEvent] {
        var events: [EventStreamEvent] = []
        for _ in 0..<count {
            try parser.parse(ByteBuffer(string: "data: " + String(repeating: "a", count: bytes / 2)), into: &events)
            try parser.parse(
                ByteBuffer(string: String(repeating: "b", count: bytes - bytes / 2) + "\n\n"), into: &events)
        }
        return events
    }

    private func address(_ buffer: ByteBuffer) -> UInt {
        buffer.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) }
    }

    @Test("events that chunks cut share blocks, whose memory is used again when all of them are gone")
    func blocks() throws {
        var parser = EventStreamParser()
        // Until the block has its full size.
        _ = try cutEvents(100, bytes: 800, by: &parser)
        var addresses: Set<UInt> = []
        for _ in 0..<200 {
            let event = try #require(try cutEvents(1, bytes: 800, by: &parser).first)
            #expect(event.data.storageCapacity == PieceBuffer.largestBlock)
            addresses.insert(address(event.data))
        }
        #expect(addresses.count <= PieceBuffer.largestBlock / 800)
        // Kept, they have places of their own.
        let events = try cutEvents(200, bytes: 800, by: &parser)
        #expect(Set(events.map { address($0.data) }).count == 200)
    }

    @Test("a slow stream's events hold no more than they need, and a large one is not held by the parser")
    func sizes() throws {
        var parser = EventStreamParser()
        #expect(try cutEvents(1, bytes: 100, by: &parser)[0].data.storageCapacity <= 1 << 10)
        #expect(try cutEvents(1, bytes: 1 << 20, by: &parser)[0].data.readableBytes == 1 << 20)
        #expect(parser.carry.capacity == 0)
        let lines = String(repeating: "data: " + String(repeating: "a", count: 1000) + "\n", count: 1000)
        var events: [EventStreamEvent] = []
        try parser.parse(ByteBuffer(string: lines + "\n"), into: &events)
        #expect(events.map(\.data.readableBytes) == [1000 * 1001 - 1])
        #expect(parser.joined.capacity == 0)
    }

    @Test("an event without an ID equals one with an empty ID, and an ID can be set and taken away")
    func emptyIDs() {
        var event = EventStreamEvent(data: ByteBuffer(string: "a"))
        let plain = event
        #expect(event.lastEventID == ByteBuffer())
        event.lastEventID = ByteBuffer(string: "1")
        #expect(event.lastEventIDString == "1")
        #expect(event != plain)
        event.lastEventID.clear()
        #expect(event == plain)
        #expect(event.hashValue == plain.hashValue)
    }
}
