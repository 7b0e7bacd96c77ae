import Foundation
import NIOCore
import TestKit
import Testing

@testable import EventSource

@Suite("C10 decoding what a server compressed")
struct ContentDecoderTests {
    /// What a decoder made of some chunks.
    private struct Outcome: Equatable {
        var bytes: [UInt8] = []
        var fault: ContentDecoder.Fault?
        var text: String { String(decoding: bytes, as: UTF8.self) }
    }

    private func decode(_ chunks: [ArraySlice<UInt8>], _ coding: ContentCoding) -> Outcome {
        let decoder = ContentDecoder(coding)
        var outcome = Outcome()
        do {
            for chunk in chunks {
                decoder.take([ByteBuffer(bytes: chunk)])
                while let piece = try decoder.next() {
                    #expect(1...ContentDecoder.longestPiece ~= piece.readableBytes)
                    outcome.bytes += piece.readableBytesView
                }
                #expect(!decoder.hasMore)
            }
            outcome.fault = decoder.faultAtEnd
        } catch {
            outcome.fault = error
        }
        return outcome
    }

    private static let events = (1...12).map { "id: \($0)\ndata: {\"number\": \($0), \"text\": \"gezwitscher\"}\n\n" }

    private static func compressed(_ format: Deflater.Format, flushes: Bool) -> [UInt8] {
        let deflater = Deflater(format)
        return events.flatMap { deflater.add($0, flush: flushes) } + deflater.finish()
    }

    @Test(
        "gzip, and deflate with and without zlib's frame, flushed or not, cut at each place",
        arguments: Deflater.Format.allCases, [true, false])
    func formats(format: Deflater.Format, flushes: Bool) {
        let bytes = Self.compressed(format, flushes: flushes)
        let coding: ContentCoding = format == .gzip ? .gzip : .deflate
        let whole = Self.events.joined()
        for cut in bytes.indices {
            let outcome = decode([bytes[..<cut], bytes[cut...]], coding)
            #expect(outcome.text == whole && outcome.fault == nil, "cut at \(cut)")
        }
        let single = decode(bytes.indices.map { bytes[$0...$0] }, coding)
        #expect(single.text == whole && single.fault == nil)
    }

    @Test("what was flushed is there at once, and nothing is held back", arguments: Deflater.Format.allCases)
    func flushed(format: Deflater.Format) throws {
        let deflater = Deflater(format)
        let decoder = ContentDecoder(format == .gzip ? .gzip : .deflate)
        for event in Self.events {
            decoder.take([ByteBuffer(bytes: deflater.add(event, flush: true))])
            let piece = try #require(try decoder.next())
            #expect(String(buffer: piece) == event)
            // It keeps no more memory than it needs.
            #expect(piece.storageCapacity <= 256)
            #expect(try decoder.next() == nil)
        }
    }

    @Test("members of gzip follow one another, wherever they are cut")
    func members() {
        let bytes = Self.events.flatMap { Deflater.whole($0) }
        for cut in stride(from: 0, to: bytes.count, by: 7) {
            let outcome = decode([bytes[..<cut], bytes[cut...]], .gzip)
            #expect(outcome.text == Self.events.joined() && outcome.fault == nil)
        }
        #expect(decode([], .gzip) == Outcome())
        #expect(decode([], .deflate) == Outcome())
    }

    @Test("what does not fit ends it with a reason, after all that came before")
    func corrupted() {
        let whole = Self.events.joined()
        var gzip = Self.compressed(.gzip, flushes: true)
        let count = gzip.count
        func expect(_ bytes: [UInt8], _ reason: String, coding: ContentCoding = .gzip, text: String? = whole) {
            for chunks in [[bytes[...]], bytes.indices.map { bytes[$0...$0] }] {
                let outcome = decode(chunks, coding)
                #expect(outcome.fault == .corrupted(reason))
                if let text { #expect(outcome.text == text) }
            }
        }
        expect(Array(gzip.dropLast(9)), "it ends too early", text: nil)
        expect(gzip + Array("garbage".utf8), "it does not begin as it should")
        expect(Array("data: not compressed\n\n".utf8), "it does not begin as it should", text: "")
        gzip[count - 8] ^= 1
        expect(gzip, "its checksum is wrong")
        gzip[count - 8] ^= 1
        gzip[count - 4] ^= 1
        expect(gzip, "its length is wrong")
        let deflate = Self.compressed(.zlib, flushes: true)
        for padding in [[], [0, 0]] as [[UInt8]] {
            expect(deflate + padding + [1], "more comes behind its end", coding: .deflate)
            expect(
                Self.compressed(.raw, flushes: false) + padding + [1], "more comes behind its end", coding: .deflate)
        }
        expect([0x78], "it ends too early", coding: .deflate, text: "")
        // Block type 3 does not exist.
        expect([0xFF, 0xFF, 0xFF], "invalid block type", coding: .deflate, text: "")
        // Flag FDICT.
        expect([0x78, 0xBB, 1, 2, 3, 4], "it needs a dictionary", coding: .deflate, text: "")
    }

    @Test(
        "what ends without its checksum, or with a part of it, is complete; so is what ends behind a flush; nothing that is cut is",
        arguments: Deflater.Format.allCases, [true, false])
    func ends(format: Deflater.Format, flushes: Bool) {
        let deflater = Deflater(format)
        let coding: ContentCoding = format == .gzip ? .gzip : .deflate
        let header = format == .gzip ? 10 : format == .zlib ? 2 : 0
        let trailer = format == .gzip ? 8 : format == .zlib ? 4 : 0
        // Where it is complete, with what there is by then.
        var bytes: [UInt8] = []
        var flushed = ["": [header]]
        for (number, event) in Self.events.enumerated() {
            bytes += deflater.add(event, flush: flushes)
            if flushes { flushed[Self.events[...number].joined()] = [bytes.count] }
        }
        bytes += deflater.finish()
        let whole = Self.events.joined()
        flushed[whole, default: []] += Array(bytes.count - trailer...bytes.count)
        for length in 1...bytes.count {
            for chunks in [[bytes[..<length]], bytes[..<length].indices.map { bytes[$0...$0] }] {
                let outcome = decode(chunks, coding)
                let places = flushed[outcome.text]
                // A flush may end with a byte before its own mark, too.
                guard outcome.fault != nil || places == nil else { continue }
                #expect(
                    outcome.fault == .corrupted("it ends too early") && places?.contains(length) != true, "\(length)")
            }
        }
    }

    @Test("zeros behind the end are padding, however many and wherever they are cut")
    func padding() {
        for (format, coding) in [(Deflater.Format.gzip, ContentCoding.gzip), (.zlib, .deflate), (.raw, .deflate)] {
            let bytes = Self.compressed(format, flushes: false) + [UInt8](repeating: 0, count: 100_000)
            for cut in stride(from: 0, to: bytes.count, by: 1237) {
                let outcome = decode([bytes[..<cut], bytes[cut...]], coding)
                #expect(outcome.text == Self.events.joined() && outcome.fault == nil, "cut at \(cut)")
            }
        }
        // Another member may follow them, and nothing else.
        let padded = Deflater.whole("a") + [0, 0, 0]
        #expect(decode([(padded + Deflater.whole("b"))[...]], .gzip) == Outcome(bytes: Array("ab".utf8)))
        #expect(decode([(padded + [1])[...]], .gzip).fault == .corrupted("it ends too early"))
        #expect(decode([(padded + [1, 2])[...]], .gzip).fault == .corrupted("it does not begin as it should"))
    }

    @Test("a fault comes after what was decoded before it in the same chunk, and stays")
    func faultStays() throws {
        let deflater = Deflater()
        let decoder = ContentDecoder(.gzip)
        decoder.take([ByteBuffer(bytes: deflater.add("data: a\n\n", flush: true) + [0xFF, 0xFF, 0xFF])])
        #expect(try decoder.next().map { String(buffer: $0) } == "data: a\n\n")
        #expect(decoder.hasMore)
        for _ in 0..<3 { #expect(throws: ContentDecoder.Fault.corrupted("invalid block type")) { try decoder.next() } }
        decoder.take([ByteBuffer(bytes: deflater.add("data: b\n\n", flush: true))])
        #expect(throws: ContentDecoder.Fault.corrupted("invalid block type")) { try decoder.next() }
    }

    @Test("a change of a bit is noticed, if it changes anything")
    func flipped() {
        let bytes = Self.compressed(.gzip, flushes: true)
        // Behind the header's ten bytes, some of which mean nothing; so do bits that fill up a byte.
        for place in 10..<bytes.count {
            for bit in [0, 3, 7] {
                var changed = bytes
                changed[place] ^= 1 << UInt8(bit)
                let outcome = decode([changed[...]], .gzip)
                #expect(outcome.fault != nil || outcome.text == Self.events.joined(), "bit \(bit) of byte \(place)")
            }
        }
    }

    @Test("a bomb is named after the first window, and held in pieces until then")
    func bomb() {
        let deflater = Deflater(level: 9)
        let zeros = [UInt8](repeating: 0x0A, count: 1 << 20)
        let bytes = (0..<40).flatMap { _ in deflater.add(zeros) } + deflater.finish()
        let outcome = decode([bytes[...]], .gzip)
        #expect(outcome.fault == .bomb)
        #expect(ContentDecoder.window...ContentDecoder.window + ContentDecoder.longestPiece ~= outcome.bytes.count)
        #expect(bytes.count < 50 << 10)
    }

    @Test("the same event again and again, never flushed, is no bomb, and neither is an event of spaces")
    func repetitive() {
        let event = Array("data: \(String(repeating: "The quick brown fox jumps. ", count: 80))\n\n".utf8)
        let deflater = Deflater(level: 9)
        let bytes = (0..<16_000).flatMap { _ in deflater.add(event) } + deflater.finish()
        let outcome = decode([bytes[...]], .gzip)
        #expect(outcome.fault == nil && outcome.bytes.count == 16_000 * event.count)
        let other = Deflater(level: 9)
        let spaces = [UInt8](repeating: 0x20, count: ContentDecoder.window - 1)
        #expect(decode([(other.add(spaces) + other.finish())[...]], .gzip).fault == nil)
    }

    /// How many events; a million with PTR_COMPRESSED_EVENTS=1000000.
    private static let many =
        ProcessInfo.processInfo.environment["PTR_COMPRESSED_EVENTS"].flatMap { Int($0) } ?? 100_000

    @Test("100,000 events are the same behind decoder and parser, flushed or not", arguments: [true, false])
    func many(flushes: Bool) throws {
        let deflater = Deflater()
        let decoder = ContentDecoder(.gzip)
        var parser = EventStreamParser()
        var (count, wrong, longest) = (0, 0, 0)
        func read() throws {
            while let piece = try decoder.next() {
                var events: [EventStreamEvent] = []
                longest = max(longest, piece.readableBytes)
                try parser.parse(piece, into: &events)
                for event in events {
                    count += 1
                    if event.dataString != "event \(count)" { wrong += 1 }
                }
            }
        }
        for number in 1...Self.many {
            let bytes = deflater.add("data: event \(number)\n\n", flush: flushes)
            if !bytes.isEmpty {
                decoder.take([ByteBuffer(bytes: bytes)])
                try read()
            }
            if flushes, count != number { wrong += 1 }
        }
        decoder.take([ByteBuffer(bytes: deflater.finish())])
        try read()
        #expect(count == Self.many && wrong == 0 && decoder.faultAtEnd == nil)
        #expect(longest <= ContentDecoder.longestPiece)
    }
}
