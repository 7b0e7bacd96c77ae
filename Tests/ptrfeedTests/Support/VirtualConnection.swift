import NIOCore
import NIOEmbedded

@testable import ptrfeed

/// A stream on an event loop whose time a test moves, and connections that are no sockets.
final class VirtualFeed {
    let loop = EmbeddedEventLoop()
    let stream: FeedStream
    let log = LogLines()

    init(stream number: Int = 1, _ configure: (inout FeedConfiguration) -> Void) {
        var configuration = FeedConfiguration()
        configure(&configuration)
        stream = FeedStream(number: number, configuration: configuration, clock: FeedClock(), eventLoop: loop)
    }

    func connect(after cursor: Int = 0, failingWrites: Range<Int> = 0..<0) throws -> VirtualConnection {
        try VirtualConnection(feed: self, cursor: cursor, failingWrites: failingWrites)
    }
}

final class VirtualConnection {
    let channel: EmbeddedChannel

    /// - Parameter failingWrites: which writes, counted from 0, do not reach the kernel.
    fileprivate init(feed: VirtualFeed, cursor: Int, failingWrites: Range<Int>) throws {
        channel = EmbeddedChannel(loop: feed.loop)
        let handler = EventStreamHandler(
            stream: feed.stream, cursor: cursor, isChunked: false, label: "connection", log: feed.log.log)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
        try channel.pipeline.syncOperations.addHandlers(WriteFailures(failing: failingWrites), handler)
        handler.begin()
    }

    /// Everything written since the last call.
    func received() throws -> ByteBuffer {
        var all = ByteBuffer()
        while var buffer = try channel.readOutbound(as: ByteBuffer.self) { all.writeBuffer(&buffer) }
        return all
    }

    func events() throws -> [ReceivedEvent] {
        ReceivedEvent.all(in: try received())
    }

    func setWritable(_ writable: Bool) {
        channel.isWritable = writable
        channel.pipeline.fireChannelWritabilityChanged()
        if writable { channel.embeddedEventLoop.run() }
    }
}

/// Fails some writes, as a socket does whose peer has gone.
private final class WriteFailures: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer

    private let failing: Range<Int>
    private var count = 0

    init(failing: Range<Int>) {
        self.failing = failing
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        defer { count += 1 }
        if failing.contains(count) {
            promise?.fail(ChannelError.ioOnClosedChannel)
        } else {
            context.write(data, promise: promise)
        }
    }
}
