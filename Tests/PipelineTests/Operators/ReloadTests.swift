import Locking
import NIOCore
import Supervision
import TestKit
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("Reloading a tree")
struct ReloadTests {
    private let clock = ManualClock()
    private let handler: DirectedHandler

    init() {
        handler = DirectedHandler { [clock] _, _ in
            try await clock.sleep(for: .milliseconds(50))
            return .done
        }
    }

    private func tree(_ sources: [any Source], settings: ApplicationSettings = .virtual) -> VirtualTree {
        VirtualTree(sources, settings: settings, clock: clock, handler: handler)
    }

    /// Reloads, and lets happen what happens at once.
    private func reload(
        _ tree: VirtualTree, _ sources: [any Source], renewed: Set<String> = [],
        _ change: (inout ApplicationSettings) -> Void = { _ in }
    ) {
        var settings = tree.application.settings
        change(&settings)
        let done = tree.begin { [settings] in
            try await tree.application.reload(settings, sources: sources, renewed: renewed)
            return true
        }
        tree.settle()
        #expect(done.value == true)
    }

    private func names(_ tree: VirtualTree) -> [String] { tree.status.streams.map(\.name) }

    private func expectAllOnce(_ feeds: FeedSource..., place: SourceLocation = #_sourceLocation) {
        let count = feeds.reduce(0) { $0 + $1.count }
        #expect(handler.completions.count == count, sourceLocation: place)
        #expect(handler.completions.values.allSatisfy { $0 == 1 }, sourceLocation: place)
    }

    @Test("an added stream is read at once, and no other notices")
    func added() throws {
        let (a, b) = (FeedSource("a", count: 40), FeedSource("b", count: 40))
        let tree = tree([a])
        tree.advance(by: .milliseconds(120))
        reload(tree, [b, a])
        #expect(names(tree) == ["b", "a"])
        #expect(tree.advance(atMost: .seconds(60)) { tree.messages.processed == 80 })
        expectAllOnce(a, b)
        #expect(a.connections == 1 && b.connections == 1 && tree.status.restarts == 0)
        tree.finish()
        #expect(tree.store.checkpoint(of: "a") == "40" && tree.store.checkpoint(of: "b") == "40")
    }

    @Test("a removed stream's messages are worked on, its checkpoint is stored, and added again it goes on there")
    func removedAndAdded() throws {
        let (a, b) = (FeedSource("a", count: 40), FeedSource("b", count: 40))
        let tree = tree([a, b])
        tree.advance(by: .milliseconds(120))
        let waiting = tree.application.waiting
        reload(tree, [b])
        #expect(names(tree) == ["b"] && waiting > 0)
        #expect(tree.advance(atMost: .seconds(60)) { tree.messages.inFlight == 0 && tree.application.waiting == 0 })
        let done = handler.completions.count { $0.key.hasPrefix("a:") }
        #expect(done > 0 && handler.completions.values.allSatisfy { $0 == 1 })
        // Time to store, and to free the place.
        tree.advance(by: .seconds(2))
        #expect(tree.store.checkpoint(of: "a") == "\(done)")
        #expect(tree.application.intake.state.withLock { $0.streams[0].phase } == .free)
        // Another one gets the place first.
        let c = FeedSource("c", count: 10)
        reload(tree, [b, c])
        #expect(tree.application.intake.places.map(\.place) == [1, 0])
        let again = FeedSource("a", count: 40)
        reload(tree, [again, b, c])
        #expect(tree.advance(atMost: .seconds(60)) { tree.messages.processed == 90 })
        expectAllOnce(again, b, c)
        tree.finish()
        #expect(tree.store.checkpoint(of: "a") == "40" && tree.store.checkpoint(of: "c") == "10")
    }

    @Test("a stream that is removed and added at once goes on where it was")
    func revived() throws {
        let feeds = [FeedSource("a", count: 40), FeedSource("b", count: 40)]
        let tree = tree(feeds)
        tree.advance(by: .milliseconds(120))
        reload(tree, [feeds[1]])
        let again = FeedSource("a", count: 40)
        reload(tree, [again, feeds[1]])
        #expect(tree.application.intake.places.map(\.place) == [0, 1])
        #expect(tree.advance(atMost: .seconds(60)) { tree.messages.processed == 80 })
        expectAllOnce(again, feeds[1])
        tree.finish()
    }

    @Test("a changed stream is started again after its last id, nobody is charged, and nothing is lost or doubled")
    func renewed() throws {
        let (a, b) = (FeedSource("a", count: 60), FeedSource("b", count: 60))
        let tree = tree([a, b])
        tree.advance(by: .milliseconds(120))
        let changed = FeedSource("a", count: 60)
        reload(tree, [changed, b], renewed: ["a"])
        #expect(tree.advance(atMost: .seconds(60)) { tree.messages.processed == 120 })
        expectAllOnce(changed, b)
        #expect(a.connections == 1 && changed.connections == 1 && b.connections == 1 && tree.status.restarts == 0)
        tree.finish()
    }

    @Test("a stream from another location starts without an id, and the old one's ids are not stored under its name")
    func moved() throws {
        let a = FeedSource("a", count: 60)
        let tree = tree([a])
        tree.advance(by: .milliseconds(120))
        let other = MovedSource(count: 5)
        reload(tree, [other])
        tree.advance(by: .seconds(20))
        #expect(other.resumedAfter == [""])
        let old = handler.completions.count { $0.key.hasPrefix("a:") }
        #expect(old > 0 && handler.completions.count == old + 5 && handler.completions.values.allSatisfy { $0 == 1 })
        #expect(tree.store.checkpoint(of: "a") == "moved-5")
        // A crash of it goes on from its own ids: the last one may go on.
        _ = tree.crash(.receiver("a"))
        tree.advance(by: .seconds(1))
        #expect(other.resumedAfter == ["", "moved-4"])
        tree.finish()
    }

    @Test("a pause outlasts a change of its stream, and a stand-down also meets streams that are added")
    func paused() throws {
        let (a, b) = (FeedSource("a", count: 30), FeedSource("b", count: 30))
        let tree = tree([a])
        try tree.application.pause("a")
        reload(tree, [FeedSource("a", count: 30)], renewed: ["a"])
        #expect(tree.status.streams[0].state == .paused)
        try tree.application.standDown()
        reload(tree, [FeedSource("a", count: 30), b])
        #expect(tree.status.streams.map(\.state) == [.paused, .paused])
        tree.advance(by: .seconds(10))
        #expect(b.connections == 1 && handler.completions.count { $0.key.hasPrefix("b:") } == 0)
        let resumed = tree.begin { try await tree.application.resume() }
        #expect(tree.advance(atMost: .seconds(60)) { tree.messages.processed == 60 })
        #expect(resumed.value == ["a", "b"])
        tree.finish()
    }

    @Test("a crash of stream_supervisor brings the streams back that there are now", arguments: [false, true])
    func crashBetween(_ isDuring: Bool) throws {
        let (a, b, c) = (FeedSource("a", count: 30), FeedSource("b", count: 30), FeedSource("c", count: 30))
        let tree = tree([a, b])
        tree.advance(by: .milliseconds(60))
        if isDuring {
            let done = tree.begin {
                try await tree.application.reload(tree.application.settings, sources: [b, c])
                return true
            }
            _ = tree.crash(.streamSupervisor)
            tree.advance(by: .seconds(1))
            #expect(done.value == true)
        } else {
            reload(tree, [b, c])
            _ = tree.crash(.streamSupervisor)
        }
        tree.advance(by: .seconds(20))
        #expect(names(tree) == ["b", "c"])
        let children = tree.begin { try await tree.application.streams.current?.whichChildren().map(\.id.name) }
        tree.settle()
        #expect(children.value??.sorted() == ["stream.b", "stream.c"])
        #expect(a.connections == 1)
        #expect(handler.completions.count { $0.key.hasPrefix("c:") } == 30)
        #expect(handler.completions.values.allSatisfy { $0 == 1 })
        tree.finish()
    }

    @Test("limits, attempts, timeout and kill message are those of the reload from then on")
    func settings() throws {
        let gate = Gate()
        let handler = DirectedHandler { data, _ in
            if data == "slow" { try await gate.pass() }
            return data == "bad" ? .failed("no") : .done
        }
        let source = ScriptedSource()
        let tree = VirtualTree([source], clock: clock, handler: handler)
        reload(tree, [source]) { settings in
            settings.maxAttempts = 1
            settings.workerTimeout = .seconds(1)
            settings.killMessage = Array("die".utf8)
            settings.maxInFlight = 128
            settings.scaling.max = 16
            settings.scaling.min = 3
            // Fixed at the start.
            settings.scaling.workersPerSupervisor = 7
            settings.applicationBudget.restarts = 0
        }
        #expect(tree.application.ledger.withLock { $0.window.limits.inFlight } == 128)
        #expect(tree.application.settings.scaling.workersPerSupervisor == 2)
        #expect(tree.application.settings.applicationBudget.restarts == 100_000)
        tree.advance(by: .seconds(1))
        #expect(tree.status.directSupervisors == 3 && tree.status.workers == 6 && tree.status.scaling.min == 3)
        #expect(try tree.application.scale(to: 16) == nil)
        try tree.application.scale(to: nil)
        source.send("bad", "die", "slow")
        tree.advance(by: .milliseconds(500))
        #expect(tree.messages.deadLettered == 1 && tree.messages.killed == 1 && tree.messages.leased == 1)
        tree.advance(by: .seconds(1))
        #expect(tree.messages.deadLettered == 2 && tree.messages.inFlight == 0)
        tree.finish()
    }

    @Test("a window that is made smaller is reached by settling, and nothing is lost")
    func smallerWindow() throws {
        let (a, b) = (FeedSource("a", count: 200), FeedSource("b", count: 200))
        let tree = tree([a, b])
        tree.advance(by: .milliseconds(60))
        #expect(tree.messages.inFlight > 40)
        // The books are looked at after each step: nothing comes in above the limit.
        reload(tree, [a, b]) { $0.maxInFlight = 8 }
        let before = tree.messages.received
        #expect(tree.advance(atMost: .seconds(60)) { tree.messages.inFlight <= 8 })
        // What came in meanwhile fits the new limit.
        #expect(tree.messages.received <= before + 8)
        reload(tree, [a]) { $0.maxInFlight = 8 }
        #expect(tree.advance(atMost: .seconds(600)) { handler.completions.count { $0.key.hasPrefix("a:") } == 200 })
        #expect(handler.completions.values.allSatisfy { $0 == 1 })
        tree.finish()
    }

    @Test("a circuit breaker that is switched off deals again")
    func breaker() throws {
        var settings = ApplicationSettings.virtual
        settings.breaker = BreakerPolicy(minimum: 4, initialBackoff: .seconds(60))
        let isMended = Counter()
        let handler = DirectedHandler { _, _ in isMended.value > 0 ? .done : .failed("down") }
        let a = FeedSource("a", count: 20)
        let tree = VirtualTree([a], settings: settings, clock: clock, handler: handler)
        tree.advance(by: .seconds(1))
        #expect(tree.status.state == .degraded && tree.messages.inFlight > 0)
        isMended.next()
        reload(tree, [a]) { $0.breaker.isEnabled = false }
        tree.advance(by: .seconds(20))
        #expect(tree.status.state == .running && tree.messages.inFlight == 0)
        #expect(tree.log.lines(.notice).contains { $0.contains("switched off") })
        tree.finish()
    }

    @Test("what goes with the streams changes when they are accepted, before one that is added brings anything")
    func accepted() throws {
        let (a, b) = (FeedSource("a", count: 5), FeedSource("b", count: 5))
        let tree = tree([a])
        tree.advance(by: .seconds(2))
        let seen = Locked<[[String]]>([])
        let done = tree.begin {
            try await tree.application.reload(.virtual, sources: [a, b]) {
                seen.withLock { $0.append(tree.status.streams.map(\.name) + ["\(b.connections)"]) }
            }
            return true
        }
        tree.settle()
        #expect(done.value == true && b.connections == 1)
        #expect(seen.withLock { $0 } == [["a", "0"]])
        tree.finish()
    }

    @Test("a tree that stops takes nothing new, and what goes with the streams does not change")
    func stopping() throws {
        let a = FeedSource("a", count: 5)
        let tree = tree([a])
        tree.finish()
        let accepted = Counter()
        let refused = tree.begin { () -> Bool in
            do {
                try await tree.application.reload(.virtual, sources: [a]) { accepted.next() }
                return false
            } catch ReloadError.stopping {
                return true
            }
        }
        tree.settle()
        #expect(refused.value == true && accepted.value == 0)
    }

    @Test(
        "whatever an operator does while messages flow, each is handled once", arguments: 1...40 as ClosedRange<UInt64>)
    func random(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let names = ["a", "b", "c", "d"]
        let feeds = Dictionary(uniqueKeysWithValues: names.map { ($0, FeedSource($0, count: 60)) })
        let tree = tree([feeds["a"]!, feeds["b"]!])
        for _ in 0..<40 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0...3:
                let chosen = names.filter { _ in Bool.random(using: &random) }.shuffled(using: &random)
                let inFlight = Int.random(in: 64...256, using: &random)
                let renewed = Set(chosen.filter { _ in Int.random(in: 0..<4, using: &random) == 0 })
                reload(tree, chosen.map { feeds[$0]! }, renewed: renewed) { settings in
                    settings.maxInFlight = inFlight
                    settings.scaling.max = .random(in: 2...8, using: &random)
                }
                #expect(self.names(tree) == chosen)
            case 4: _ = try? tree.application.pause(names.randomElement(using: &random))
            case 5:
                _ = try? tree.application.pause(nil, for: .milliseconds(Int.random(in: 1...2000, using: &random)))
            case 6:
                let name = Bool.random(using: &random) ? nil : names.randomElement(using: &random)
                _ = tree.begin { try await tree.application.resume(name) }
            case 7: try tree.application.standDown()
            case 8: _ = tree.crash([.flowManager, .mainSupervisor, .stateWriter].randomElement(using: &random)!)
            default: _ = tree.crash([.streamSupervisor, .receiver(nil)].randomElement(using: &random)!)
            }
            tree.advance(by: .milliseconds(Int.random(in: 0...300, using: &random)))
        }
        reload(tree, names.map { feeds[$0]! })
        _ = tree.begin { try await tree.application.resume() }
        #expect(tree.advance(atMost: .seconds(600)) { handler.completions.count == 240 && tree.messages.inFlight == 0 })
        #expect(handler.completions.values.allSatisfy { $0 == 1 })
        #expect(tree.messages.received == 240 && tree.messages.isBalanced)
        // Places are used again.
        #expect(tree.application.intake.state.withLock { $0.streams.count } <= 8)
        tree.finish()
        for name in names { #expect(tree.store.checkpoint(of: name) == "60") }
    }
}

/// Stream `a` from somewhere else.
private final class MovedSource: Source {
    let name = "a"
    let location = "elsewhere"
    private let count: Int
    private let ids = RecordedIDs()

    init(count: Int) { self.count = count }

    var resumedAfter: [String] { ids.all }

    func run(_ intake: StreamIntake) async throws {
        let id = String(buffer: try await intake.resume())
        ids.add(id)
        if id.isEmpty {
            let events = (1...count).map { Event.named("moved:\($0)", id: "moved-\($0)") }
            try await intake.bring(events, bytes: 100)
        }
        try await Notify().wait()
    }
}
