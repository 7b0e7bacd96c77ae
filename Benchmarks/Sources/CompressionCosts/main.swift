import CDeflateOut
import EventSource
import Measurement
import NIOCore

// What an event of a compressed stream costs its reader, beside one that is not compressed, and how many bytes of it go over the
// wire: 1,000,000 different events of 2.2 kB, by the medians of the rounds.

let (eventsInRound, rounds) = (10_000, 100)

/// An event as the course's feed has it: the same keys in each, other words and numbers.
func event(_ number: Int, _ random: inout SystemRandomNumberGenerator) -> [UInt8] {
    let words = [
        "lorem", "ipsum", "dolor", "sit", "amet", "consetetur", "sadipscing", "elitr", "sed", "diam", "nonumy",
    ]
    var text =
        #"id: \#(number)\#ndata: {"message": {"tweet": {"id_str": "\#(UInt64.random(in: 1..<(1 << 60), using: &random))", "text": ""#
    for _ in 0..<25 { text += words.randomElement(using: &random)! + " " }
    text += "\""
    var field = 0
    while text.utf8.count < 2130 {
        text += #", "profile_field_\#(field)": \#(UInt32.random(in: 0..<1_000_000, using: &random))"#
        field += 1
    }
    return Array((text + "}, \"unix_timestamp_100us\": \(16_523_062_290_197 + number)}}\n\n").utf8)
}

/// A server's gzip at its usual level.
final class Gzip {
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    init() {
        stream.initialize(to: z_stream())
        let status = deflateInit2_(
            stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK)
    }

    func add(_ bytes: [UInt8], flush: Bool) -> [UInt8] {
        var bytes = bytes
        return bytes.withUnsafeMutableBufferPointer { input in
            stream.pointee.next_in = input.baseAddress
            stream.pointee.avail_in = CUnsignedInt(input.count)
            // More than it can grow to.
            return [UInt8](unsafeUninitializedCapacity: input.count + (128 << 10)) { room, count in
                stream.pointee.next_out = room.baseAddress
                stream.pointee.avail_out = CUnsignedInt(room.count)
                _ = deflate(stream, flush ? Z_SYNC_FLUSH : Z_NO_FLUSH)
                count = room.count - Int(stream.pointee.avail_out)
            }
        }
    }
}

/// Gathers bytes in chunks as large as a read gives.
struct Chunks {
    var chunks: [ByteBuffer] = [ByteBuffer()]
    var bytes = 0

    mutating func add(_ piece: [UInt8]) {
        if chunks[chunks.count - 1].readableBytes >= 64 << 10 { chunks.append(ByteBuffer()) }
        chunks[chunks.count - 1].writeBytes(piece)
        bytes += piece.count
    }
}

func measure(_ name: String, encode: ([UInt8]) -> [UInt8], decoder: ContentDecoder?) {
    var random = SystemRandomNumberGenerator()
    var (samples, wire, count, number) = (Samples(), 0, 0, 0)
    var parser = EventStreamParser()
    for _ in 0..<rounds {
        var chunks = Chunks()
        for _ in 0..<eventsInRound {
            number += 1
            chunks.add(encode(event(number, &random)))
        }
        wire += chunks.bytes
        let before = count
        let time = ThreadClock.measure {
            do {
                var events: [EventStreamEvent] = []
                for chunk in chunks.chunks {
                    guard let decoder else {
                        try parser.parse(chunk, into: &events)
                        count += events.count
                        events.removeAll(keepingCapacity: true)
                        continue
                    }
                    decoder.take([chunk])
                    while let piece = try decoder.next() {
                        try parser.parse(piece, into: &events)
                        count += events.count
                        events.removeAll(keepingCapacity: true)
                    }
                }
            } catch {
                fatalError("\(error)")
            }
        }
        samples.add(Double(time) / Double(max(count - before, 1)))
    }
    // What an encoder holds back that does not flush is not counted.
    precondition(count > number - 1000)
    var row = Row(name)
    row.add(samples.median)
    row.note("ns an event")
    row.add(Double(wire) / Double(count), width: 8)
    row.note("bytes an event")
    row.print()
}

measure("2.2 kB, as it is", encode: { $0 }, decoder: nil)
for (name, flush) in [("2.2 kB, gzip, each flushed", true), ("2.2 kB, gzip, not flushed", false)] {
    let gzip = Gzip()
    measure(name, encode: { gzip.add($0, flush: flush) }, decoder: ContentDecoder(.gzip))
}
