import Locking
import NIOCore
import TestKit
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("What an operator does with positions")
struct PositionCommandTests {
    private let clock = ManualClock()
    private let disk = ModelDisk()
    private let gate = Gate()
    private let handler: DirectedHandler

    init() {
        handler = DirectedHandler { [gate] data, _ in
            if data.hasSuffix("5") { try await gate.pass() }
            return .done
        }
    }

    private func tree(_ sources: [any Source]) -> VirtualTree {
        VirtualTree(sources, clock: clock, store: ModelStore(disk), handler: handler)
    }

    private func change(_ tree: VirtualTree, to id: String?) throws -> PositionChange? {
        let change = tree.begin { [application = tree.application] in
            guard let id else { return try await application.forgetPosition(of: "a") }
            return try await application.setPosition(of: "a", to: ByteBuffer(string: id))
        }
        tree.advance(by: .seconds(1))
        return change.value
    }

    @Test("a position that is set is stored at once, and the stream is read again from there")
    func set() throws {
        let source = FeedSource("a", count: 20)
        gate.open()
        let tree = tree([source])
        tree.advance(by: .seconds(2))
        #expect(try tree.application.position(of: "a").id == ByteBuffer(string: "19"))
        #expect(try tree.application.position(of: "a").openRun == ByteBuffer(string: "20"))
        let change = try #require(try change(tree, to: "10"))
        #expect(change.before == ByteBuffer(string: "19") && change.after == ByteBuffer(string: "10"))
        #expect(change.unstored == nil && source.connections == 2)
        tree.advance(by: .seconds(2))
        #expect((11...20).allSatisfy { handler.completions["a:\($0)"] == 2 })
        #expect((1...10).allSatisfy { handler.completions["a:\($0)"] == 1 })
        tree.finish()
        #expect(disk.position == "19")
    }

    @Test("what was in flight when it was set is worked on, and does not move it")
    func inFlight() throws {
        let server = ModelServer(items: (1...6).map { .event(id: "\($0)") })
        let source = ModelSource(server, clock: clock, seed: 1, breaks: 0)
        let tree = tree([source])
        tree.advance(by: .seconds(2))
        // Number 5 is held, and what came after it waits behind it.
        #expect(tree.messages.leased == 1 && disk.position == "5")
        try tree.application.pause("a")
        _ = try change(tree, to: "77")
        #expect(disk.position == "77")
        gate.open()
        tree.advance(by: .seconds(5))
        #expect(tree.messages.inFlight == 0 && disk.position == "77")
        #expect(try tree.application.position(of: "a").id == ByteBuffer(string: "77"))
        tree.finish()
    }

    @Test("what waited for the window when it was set is worked on, and does not move it")
    func waiting() async throws {
        let ledger = LedgerStore(
            .ofStreams(limits: LedgerLimits(inFlight: 2, inFlightBytes: 1000, span: 100, eventBytes: 100)))
        let intake = Intake(streams: [StreamStatus(name: "a", location: "")], ledger: ledger, flowNotify: Notify())
        let batch = Task.immediate {
            try await intake.bring((1...5).map { .named("\($0)", id: "\($0)") }, of: 0, receivedAt: .zero)
        }
        #expect(intake.admit() == 2)
        intake.setPosition(0, to: ByteBuffer(string: "77"), at: .zero)
        for _ in 0..<5 {
            ledger.withLock { $0.complete() }
            _ = intake.admit()
        }
        try await batch.value
        #expect(ledger.snapshot.processed == 5)
        #expect(ledger.withLock { $0.checkpoints } == ["a=77"])
    }

    @Test("a stream whose position is forgotten begins anew, after its initial id if it has one")
    func forget() throws {
        gate.open()
        let tree = tree([FeedSource("a", count: 8, initialID: "3")])
        tree.advance(by: .seconds(2))
        #expect(handler.completions.count == 5)
        let change = try #require(try change(tree, to: nil))
        #expect(change.before == ByteBuffer(string: "7") && change.after == ByteBuffer(string: "3"))
        tree.advance(by: .seconds(2))
        #expect((4...8).allSatisfy { handler.completions["a:\($0)"] == 2 } && handler.completions.count == 5)
        tree.finish()
    }

    @Test(
        "an initial id of a reload holds where nothing has come yet, and else when the position is forgotten"
    )
    func changedInitial() throws {
        gate.open()
        let tree = tree([FeedSource("a", count: 0, initialID: "3")])
        tree.advance(by: .seconds(1))
        func reload(_ sources: [FeedSource]) {
            let done = tree.begin {
                try await tree.application.reload(tree.application.settings, sources: sources, renewed: ["a"])
                return true
            }
            tree.advance(by: .seconds(2))
            #expect(done.value == true)
        }
        reload([FeedSource("a", count: 8, initialID: "6")])
        #expect(handler.completions == ["a:7": 1, "a:8": 1])
        reload([FeedSource("a", count: 8, initialID: "2")])
        #expect(handler.completions == ["a:7": 1, "a:8": 1])
        #expect(try #require(try change(tree, to: nil)).after == ByteBuffer(string: "2"))
        tree.advance(by: .seconds(2))
        #expect(handler.completions.count == 6)
        tree.finish()
    }

    @Test("so does that of a stream which has left and comes back while something of it is in process")
    func changedInitialOfReturned() throws {
        let tree = tree([FeedSource("a", count: 5, initialID: "3")])
        tree.advance(by: .seconds(1))
        for sources in [[], [FeedSource("a", count: 5, initialID: "1")]] {
            let done = tree.begin {
                try await tree.application.reload(tree.application.settings, sources: sources)
                return true
            }
            tree.advance(by: .seconds(1))
            #expect(done.value == true)
        }
        #expect(tree.messages.leased == 1)
        #expect(try #require(try change(tree, to: nil)).after == ByteBuffer(string: "1"))
        gate.open()
        tree.finish()
        #expect(handler.completions["a:2"] == 1)
    }

    @Test("a disk that hangs holds up no command: the position holds, and it is said that it is not stored")
    func hangingDisk() throws {
        gate.open()
        let (store, diskGate) = (MemoryStore(), Gate())
        let tree = VirtualTree([FeedSource("a", count: 9)], clock: clock, store: store, handler: handler)
        tree.advance(by: .seconds(1))
        store.hold(at: diskGate)
        let changed = tree.begin { [application = tree.application] in
            try await application.setPosition(of: "a", to: ByteBuffer(string: "6"))
        }
        tree.advance(by: .seconds(4))
        #expect(changed.value == nil)
        tree.advance(by: .seconds(2))
        #expect(changed.value?.after == ByteBuffer(string: "6"))
        #expect(changed.value?.unstored?.contains("the disk has not answered for 5 s") == true)
        let reloaded = tree.begin { [application = tree.application] in
            try await application.reload(application.settings, sources: [FeedSource("a", count: 9)])
            return true
        }
        tree.settle()
        #expect(reloaded.value == true)
        diskGate.open()
        tree.finish()
        #expect(store.contents.checkpoint(of: "a") == "9")
    }

    @Test("an initial id is where a stream begins that has no position, and nothing once it has one")
    func initial() throws {
        gate.open()
        for (life, initial) in ["3", "6"].enumerated() {
            let tree = tree([FeedSource("a", count: 6 + life, initialID: initial)])
            tree.advance(by: .seconds(2))
            tree.finish()
        }
        #expect(handler.completions == ["a:4": 1, "a:5": 1, "a:6": 1, "a:7": 1])
    }

    @Test("what cannot be a position is refused, and changes nothing")
    func refused() throws {
        gate.open()
        let tree = tree([FeedSource("a", count: 3)])
        tree.advance(by: .seconds(1))
        let errors = tree.begin { [application = tree.application] in
            var errors: [PositionError] = []
            for (name, id) in [("b", "1"), ("a", ""), ("a", "x\ny"), ("a", String(repeating: "x", count: 8193))] {
                do {
                    try await application.setPosition(of: name, to: ByteBuffer(string: id))
                } catch let error as PositionError {
                    errors.append(error)
                }
            }
            return errors
        }
        tree.settle()
        #expect(errors.value?.first == .unknown("b", known: ["a"]) && errors.value?.count == 4)
        #expect(try tree.application.position(of: "a").id == ByteBuffer(string: "2"))
        tree.finish()
    }
}
