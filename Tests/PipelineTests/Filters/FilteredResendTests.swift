import NIOCore
import Templates
import TestKit
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// Lives against a model server, with a filter: what passes is handled, and what does not is not taken twice.
@Suite("Filtered events and positions", .timeLimit(.minutes(2)))
struct FilteredResendTests {
    /// One in three of the feed's numbers, and greetings, pass.
    private static func passes(_ data: String) -> Bool {
        data == "greeting" || data.hasSuffix("3") || data.hasSuffix("7")
    }

    private static func filter() throws -> EventFilter {
        let numbers = (0..<40).filter { passes("\($0)") }.map { "@data == \"\($0)\"" }
        return EventFilter(condition: try Filter((numbers + [#"@data == "greeting""#]).joined(separator: " || ")))
    }

    private struct End {
        var completions: [String: Int] = [:]
        var received: UInt64 = 0
        var filtered: UInt64 = 0
        var repeated: UInt64 = 0
        var position = ""
    }

    private func live(
        _ server: ModelServer, kills: [Duration?], breaks: Int, _ random: inout SeededGenerator
    ) throws -> End {
        let (disk, clock) = (ModelDisk(), ManualClock())
        let seed = random.next()
        let handler = DirectedHandler { data, _ in
            #expect(Self.passes(data))
            try await clock.sleep(for: .milliseconds(((UInt64(data) ?? 7) &* 7919 &+ seed) % 60))
            return .done
        }
        var settings = ApplicationSettings.virtual
        settings.maxInFlight = random.chance(50) ? 16 : 64
        settings.storeInterval = .milliseconds(random.within(20...200))
        var end = End()
        for kill in kills + [nil] {
            let store = ModelStore(disk)
            let source = ModelSource(server, clock: clock, seed: random.next(), breaks: breaks)
            let tree = VirtualTree(
                [FilteredSource(source, try Self.filter())], settings: settings, clock: clock, store: store,
                handler: handler)
            if let kill {
                tree.advance(by: kill)
                store.cut()
            } else {
                tree.advance(by: .seconds(120))
                #expect(tree.messages.inFlight == 0)
            }
            end.received += tree.messages.received
            end.filtered += tree.messages.filtered
            end.repeated += tree.status.streams.first?.repeated ?? 0
            #expect(tree.messages.isBalanced && tree.messages.filtered <= tree.messages.processed)
            tree.finish()
        }
        end.completions = handler.completions
        end.position = disk.position
        return end
    }

    private func random(_ seed: UInt64) -> SeededGenerator { SeededGenerator(seed: seed &* 104_729 &+ 5) }

    @Test(
        "whatever ids a feed gives, and however lives end, what passes is handled",
        arguments: PositionModelTests.Shape.allCases, 1...5 as ClosedRange<UInt64>)
    func nothingIsLost(_ shape: PositionModelTests.Shape, _ seed: UInt64) throws {
        var random = random(seed)
        var server = ModelServer(items: PositionModelTests.items(shape, &random))
        server.resumption = random.chance(50) ? .afterGroup : .afterEvent
        server.greets = random.chance(20)
        let kills = (0..<random.within(1...4)).map { _ -> Duration? in
            random.chance(70) ? .milliseconds(random.within(0...900)) : nil
        }
        let end = try live(server, kills: kills, breaks: random.within(0...5), &random)
        let missed = server.data.filter(Self.passes).filter { end.completions[$0] == nil }
        #expect(missed.isEmpty, "\(missed) of \(server.items) after \(kills)")
    }

    @Test(
        "where ids do not return, reconnects and clean stops take nothing twice, filtered or not",
        arguments: [PositionModelTests.Shape.unique, .groups, .idOnTheFirstOfAGroup], 1...6 as ClosedRange<UInt64>)
    func nothingTwice(_ shape: PositionModelTests.Shape, _ seed: UInt64) throws {
        var random = random(seed)
        let server = ModelServer(items: PositionModelTests.items(shape, &random))
        let stops = random.within(0...3)
        let end = try live(
            server, kills: Array(repeating: nil, count: stops), breaks: random.within(0...8), &random)
        let passing = server.data.filter(Self.passes)
        #expect(end.received == server.data.count && end.filtered == server.data.count - passing.count)
        #expect(end.completions.values.allSatisfy { $0 == 1 } && end.completions.count == passing.count)
    }

    @Test(
        "unique ids: 100 reconnects and 20 clean stops repeat nothing, and the position is that of a feed without a filter"
    )
    func uniqueIDs() throws {
        var random = random(1)
        let server = ModelServer(items: (1...38).map { .event(id: "\($0)") })
        let end = try live(server, kills: Array(repeating: nil, count: 20), breaks: 100, &random)
        #expect(end.received == 38 && end.repeated > 0 && end.position == "37")
    }
}
