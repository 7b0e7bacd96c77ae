import Locking
import NIOCore
import Supervision
import Templates
import TestKit
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("What a filter does not let pass", .timeLimit(.minutes(2)))
struct FilteredTreeTests {
    private let clock = ManualClock()

    /// Events of which one in a hundred is to pass, by `keep == true`.
    private static func data(_ count: Int) -> [String] {
        (1...count).map { $0.isMultiple(of: 100) ? #"{"n":\#($0),"keep":true}"# : #"{"n":\#($0),"keep":false}"# }
    }

    private func tree(
        _ sources: [any Source], handler: DirectedHandler = DirectedHandler(),
        _ change: (inout ApplicationSettings) -> Void = { _ in }
    ) -> VirtualTree {
        var settings = ApplicationSettings.virtual
        change(&settings)
        return VirtualTree(sources, settings: settings, clock: clock, handler: handler)
    }

    @Test("is received and processed, counted beside, reaches no worker, and moves the position")
    func counted() throws {
        let handler = DirectedHandler()
        let feed = FeedSource("a", Self.data(2050), batch: 40)
        let tree = tree([try FilteredSource(feed, "keep == true"), FeedSource("b", count: 30)], handler: handler)
        #expect(tree.advance(atMost: .seconds(60)) { tree.messages.received == 2080 && tree.messages.inFlight == 0 })
        #expect(tree.messages.processed == 2080 && tree.messages.filtered == 2030)
        #expect(tree.status.streams.map(\.filtered) == [2030, 0] && tree.status.streams.map(\.events) == [2050, 30])
        #expect(handler.completions.count == 50 && handler.completions.values.allSatisfy { $0 == 1 })
        tree.finish()
        #expect(tree.store.checkpoint(of: "a") == "2050" && tree.store.checkpoint(of: "b") == "30")
    }

    @Test("moves the position also where nothing ever passes, and leaves no trace in latency or rate")
    func nothingPasses() throws {
        let tree = tree([try FilteredSource(FeedSource("a", Self.data(600), batch: 50), "exists(gone)")])
        tree.advance(by: .seconds(3))
        #expect(tree.messages.filtered == 600 && tree.messages.processed == 600)
        #expect(tree.status.latency == LatencySummary() && tree.status.ratePerSecond == 0)
        #expect(tree.store.checkpoint(of: "a") == "600" && tree.status.workers == 4)
        tree.finish()
    }

    @Test("passes no message that is not settled")
    func behindOne() throws {
        let gate = Gate()
        let handler = DirectedHandler { _, _ in
            try await gate.pass()
            return .done
        }
        var data = Self.data(400)
        data[9] = #"{"keep":true}"#
        let tree = tree([try FilteredSource(FeedSource("a", Array(data.prefix(90))), "keep == true")], handler: handler)
        tree.advance(by: .seconds(2))
        #expect(tree.messages.filtered == 89 && tree.messages.inFlight == 1)
        #expect(tree.store.checkpoint(of: "a") == "9")
        gate.open()
        tree.advance(by: .seconds(2))
        #expect(tree.messages.processed == 90 && tree.store.checkpoint(of: "a") == "90")
        tree.finish()
    }

    @Test("takes no room: with one in a hundred passing the window fills")
    func window() throws {
        let gate = Gate()
        let handler = DirectedHandler { _, _ in
            try await gate.pass()
            return .done
        }
        let tree = tree(
            [try FilteredSource(FeedSource("a", Self.data(10_000), batch: 30), "keep == true")], handler: handler
        ) {
            ($0.maxInFlight, $0.maxSpan, $0.workerTimeout) = (64, 64, .seconds(600))
        }
        tree.advance(by: .seconds(5))
        #expect(tree.messages.inFlight == 64)
        let filtered = tree.messages.filtered
        #expect((64 * 99...65 * 99 + 30).contains(filtered))
        // Nobody reads on without room.
        tree.advance(by: .seconds(30))
        #expect(tree.messages.filtered == filtered)
        gate.open()
        #expect(tree.advance(atMost: .seconds(60)) { tree.messages.processed == 10_000 })
        #expect(tree.messages.filtered == 9900)
        tree.finish()
    }

    @Test("waits while the stream is paused")
    func paused() throws {
        let clock = clock
        let handler = DirectedHandler { _, _ in
            try await clock.sleep(for: .milliseconds(500))
            return .done
        }
        let tree = tree(
            [try FilteredSource(FeedSource("a", Self.data(20_000), batch: 100), "keep == true")], handler: handler)
        tree.advance(by: .milliseconds(700))
        #expect(try tree.application.pause("a") == ["a"])
        let before = tree.messages
        tree.advance(by: .seconds(20))
        #expect(tree.messages.received == before.received && before.received < 20_000)
        _ = tree.begin { try await tree.application.resume("a") }
        #expect(tree.advance(atMost: .seconds(60)) { tree.messages.processed == 20_000 })
        #expect(tree.messages.filtered == 19_800)
        tree.finish()
    }

    @Test("a kill message passes, and so does what is no JSON unless it is to be dropped", arguments: [true, false])
    func killMessages(passesWhatIsNoJSON: Bool) throws {
        let data = (1...30).map { $0.isMultiple(of: 10) ? #"{"message": panic}"# : $0.isMultiple(of: 3) ? "no" : "{}" }
        let filter = EventFilter(
            types: ["message"], condition: try Filter("a == 1"), passesWhatIsNoJSON: passesWhatIsNoJSON)
        let tree = tree([FilteredSource(FeedSource("a", data), filter)])
        #expect(tree.advance(atMost: .seconds(60)) { tree.messages.received == 30 && tree.messages.inFlight == 0 })
        #expect(tree.messages.killed == 3)
        #expect(tree.messages.filtered == (passesWhatIsNoJSON ? 18 : 27))
        tree.finish()
    }

    @Test("a reload changes the filter, and the connection stays")
    func reloaded() throws {
        let clock = clock
        let handler = DirectedHandler { _, _ in
            try await clock.sleep(for: .milliseconds(20))
            return .done
        }
        let feed = FeedSource("a", Self.data(3000))
        let tree = tree([FilteredSource(feed, nil)], handler: handler)
        tree.advance(by: .milliseconds(200))
        let before = tree.messages.received
        #expect(tree.messages.filtered == 0 && before > 0 && before < 3000)
        let filtered = try FilteredSource(feed, "keep == true")
        let done = tree.begin {
            try await tree.application.reload(tree.application.settings, sources: [filtered], renewed: [])
            return true
        }
        #expect(tree.advance(atMost: .seconds(60)) { tree.messages.processed == 3000 })
        #expect(done.value == true && feed.connections == 1 && tree.status.restarts == 0)
        // What waited at the intake had been looked at.
        let (worked, all) = (handler.completions.count, 3000)
        #expect(worked + Int(tree.messages.filtered) == all && tree.messages.filtered > 2000)
        #expect(handler.completions.count { $0.key.contains("true") } == 30)
        tree.finish()
    }

    @Test("is told to a source that gave a receipt, as processed")
    func receipts() throws {
        let source = ReceiptSource()
        let tree = tree([try FilteredSource(source, #"@data contains "x""#)])
        source.send(["a", "x", "b", "c"])
        tree.advance(by: .seconds(1))
        #expect(Set(source.told) == Set((1...4).map { "\($0) processed" }) && source.told.count == 4)
        #expect(tree.messages.filtered == 3)
        tree.finish()
    }

    @Test("is what it was to the receiver of a stream that is being removed, until that is stopped")
    func formerFilter() throws {
        let filter = EventFilter(condition: try Filter("a == 1"))
        let table = SourceTable([FilteredSource(FeedSource("a", count: 1), filter), FeedSource("b", count: 1)])
        #expect(table.filter(of: "a") == filter && table.filter(of: "b") == nil)
        _ = table.replace(with: [FeedSource("b", count: 1)])
        #expect(table.filter(of: "a") == filter)
        _ = table.replace(with: [FilteredSource(FeedSource("a", count: 1), nil)])
        #expect(table.filter(of: "a") == nil && table.filter(of: "b") == nil)
        // One in the place of another holds when that one's receiver has been stopped.
        _ = table.replace(
            with: [FilteredSource(FeedSource("a", count: 1), EventFilter(types: ["new"]))], replaced: ["a"])
        #expect(table.filter(of: "a") == nil)
        table.endFormer(of: "a")
        #expect(table.filter(of: "a")?.types == ["new"])
    }

    @Test("is counted on when its stream is removed and added again")
    func removed() throws {
        let source = try FilteredSource(FeedSource("a", Self.data(100)), "exists(gone)")
        let tree = tree([source, FeedSource("b", count: 1)])
        tree.advance(by: .seconds(1))
        for sources in [[FeedSource("b", count: 1)], [FeedSource("b", count: 1), source]] as [[any Source]] {
            _ = tree.begin {
                try await tree.application.reload(tree.application.settings, sources: sources, renewed: [])
            }
            tree.advance(by: .seconds(2))
        }
        #expect(tree.status.streams.first { $0.name == "a" }?.filtered == 100)
        tree.finish()
    }
}
