import Foundation
import NIOCore
import TestKit
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("The memory that messages in flight hold")
struct HeldMemoryTests {
    /// One read of a socket: a buffer of half a MiB, and events that are slices of it.
    private static func read(
        _ count: Int, dataBytes: Int = 200, id: (Int) -> String = { "\($0)" }
    ) throws -> [Event] {
        var chunk = ByteBufferAllocator().buffer(capacity: 512 << 10)
        let fields = (0..<count).map { number in
            ["tick", id(number), String(repeating: "x", count: dataBytes)].map { field in
                (index: chunk.writerIndex, count: chunk.writeString(field))
            }
        }
        return try fields.map { event in
            let slices = try event.map { try #require(chunk.getSlice(at: $0.index, length: $0.count)) }
            return Event(id: slices[1], type: slices[0], data: slices[2])
        }
    }

    /// What the buffers of messages really keep in memory, each buffer counted once.
    private static func memory(of ledger: Ledger) -> Int {
        var storages: [UnsafeMutableRawPointer: Int] = [:]
        for message in ledger.slots.compactMap(\.message) {
            let buffers = [message.event.data, message.event.type ?? ByteBuffer(), message.event.id]
            for buffer in buffers where buffer.readableBytes > 0 {
                buffer.withUnsafeReadableBytesWithStorageManagement { _, storage in
                    storages[storage.toOpaque()] = buffer.storageCapacity
                }
            }
        }
        return storages.values.reduce(0, +)
    }

    private static func admit(_ events: [Event], into ledger: inout Ledger, stream: Int = 0) -> Int {
        let batch = PackedEvents(events)
        return ledger.admit(batch, from: 0, upTo: events.count, stream: stream, receivedAt: .zero)
    }

    @Test("packed events are the same events, whatever they are made of", arguments: 1...30)
    func sameEvents(_ seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        var shared = ByteBuffer(string: "shared")
        let events = (0..<Int.random(in: 0...300, using: &random)).map { _ in
            if Int.random(in: 0..<3, using: &random) == 0 {
                shared = ByteBuffer(
                    repeating: 0x69,
                    count: Int.random(in: 0...(Bool.random(using: &random) ? 20 : 5000), using: &random))
            }
            let size = [0, 1, 100, 4096, 4097, 20_000][Int.random(in: 0..<6, using: &random)]
            return Event(
                id: shared, hasOwnID: Bool.random(using: &random),
                type: Bool.random(using: &random) ? ByteBuffer(string: Bool.random(using: &random) ? "" : "type") : nil,
                data: ByteBuffer(bytes: (0..<size).map { UInt8(truncatingIfNeeded: $0) }),
                receipt: Bool.random(using: &random) ? UInt64(size) : nil)
        }
        let packed = PackedEvents(events)
        #expect(packed.events == events)
        #expect(packed.blocks.last?.end ?? 0 == events.count)
        #expect(Set(packed.blocks.map(\.number)).count == packed.blocks.count)
    }

    @Test("a message holds at most a small block, however large the read was that it came with")
    func smallBlocks() throws {
        let events = try Self.read(1000)
        #expect(events[0].data.storageCapacity == 512 << 10)
        let packed = PackedEvents(events)
        for event in packed.events { #expect(event.data.storageCapacity <= PackedEvents.blockBytes) }
        #expect(packed.blocks.reduce(0) { $0 + $1.bytes } < 1000 * 300)
    }

    @Test("an id that goes on from event to event is held once for a block, and not once for each")
    func inheritedIDs() throws {
        let events = try Self.read(10, dataBytes: 10) { _ in String(repeating: "i", count: 2000) }
        #expect(PackedEvents(events).blocks.map(\.end) == [10])
    }

    @Test("a large event's data is not copied when it has its memory for itself")
    func largeEvents() throws {
        let data = ByteBuffer(repeating: 0x78, count: 1 << 20)
        let packed = PackedEvents([Event(id: ByteBuffer(string: "1"), data: data)])
        let isSame = packed.events[0].data.withUnsafeReadableBytes { new in
            data.withUnsafeReadableBytes { $0.baseAddress == new.baseAddress }
        }
        #expect(isSame)
        #expect(packed.blocks.map(\.bytes) == [(1 << 20) + 1])
        // A slice of a much larger buffer is.
        let slice = try #require(ByteBuffer(repeating: 0x78, count: 4 << 20).getSlice(at: 0, length: 1 << 20))
        #expect(PackedEvents([Event(data: slice)]).blocks.map(\.bytes) == [1 << 20])
    }

    @Test("what is counted is what is held, whatever is admitted and settled in what order", arguments: 1...20)
    func exact(_ seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let limits = LedgerLimits(inFlight: 400, inFlightBytes: 200_000, span: 4000, eventBytes: 1 << 16)
        var ledger = Ledger.ofStreams(2, limits: limits)
        var leases: [Lease] = []
        for _ in 0..<60 {
            var batch = PackedEvents([])
            var admitted = 0
            let stream = Int.random(in: 0..<2, using: &random)
            let events = try Self.read(
                Int.random(in: 0...200, using: &random), dataBytes: Int.random(in: 1...3000, using: &random))
            batch = PackedEvents(events)
            // In turns, as the intake does; in between others are settled.
            while admitted < events.count {
                let count = ledger.admit(
                    batch, from: admitted, upTo: min(admitted + 64, events.count), stream: stream, receivedAt: .zero)
                admitted += count
                while let lease = try? ledger.lease() { leases.append(lease) }
                leases.shuffle(using: &random)
                for lease in leases.prefix(Int.random(in: 1...80, using: &random)) {
                    ledger.answer(lease, .done)
                    leases.removeFirst()
                }
                ledger.settle()
                #expect(ledger.inFlightBytes == Self.memory(of: ledger))
                #expect(ledger.inFlightBytes <= limits.inFlightBytes || ledger.inFlight <= 1)
                if count == 0, leases.isEmpty { break }
            }
        }
        for lease in leases { ledger.answer(lease, .done) }
        ledger.settle()
        #expect(ledger.inFlight == 0 && ledger.inFlightBytes == 0)
    }

    @Test("one unsettled message of each read keeps a block of it, and the window is full when the blocks fill it")
    func stragglers() throws {
        let limits = LedgerLimits(inFlight: 10_000, inFlightBytes: 1 << 20, span: 1 << 20, eventBytes: 1 << 16)
        var ledger = Ledger.ofStreams(1, limits: limits)
        var reads = 0
        while true {
            let events = try Self.read(100)
            guard Self.admit(events, into: &ledger) == 100 else { break }
            reads += 1
            let leases = try (0..<100).map { _ in try ledger.lease() }
            for lease in leases.dropFirst() { ledger.answer(lease, .done) }
            ledger.settle()
            #expect(ledger.inFlight == reads)
        }
        // With whole reads of half a MiB there would be room for two, counted truly; counted by payload, for thousands.
        #expect(reads >= 200)
        #expect(ledger.inFlightBytes <= limits.inFlightBytes)
        #expect(Self.memory(of: ledger) == ledger.inFlightBytes)
    }

    @Test("three hundred stragglers of as many reads of half a MiB take a few MiB of the machine's memory")
    func residentMemory() throws {
        var ledger = Ledger.ofStreams(
            1, limits: LedgerLimits(inFlight: 10_000, inFlightBytes: 64 << 20, span: 1 << 24, eventBytes: 1 << 16))
        func oneRead() throws {
            // Filled, so that the kernel has to give the memory.
            let events = try Self.read(1900)
            #expect(Self.admit(events, into: &ledger) == events.count)
            for index in events.indices {
                let lease = try ledger.lease()
                if index > 0 { ledger.answer(lease, .done) }
            }
            ledger.settle()
        }
        for _ in 0..<20 { try oneRead() }
        let before = try Self.residentBytes()
        for _ in 0..<300 { try oneRead() }
        let grown = try Self.residentBytes() - before
        #expect(ledger.inFlight == 320)
        // 150 MiB, if each straggler kept its read. Of the rest some is the allocator's, more after many other tests.
        #expect(grown < 64 << 20, "\(grown >> 20) MiB")
    }

    private static func residentBytes() throws -> Int {
        let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return (Int(fields[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    @Test("a replayed dead letter counts with the memory that it lies in")
    func letters() {
        var ledger = Ledger.ofStreams()
        let letter = DeadLetter(
            stream: "a", sequence: 1, eventID: ByteBuffer(string: "12345"), type: nil,
            data: ByteBuffer(repeating: 0x78, count: 1025), reason: "", attempts: 1, worker: "", incarnation: 1,
            diedAt: 0)
        #expect(
            ledger.admit(
                [StoredDeadLetter(id: 1, letter: letter)], stream: 0, receivedAt: .zero) == 1)
        #expect(ledger.inFlightBytes == Self.memory(of: ledger) && ledger.inFlightBytes >= 1030)
        ledger.complete()
        #expect(ledger.inFlightBytes == 0)
    }
}
