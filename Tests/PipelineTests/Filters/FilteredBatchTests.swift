import NIOCore
import TestKit
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("A batch that is filtered")
struct FilteredBatchTests {
    private func batch(_ events: [Event], commits: [EventCommit] = []) -> FilteredBatch {
        FilteredBatch(events, commits: commits) { String(buffer: $0.data).hasPrefix("p") }
    }

    private func count(_ batch: FilteredBatch) -> Int {
        batch.asides.reduce(0) { count, aside in
            guard case .filtered(let filtered) = aside else { return count }
            return count + filtered.count + filtered.passedOver
        }
    }

    @Test("a long row of filtered events is a few entries, whatever their ids")
    func few() {
        for id in [{ "\($0)" }, { _ in "7" }, { _ in "" }, { "\($0 / 3)" }] as [(Int) -> String] {
            let events = (1000..<2000).map { Event.named("x", id: id($0)) }
            let batch = batch(events)
            #expect(batch.passed.isEmpty && batch.filtered == 1000 && count(batch) == 1000)
            #expect(batch.asides.count <= 5)
        }
        let batch = batch((1000..<2000).map { .named($0.isMultiple(of: 100) ? "p" : "x", id: "\($0)") })
        #expect(batch.passed.count == 10 && count(batch) == 990 && batch.asides.count <= 50)
    }

    @Test("keeps little of what was read")
    func memory() {
        let read = ByteBuffer(repeating: UInt8(ascii: "1"), count: 1 << 19)
        let events = (0..<2000).map { number in
            Event(
                id: read.getSlice(at: number, length: number.isMultiple(of: 2) ? 9 : 10) ?? ByteBuffer(),
                data: read.getSlice(at: number * 200, length: 100) ?? ByteBuffer())
        }
        for aside in batch(events).asides {
            guard case .filtered(let filtered) = aside else { continue }
            #expect(filtered.id.storageCapacity <= 4096)
            for event in filtered.events { #expect(event.data.storageCapacity <= 8192) }
        }
    }

    @Test("keeps every receipt, in their order")
    func receipts() {
        let events = (0..<300).map { number in
            Event(
                id: ByteBuffer(string: "\(1000 + number)"), data: ByteBuffer(string: "x"),
                receipt: number % 3 == 1 ? nil : UInt64(number))
        }
        let batch = batch(events)
        let receipts = batch.asides.flatMap { aside -> [UInt64] in
            guard case .filtered(let filtered) = aside else { return [] }
            return filtered.receipts
        }
        #expect(receipts == events.compactMap(\.receipt) && count(batch) == 300)
    }

    /// Books that are kept of the same with a batch's entries, and with one for each event.
    private struct Books {
        var ledger = Ledger.ofStreams()
        let isPlain: Bool

        init(isPlain: Bool, longestID: Int) {
            self.isPlain = isPlain
            ledger.streams[0].runs.maximumIDBytes = longestID
        }

        mutating func take(_ events: [Event], _ commits: [EventCommit], passes: (Event) -> Bool) {
            let batch = FilteredBatch(events, commits: commits, passes: passes)
            var asides = batch.asides
            if isPlain {
                asides = []
                var (passed, next) = (0, 0)
                for (place, event) in events.enumerated() {
                    while next < commits.count, commits[next].eventsBefore <= place {
                        var commit = commits[next]
                        commit.eventsBefore = passed
                        asides.append(.commit(commit))
                        next += 1
                    }
                    if passes(event) {
                        passed += 1
                    } else {
                        var filtered = FilteredEvents(eventsBefore: passed, id: event.id, count: 1)
                        if event.id.readableBytes > 0 { filtered.events = [event] }
                        asides.append(.filtered(filtered))
                    }
                }
                for commit in commits[next...] {
                    var commit = commit
                    commit.eventsBefore = passed
                    asides.append(.commit(commit))
                }
            }
            var arrival = Arrival(PackedEvents(batch.passed), asides: asides)
            _ = ledger.admit(&arrival, limit: 1000, stream: 0, receivedAt: .zero)
            #expect(arrival.isTaken)
        }

        /// What is to be the same.
        var picture: String {
            let stream = ledger.streams[0]
            let checkpoint = stream.checkpoint(ledger.hash)
            return """
                \(ledger.totals) \(stream.repeated) \(stream.filtered) \(stream.runs.losses) \
                \(String(buffer: stream.runs.position)) \(stream.runs.candidates.map { String(buffer: $0) }) \
                \(stream.runs.open.map { "\(String(buffer: $0.id)) \($0.known) \($0.isSeen)" } ?? "") \
                \(checkpoint.openRun.map { "\(String(buffer: $0.lastEventID)) \(Array($0.events.readableBytesView))" } ?? "")
                """
        }
    }

    @Test("says of positions, runs and resends what an entry for each event says")
    func same() {
        var random = SeededGenerator(seed: 41)
        var (resent, passedOver) = (0, 0)
        for round in 0..<3000 {
            let longest = random.chance(50) ? 16 : 20
            var (books, plain) = (Books(isPlain: false, longestID: longest), Books(isPlain: true, longestID: longest))
            let ids = (0..<random.within(2...9)).map { number -> String in
                switch random.below(12) {
                case 0: return ""
                case 1: return "long-\(number)-" + String(repeating: "x", count: 12)
                case 2: return "bad\u{1}\(number)"
                default: return "\(number)"
                }
            }
            for _ in 0..<random.within(1...5) {
                let (events, commits) = Self.piece(ids, &random)
                let share = [0, 10, 50][random.below(3)]
                let passing = Set(events.indices.filter { _ in random.chance(share) }.map { events[$0].data })
                passedOver += events.count
                books.take(events, commits) { passing.contains($0.data) }
                plain.take(events, commits) { passing.contains($0.data) }
                for _ in 0..<random.below(4) {
                    books.ledger.complete()
                    plain.ledger.complete()
                }
                #expect(books.picture == plain.picture, "round \(round)")
                if random.chance(50) {
                    let candidates = books.ledger.streams[0].runs.candidates
                    let refused = candidates.isEmpty ? 0 : random.below(candidates.count + 1) * random.below(2)
                    let id = refused < candidates.count ? candidates[refused] : ByteBuffer()
                    for keeper in 0..<2 {
                        if keeper == 0 {
                            books.ledger.opened(0, after: id, refused: Array(candidates.prefix(refused)))
                        } else {
                            plain.ledger.opened(0, after: id, refused: Array(candidates.prefix(refused)))
                        }
                    }
                }
            }
            resent += Int(books.ledger.streams[0].repeated)
            while books.ledger.inFlight > 0 {
                books.ledger.complete()
                plain.ledger.complete()
            }
            #expect(books.picture == plain.picture, "round \(round)")
        }
        #expect(resent > 300 && passedOver > 10_000, "\(resent) \(passedOver)")
    }

    /// Events whose data is that of their ID and their place in a run, so that a run that comes again is the same.
    private static func piece(_ ids: [String], _ random: inout SeededGenerator) -> ([Event], [EventCommit]) {
        var (events, commits): ([Event], [EventCommit]) = ([], [])
        var place = random.below(ids.count)
        for _ in 0..<random.within(1...8) {
            for number in 0..<random.within(1...3) { events.append(.named("\(ids[place])/\(number)", id: ids[place])) }
            if random.chance(10) {
                commits.append(
                    EventCommit(
                        eventsBefore: events.count, id: ByteBuffer(string: ids[place]),
                        isSkippedEvent: random.chance(50)))
            }
            place = random.chance(75) ? (place + 1) % ids.count : random.below(ids.count)
        }
        return (events, commits)
    }
}
