import CAllocationCount
import EventSource
import Measurement
import NIOCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Rounds over one stream. In each one the bounds and the parser take turns, so that whatever slows the machine down for a
/// while slows all of them.
final class ParserMeasurement {
    /// One round: rates in MB/s, and the blocks that the parser allocated or grew.
    struct Round {
        var parser = 0.0
        var memcpy = 0.0
        var memchr = 0.0
        var blocks = 0
    }

    private static let limits = EventStreamLimits(maximumEventBytes: 64 << 20)

    private let stream: StreamCase
    private var bytes: [UInt8] = []
    private var copy: [UInt8] = []
    /// The chunks, and how they are handed over.
    private var reads: [[ByteBuffer]] = []
    private var events: [EventStreamEvent] = []
    private var eventCount = 0
    private var blocks = 0

    private var parserRates = Samples()
    private var memcpyRates = Samples()
    private var memchrRates = Samples()
    private var shares = Samples()

    init(of stream: StreamCase) {
        self.stream = stream
    }

    /// Makes the stream. Not earlier: all cases are registered, but only one is run in a process.
    func prepare() {
        bytes = stream.bytes()
        copy = Array(repeating: 1, count: bytes.count)
        let chunks = stride(from: 0, to: bytes.count, by: stream.chunkBytes).map { start in
            ByteBuffer(bytes: bytes[start..<min(start + stream.chunkBytes, bytes.count)])
        }
        let count = stream.isOneByOne ? 1 : StreamCase.read / stream.chunkBytes
        reads = stride(from: 0, to: chunks.count, by: count).map { Array(chunks[$0..<min($0 + count, chunks.count)]) }
    }

    func round(isWarmup: Bool) -> Round {
        var round = Round()
        round.memcpy = rate { copyBytes() }
        round.memchr = rate { precondition(!hasByte(1)) }
        let before = allocation_count_now()
        round.parser = rate { parse() }
        let after = allocation_count_now()
        round.blocks = Int(after.allocations - before.allocations + after.reallocations - before.reallocations)
        blocks = round.blocks
        guard !isWarmup else { return round }
        parserRates.add(round.parser)
        memcpyRates.add(round.memcpy)
        memchrRates.add(round.memchr)
        shares.add(round.parser / round.memcpy)
        return round
    }

    /// Parses the whole stream, and lets go of the events of each call before the next one, as a reader does.
    private func parse() {
        var parser = EventStreamParser(limits: Self.limits)
        eventCount = 0
        for read in reads {
            do {
                try parser.parse(read, into: &events)
            } catch {
                fatalError("\(stream.name): \(error)")
            }
            eventCount += events.count
            events.removeAll(keepingCapacity: true)
        }
    }

    private func copyBytes() {
        bytes.withUnsafeBytes { source in
            copy.withUnsafeMutableBytes { target in
                _ = memcpy(target.baseAddress!, source.baseAddress!, source.count)
            }
        }
    }

    private func hasByte(_ byte: CInt) -> Bool {
        bytes.withUnsafeBytes { memchr($0.baseAddress!, byte, $0.count) != nil }
    }

    /// MB/s of `body` over the bytes of the stream.
    private func rate(_ body: () -> Void) -> Double {
        1000 * Double(bytes.count) / Double(ThreadClock.measure(body))
    }

    /// Events whose data no chunk holds in one piece: they span chunks, or have several lines. They need bytes of their
    /// own, which are two blocks: a buffer's object, and what it holds.
    private var ownEvents: Int {
        var parser = EventStreamParser(limits: Self.limits)
        var count = 0
        // Of an event that a chunk ends with, but for its blank line, the data lies in the chunk before.
        var previous = ByteBuffer()
        for chunk in reads.joined() {
            try? parser.parse(chunk, into: &events)
            count += events.count { !$0.data.isSlice(of: chunk) && !$0.data.isSlice(of: previous) }
            events.removeAll(keepingCapacity: true)
            previous = chunk
        }
        return count
    }

    var row: Row {
        var row = Row(stream.name)
        row.add(parserRates.median)
        row.add(memcpyRates.median)
        row.add(shares.median, decimals: 2, width: 6)
        row.add(memchrRates.median)
        row.add(parserRates.median / memchrRates.median, decimals: 2, width: 6)
        let nanoseconds = Double(bytes.count) * 1000 / parserRates.median / Double(eventCount)
        row.add(nanoseconds, width: 10)
        row.add(Double(eventCount), width: 9)
        row.add(Double(ownEvents), width: 7)
        row.add(Double(blocks), width: 7)
        if let goal = stream.goal {
            row.note("\(shares.median >= goal ? "reaches" : "MISSES") \(goal.text(decimals: 2))")
        }
        if let most = stream.mostNanoseconds {
            row.note("\(nanoseconds <= most ? "reaches" : "MISSES") \(most.text(decimals: 0)) ns")
        }
        return row
    }
}

extension ByteBuffer {
    fileprivate func isSlice(of buffer: ByteBuffer) -> Bool {
        withUnsafeReadableBytes { own in
            buffer.withUnsafeReadableBytes { all in
                guard let begin = own.baseAddress, let first = all.baseAddress else { return own.isEmpty }
                return begin >= first && begin + own.count <= first + all.count
            }
        }
    }
}
