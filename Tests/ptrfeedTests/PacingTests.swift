import NIOCore
import NIOEmbedded
import Testing

@testable import ptrfeed

/// Streams on an event loop whose time the test moves.
@Suite("A paced stream")
struct PacingTests {
    private func feed(rate: Double = 1000, _ configure: (inout FeedConfiguration) -> Void = { _ in }) -> VirtualFeed {
        VirtualFeed {
            $0.rate = RateRange(minimum: rate, maximum: rate)
            $0.killEvery = 0
            configure(&$0)
        }
    }

    @Test("sends half of the rate each second")
    func rate() throws {
        let feed = feed()
        let connection = try feed.connect()
        feed.loop.advanceTime(by: .seconds(1))
        #expect(try connection.events().count == 500)
        feed.loop.advanceTime(by: .milliseconds(100))
        #expect(try connection.events().count == 50)
    }

    @Test("a stalled client finds one second's worth, not all it missed")
    func stalled() throws {
        let feed = feed()
        let connection = try feed.connect()
        connection.setWritable(false)
        feed.loop.advanceTime(by: .seconds(20))
        #expect(try connection.events().isEmpty)
        connection.setWritable(true)
        #expect(try connection.events().count == 500)
    }

    @Test("stands still while nobody reads it")
    func standsStill() throws {
        let feed = feed()
        let first = try feed.connect()
        feed.loop.advanceTime(by: .milliseconds(100))
        #expect(try first.events().last?.tweetID?.position == 50)
        _ = try first.channel.finish()
        feed.loop.advanceTime(by: .seconds(20))
        let second = try feed.connect()
        feed.loop.advanceTime(by: .milliseconds(100))
        #expect(try second.events().map { $0.tweetID?.position } == Array(51...100))
    }

    @Test("shared by two clients, gives each event to one of them, by turns")
    func shared() throws {
        let feed = feed()
        let connections = [try feed.connect(), try feed.connect()]
        feed.loop.advanceTime(by: .seconds(1))
        let received = try connections.map { try $0.events().compactMap { $0.tweetID?.position } }
        #expect(received.allSatisfy { $0.count == 250 })
        #expect(received.joined().sorted() == Array(1...500))
    }

    @Test("a client that cannot take its turn gives it to the other")
    func oneStalled() throws {
        let feed = feed()
        let connections = [try feed.connect(), try feed.connect()]
        connections[0].setWritable(false)
        feed.loop.advanceTime(by: .seconds(1))
        #expect(try connections[1].events().count == 500)
    }

    @Test("what a broken connection did not write, the next one gets")
    func brokenConnection() throws {
        let feed = feed()
        let broken = try feed.connect(failingWrites: 40..<50)
        feed.loop.advanceTime(by: .milliseconds(100))
        let first = try broken.events().compactMap { $0.tweetID?.position }
        #expect(first == Array(1...40))
        #expect(!broken.channel.isActive)
        let next = try feed.connect()
        feed.loop.advanceTime(by: .milliseconds(100))
        let second = try next.events().compactMap { $0.tweetID?.position }
        #expect((first + second).sorted() == Array(1...first.count + second.count))
    }

    @Test("with ids, what was sent before comes at once, the rest at the rate")
    func replay() throws {
        let feed = feed { $0.hasIDs = true }
        let first = try feed.connect()
        feed.loop.advanceTime(by: .seconds(1))
        #expect(try first.events().map(\.id) == Array(1...500))
        let second = try feed.connect(after: 20)
        #expect(try second.events().map(\.id) == Array(21...500))
        feed.loop.advanceTime(by: .milliseconds(100))
        #expect(try first.events().map(\.id) == Array(501...550))
        #expect(try second.events().map(\.id) == Array(501...550))
    }

    @Test("a comment keeps a silent connection alive about every 15 seconds")
    func heartbeat() throws {
        let feed = feed { $0.count = 4 }
        let connection = try feed.connect()
        feed.loop.advanceTime(by: .seconds(1))
        #expect(try connection.events().count == 2)
        feed.loop.advanceTime(by: .seconds(13))
        #expect(try connection.received().readableBytes == 0)
        feed.loop.advanceTime(by: .seconds(17))
        #expect(try String(buffer: connection.received()) == ":\n:\n")
        #expect(connection.channel.isActive)
    }

    @Test("no comment follows a capture that ends within an event")
    func noHeartbeatWithinEvent() throws {
        let feed = feed { $0.capture = Capture(ByteBuffer(string: "data: unfinish")) }
        let connection = try feed.connect()
        feed.loop.advanceTime(by: .seconds(60))
        #expect(try String(buffer: connection.received()) == "data: unfinish")
    }

    @Test("a flood stops while its client cannot take more, and holds nothing for it")
    func floodStops() throws {
        let feed = VirtualFeed { $0.rate = nil }
        let connection = try feed.connect()
        // An embedded channel takes everything, so only the turn's bound ends the first burst.
        let burst = try connection.received().readableBytes
        #expect(burst > 0 && burst < 16 << 20)
        connection.setWritable(false)
        feed.loop.run()
        #expect(try connection.received().readableBytes == 0)
        #expect(feed.stream.positions.unsettled == 0)
    }
}
