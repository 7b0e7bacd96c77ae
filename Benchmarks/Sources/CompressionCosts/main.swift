import CDeflateOut
import EventSource
import Measurement
import NIOCore

// What an event of a compressed stream costs its reader, beside one that is not compressed, and how many bytes of it go over the
// wire: different events of 2.2 kB, by the medians of the rounds. So many events are sent as the argument says, 50,000 without
// one; it takes their servers' encoders most of the time, which is not measured: 40 s for a million.

let eventsInRound = 1000
let rounds = (CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 50_000) / eventsInRound

/// Numbers that are the same in each run, without a call of the system for each.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64 = 1
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

let words = [
    "lorem", "ipsum", "dolor", "sit", "amet", "consetetur", "sadipscing", "elitr", "sed", "diam", "nonumy",
]

/// An event as the course's feed has it: the same keys in each, other words and numbers.
func event(_ number: Int, _ random: inout SplitMix64) -> [UInt8] {
    var text =
        #"id: \#(number)\#ndata: {"message": {"tweet": {"id_str": "\#(random.next() >> 4)", "text": ""#
    for _ in 0..<25 { text += words[Int(random.next() % UInt64(words.count))] + " " }
    text += "\""
    var field = 0
    while text.utf8.count < 2130 {
        text += #", "profile_field_\#(field)": \#(random.next() % 1_000_000)"#
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

    /// - Parameter flush: zlib's word for what has to come out at once.
    func add(_ bytes: [UInt8], flush: CInt) -> [UInt8] {
        var bytes = bytes
        return bytes.withUnsafeMutableBufferPointer { input in
            stream.pointee.next_in = input.baseAddress
            stream.pointee.avail_in = CUnsignedInt(input.count)
            // More than it can grow to.
            return [UInt8](unsafeUninitializedCapacity: input.count + (128 << 10)) { room, count in
                stream.pointee.next_out = room.baseAddress
                stream.pointee.avail_out = CUnsignedInt(room.count)
                _ = deflate(stream, flush)
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

/// - Parameter rest: what the server sends at the end.
func measure(_ name: String, encode: ([UInt8]) -> [UInt8], rest: () -> [UInt8], decoder: ContentDecoder?) throws {
    var random = SplitMix64()
    var (samples, wire, count, number) = (Samples(), 0, 0, 0)
    var parser = EventStreamParser()
    var events: [EventStreamEvent] = []
    for round in 1...rounds {
        var chunks = Chunks()
        for _ in 0..<eventsInRound {
            number += 1
            chunks.add(encode(event(number, &random)))
        }
        if round == rounds { chunks.add(rest()) }
        wire += chunks.bytes
        let before = count
        let time = try ThreadClock.measure {
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
        }
        samples.add(Double(time) / Double(max(count - before, 1)))
    }
    precondition(count == number && decoder?.faultAtEnd == nil, "\(count) events came of \(number)")
    var row = Row(name)
    row.add(samples.median)
    row.note("ns an event")
    row.add(Double(wire) / Double(count), width: 8)
    row.note("bytes an event")
    row.print()
}

try measure("2.2 kB, as it is", encode: { $0 }, rest: { [] }, decoder: nil)
for (name, flush) in [("2.2 kB, gzip, each flushed", Z_SYNC_FLUSH), ("2.2 kB, gzip, not flushed", Z_NO_FLUSH)] {
    let gzip = Gzip()
    try measure(
        name, encode: { gzip.add($0, flush: flush) }, rest: { gzip.add([], flush: Z_FINISH) },
        decoder: ContentDecoder(.gzip))
}
