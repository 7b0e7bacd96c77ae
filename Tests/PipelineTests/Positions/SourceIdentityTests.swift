import NIOCore
import TestKit
import Testing

@testable import Pipeline

@Suite("What a position belongs to")
struct SourceIdentityTests {
    @Test(
        "another value in the query is another stream, unless the parameter is ignored; order and fragment say nothing")
    func url() {
        let one = identity(ofURL: "http://h/a?topic=a&token=1#x", ignoring: ["token"])
        #expect(one == identity(ofURL: "http://h/a?token=2&topic=a", ignoring: ["token"]))
        #expect(one == identity(ofURL: "http://h/a?topic=a", ignoring: ["token"]))
        #expect(one != identity(ofURL: "http://h/a?topic=b&token=1", ignoring: ["token"]))
        #expect(one != identity(ofURL: "http://h/a?topic=a&token=1"))
        #expect(one != identity(ofURL: "http://h/b?topic=a", ignoring: ["token"]))
        #expect(identity(ofURL: "http://h/?t=a&t=b") != identity(ofURL: "http://h/?t=b&t=a"))
        #expect(identity(ofURL: "http://h/?ab") != identity(ofURL: "http://h/?a&b"))
    }

        for user in ["u:p@", "u:other@", "u@", "u:p%40x@y@"] {
            #expect(one == identity(ofURL: "http://\(user)h/a?topic=a", ignoring: ["token"]))
        }
        #expect(identity(ofURL: "http://h/@a") != identity(ofURL: "http://h/a"))
        #expect(identity(ofURL: "http://h?@a") != identity(ofURL: "http://h?a"))
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
