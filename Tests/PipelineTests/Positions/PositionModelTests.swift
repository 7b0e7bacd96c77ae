import Locking
import NIOCore
import TestKit
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// Whole lives against a model server, in virtual time: connections break, and lives end well or at once, at any moment.
@Suite("Positions against a model server")
struct PositionModelTests {
    enum Shape: CaseIterable, Sendable {
        case unique
        case groups
        case idOnTheFirstOfAGroup
        case returning
        case resets
        case everything
    }

    /// How lives end, before the last one, which ends in peace.
    enum Ending: Sendable {
        case stopped
        case killed(after: Duration)
    }

    /// A feed of that shape.
    static func items(_ shape: Shape, _ random: inout SeededGenerator) -> [ModelServer.Item] {
        (0..<random.within(1...30)).map { number in
            let group = "\(number / 4 + 1)"
            switch shape {
            case .unique: return .event(id: "\(number + 1)")
            case .groups: return .event(id: group)
            case .idOnTheFirstOfAGroup: return .event(id: number % 4 == 0 ? group : nil)
            case .returning: return .event(id: ["1", "2", "3"][random.below(3)])
            case .resets: return .event(id: random.chance(20) ? "" : random.chance(50) ? "\(number)" : nil)
            case .everything:
                let id = random.chance(15) ? "" : random.chance(30) ? "\(random.below(4))" : "\(number)"
                switch random.below(10) {
                case 0: return .blank(id: id)
                case 1: return .skipped(id: random.chance(50) ? id : nil)
                default: return .event(id: random.chance(40) ? nil : id)
                }
            }
        }
    }

    /// Lives after one another, on one disk. Returns how often each event was handled, and what the last life knew.
    private func live(
        _ server: ModelServer, _ endings: [Ending], breaks: Int, _ random: inout SeededGenerator
    ) -> (completions: [String: Int], status: StreamStatus?, position: String, asked: [String]) {
        let (disk, clock) = (ModelDisk(), ManualClock())
        let seed = random.next()
        let handler = DirectedHandler { [clock] data, _ in
            try await clock.sleep(for: .milliseconds(((UInt64(data) ?? 7) &* 7919 &+ seed) % 60))
            return .done
        }
        var settings = ApplicationSettings.virtual
        settings.maxInFlight = random.chance(50) ? 16 : 64
        settings.storeInterval = .milliseconds(random.within(20...200))
        var status: StreamStatus?
        var asked: [String] = []
        for ending in endings + [.stopped] {
            let store = ModelStore(disk)
            let source = ModelSource(server, clock: clock, seed: random.next(), breaks: breaks)
            let tree = VirtualTree([source], settings: settings, clock: clock, store: store, handler: handler)
            switch ending {
            case .stopped: tree.advance(by: .seconds(120))
            case .killed(let after):
                tree.advance(by: after)
                store.cut()
            }
            status = tree.status.streams.first
            #expect(tree.messages.isBalanced)
            if case .stopped = ending { #expect(tree.messages.inFlight == 0) }
            asked += source.asked
            tree.finish()
        }
        return (handler.completions, status, disk.position, asked)
    }

    private func random(_ seed: UInt64) -> SeededGenerator { SeededGenerator(seed: seed &* 7919 &+ 13) }

    @Test(
        "whatever ids a feed gives, and however lives end, each event is handled",
        arguments: Shape.allCases, 1...40 as ClosedRange<UInt64>)
    func nothingIsLost(_ shape: Shape, _ seed: UInt64) {
        var random = random(seed)
        var server = ModelServer(items: Self.items(shape, &random))
        server.resumption = random.chance(50) ? .afterGroup : .afterEvent
        server.greets = random.chance(20)
        let endings = (0..<random.within(1...4)).map { _ in
            random.chance(70) ? Ending.killed(after: .milliseconds(random.within(0...900))) : .stopped
        }
        let end = live(server, endings, breaks: random.within(0...5), &random)
        let missed = server.data.subtracting(end.completions.keys)
        #expect(missed.isEmpty, "\(missed) of \(server.items) after \(endings); asked with \(end.asked)")
    }

    @Test(
        "where ids do not return, reconnects and clean stops repeat nothing",
        arguments: [Shape.unique, .groups, .idOnTheFirstOfAGroup], 1...40 as ClosedRange<UInt64>)
    func nothingTwice(_ shape: Shape, _ seed: UInt64) {
        var random = random(seed)
        var server = ModelServer(items: Self.items(shape, &random))
        server.greets = random.chance(20)
        let end = live(
            server, Array(repeating: .stopped, count: random.within(0...3)), breaks: random.within(0...8), &random)
        for data in server.data { #expect(end.completions[data] == 1, "event \(data), asked with \(end.asked)") }
    }

    @Test("unique ids: 100 reconnects and 20 clean stops, also of a stream silent since its last event: nothing twice")
    func uniqueIDs() {
        var random = random(1)
        let server = ModelServer(items: (1...60).map { .event(id: "\($0)") })
        let end = live(server, Array(repeating: .stopped, count: 20), breaks: 100, &random)
        #expect(end.completions.count == 60 && end.completions.values.allSatisfy { $0 == 1 })
        #expect(end.position == "59" && end.status?.repeated ?? 0 > 0)
    }

    @Test("six events of one id, the end of life between any two: all are handled", arguments: 0...30)
    func sixOfOne(_ moment: Int) {
        var random = random(UInt64(moment))
        for items in [
            (0..<6).map { _ in ModelServer.Item.event(id: "2") },
            [.event(id: "1")] + (0..<6).map { _ in .event(id: "2") } + [.event(id: "3")],
            [.event(id: "1"), .event(id: "2")] + (0..<5).map { _ in .event(id: nil) },
        ] {
            let server = ModelServer(items: items)
            let end = live(server, [.killed(after: .milliseconds(moment * 75))], breaks: 0, &random)
            #expect(server.data.isSubset(of: end.completions.keys), "\(items)")
        }
    }

    @Test("a refused position: the open run's id is tried next, then none, and nothing is lost")
    func refused() {
        var random = random(3)
        var server = ModelServer(items: (1...9).map { .event(id: "\($0)") })
        server.refused = ["8"]
        let first = live(server, [.stopped], breaks: 1, &random)
        #expect(first.asked.last == "9" && first.completions.values.allSatisfy { $0 == 1 })
        #expect(first.status?.refusedPositions ?? 0 > 0)
        server.refused = ["8", "9"]
        let second = live(server, [.stopped], breaks: 0, &random)
        // It starts at its oldest event, whose ids may mean other events now.
        #expect(second.asked.last == "" && second.completions.values.allSatisfy { $0 == 2 })
        #expect(second.status?.possibleGaps ?? 0 > 0)
    }
}
