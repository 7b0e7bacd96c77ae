import NIOCore
import TestKit
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("What a position belongs to")
struct SourceIdentityTests {
    /// A feed at an address of which a secret part is not shown.
    private func feed(_ identity: String, count: Int = 3) -> FeedSource {
        FeedSource("a", count: count, identity: Array(identity.utf8))
    }

    @Test("the position of another query value is passed over, and of the stored one nothing can be read")
    func anotherValue() {
        let (disk, clock, handler) = (ModelDisk(), ManualClock(), DirectedHandler())
        func live(_ source: FeedSource) -> [String] {
            let tree = VirtualTree([source], clock: clock, store: ModelStore(disk), handler: handler)
            tree.advance(by: .seconds(1))
            tree.finish()
            return tree.log.lines(.warning)
        }
        #expect(live(feed("topic=secret")).isEmpty)
        let stored = disk.checkpoints.withLock { $0["a"] }
        #expect(stored?.source?.readableBytes == 16 && !"\(String(describing: stored))".contains("secret"))
        #expect(live(feed("topic=secret")).isEmpty)
        #expect(handler.completions == ["a:1": 1, "a:2": 1, "a:3": 1])
        #expect(live(feed("topic=other")).contains { $0.contains("has other values in its query now") })
        #expect(handler.completions == ["a:1": 2, "a:2": 2, "a:3": 2])
    }

    @Test("a position that was stored without what it belongs to holds for any query value, and is then stored with it")
    func upgrade() {
        let (disk, clock, handler) = (ModelDisk(), ManualClock(), DirectedHandler())
        for location in ["test", nil] {
            disk.checkpoints.withLock { checkpoints in
                checkpoints["a"] = Checkpoint(stream: "a", lastEventID: ByteBuffer(string: "1"), location: location)
            }
            let tree = VirtualTree([feed("topic=x")], clock: clock, store: ModelStore(disk), handler: handler)
            tree.advance(by: .seconds(1))
            tree.finish()
            #expect(disk.checkpoints.withLock { $0["a"]?.source } != nil)
        }
        #expect(handler.completions == ["a:2": 2, "a:3": 2])
    }

    @Test("such a position is stored with what it belongs to also if the stream brings nothing")
    func upgradeAtRest() {
        let disk = ModelDisk()
        disk.checkpoints.withLock { $0["a"] = Checkpoint(stream: "a", lastEventID: ByteBuffer(string: "3")) }
        let tree = VirtualTree([feed("topic=x")], store: ModelStore(disk), handler: DirectedHandler())
        tree.advance(by: .seconds(1))
        #expect(disk.position == "3" && disk.checkpoints.withLock { $0["a"]?.source } != nil)
        tree.finish()
    }

    // MARK: - Parameters that are ignored from now on

    /// One life of a feed, or several one after the other by reloads.
    private func live(_ disk: ModelDisk, _ handler: DirectedHandler, _ feeds: AddressedFeed...) {
        let tree = VirtualTree([feeds[0]], store: ModelStore(disk), handler: handler)
        tree.advance(by: .seconds(1))
        for feed in feeds.dropFirst() {
            let done = tree.begin {
                try await tree.application.reload(tree.application.settings, sources: [feed], renewed: ["a"])
                return true
            }
            tree.advance(by: .seconds(1))
            #expect(done.value == true)
        }
        tree.finish()
        #expect(tree.log.lines(.warning).isEmpty)
    }

    @Test("a parameter that is ignored from a reload on drops no position, also if its value changes with it")
    func ignoredByReload() {
        let (disk, handler) = (ModelDisk(), DirectedHandler())
        let before = AddressedFeed("http://h/?topic=x&token=1", ignoring: [])
        let after = AddressedFeed("http://h/?topic=x&token=2", ignoring: ["token"])
        live(disk, handler, before, after)
        live(disk, handler, AddressedFeed("http://h/?topic=x&token=3", ignoring: ["token"], count: 4))
        #expect(handler.completions == ["a:1": 1, "a:2": 1, "a:3": 1, "a:4": 1])
        // And no longer ignored.
        live(
            disk, handler, AddressedFeed("http://h/?topic=x&token=3", ignoring: ["token"]),
            AddressedFeed("http://h/?topic=x&token=3", ignoring: [], count: 5))
        live(disk, handler, AddressedFeed("http://h/?topic=x&token=3", ignoring: [], count: 6))
        #expect(handler.completions.count == 6 && handler.completions.values.allSatisfy { $0 == 1 })
        // Another value of what is not ignored is another stream all the same.
        let other = VirtualTree(
            [AddressedFeed("http://h/?topic=x&token=4", ignoring: [])], store: ModelStore(disk), handler: handler)
        other.advance(by: .seconds(1))
        other.finish()
        #expect(handler.completions["a:1"] == 2)
    }

    @Test("a parameter that is ignored from a start on drops no position while its value is the same")
    func ignoredByStart() {
        let (disk, handler) = (ModelDisk(), DirectedHandler())
        live(disk, handler, AddressedFeed("http://h/?token=1", ignoring: []))
        live(disk, handler, AddressedFeed("http://h/?token=1", ignoring: ["token"]))
        live(disk, handler, AddressedFeed("http://h/?token=2", ignoring: ["token"], count: 4))
        #expect(handler.completions == ["a:1": 1, "a:2": 1, "a:3": 1, "a:4": 1])
    }

    @Test("a stream that is known as another while its checkpoint is being stored is stored again")
    func whileItIsStored() {
        var ledger = Ledger.ofStreams()
        ledger.identify(0, as: Array("old".utf8), location: { Array("old".utf8) })
        ledger.admit(ids: ["1", "2"])
        for _ in 0..<2 { ledger.complete() }
        let unstored = ledger.unstored()
        ledger.goOn(0, from: FeedSource("a", count: 1, identity: Array("new".utf8)))
        ledger.stored(unstored)
        #expect(ledger.unstored().checkpoints.count == 1)
        ledger.stored(ledger.unstored())
        #expect(ledger.unstored().isEmpty)
        ledger.goOn(0, from: FeedSource("a", count: 1, identity: Array("new".utf8)))
        #expect(ledger.unstored().isEmpty)
    }

    @Test("a reload with another value begins another stream, and one of the same goes on")
    func reload() {
        let (disk, clock, handler) = (ModelDisk(), ManualClock(), DirectedHandler())
        let tree = VirtualTree([feed("topic=x")], clock: clock, store: ModelStore(disk), handler: handler)
        tree.advance(by: .seconds(1))
        for (identity, expected) in [("topic=x", 1), ("topic=y", 2)] {
            let done = tree.begin {
                try await tree.application.reload(
                    tree.application.settings, sources: [feed(identity)], renewed: ["a"])
                return true
            }
            tree.advance(by: .seconds(1))
            #expect(done.value == true)
            #expect(handler.completions["a:1"] == expected && handler.completions["a:3"] == expected)
        }
        tree.finish()
    }
}

/// A feed with the address of a stream over HTTP.
private struct AddressedFeed: Source {
    let name = "a"
    let location = "test"
    private let url: String
    private let ignored: Set<String>
    private let feed: FeedSource

    init(_ url: String, ignoring ignored: Set<String>, count: Int = 3) {
        self.url = url
        self.ignored = ignored
        feed = FeedSource("a", count: count)
    }

    var identity: [UInt8] { identity(ignoring: ignored) }
    var fullIdentity: [UInt8] { identity(ignoring: []) }

    func continues(_ former: any Source) -> Bool {
        (former as? AddressedFeed).map { identity == $0.identity(ignoring: ignored) } ?? false
    }

    private func identity(ignoring ignored: Set<String>) -> [UInt8] {
        let parameters = url.split(separator: "?")[1].split(separator: "&")
        let meant = parameters.filter { !ignored.contains(String($0.prefix { $0 != "=" })) }
        return Array(meant.joined(separator: "&").utf8)
    }

    func run(_ intake: StreamIntake) async throws { try await feed.run(intake) }
}
