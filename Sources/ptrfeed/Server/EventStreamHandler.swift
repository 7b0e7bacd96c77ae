import NIOCore

/// One connection of a stream: writes the events it is dealt.
///
/// It stands in front of the HTTP handlers, next to the socket: the response's head has gone through them, its body
/// comes from here, so that a block of the flood passes no other handler. How much may wait here is the channel's
/// writability alone, so a slow client costs one high-water mark of memory and no more.
final class EventStreamHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// The last position dealt to this connection, on a stream with ids.
    private(set) var cursor: Int
    /// How many writes have not been completed.
    private(set) var pendingWrites = 0

    private let stream: FeedStream
    private let isChunked: Bool
    private let label: String
    private let log: FeedLog
    private var context: ChannelHandlerContext?
    private var sentEvents = 0
    private var hasReachedEnd = false
    private var isAttached = false
    /// A write has failed, so none after it may be tried: what comes back would be dealt to this connection for ever.
    private var isBroken = false
    /// Buffers whose bytes are written, to be filled again: new ones would cost the flood a page fault for every 4 KiB.
    private var spares: [ByteBuffer] = []
    private var lastWrite = NIODeadline.uptimeNanoseconds(0)
    private var heartbeat: Scheduled<Void>?

    /// - Parameters:
    ///   - cursor: the position this connection has already (0 for none); only of use on a stream with ids.
    ///   - isChunked: whether the body is in HTTP/1.1 chunks; otherwise it ends with the connection.
    ///   - label: how the log names the connection.
    init(stream: FeedStream, cursor: Int, isChunked: Bool, label: String, log: FeedLog) {
        self.stream = stream
        self.cursor = cursor
        self.isChunked = isChunked
        self.label = label
        self.log = log
    }

    /// Whether more may be written now.
    var canTake: Bool {
        guard let context, !hasReachedEnd, !isBroken else { return false }
        return context.channel.isActive && context.channel.isWritable
    }

    // MARK: Life

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        isAttached = true
        lastWrite = context.eventLoop.now
        scheduleHeartbeat()
    }

    /// Begins to read the stream. Called once the response's head has been written.
    func begin() {
        if isAttached { stream.attach(self) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        leave()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        leave()
        self.context = nil
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { stream.schedulePump() }
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A reset is how many clients leave. Writes that fail give their events back.
        context.close(promise: nil)
    }

    private func leave() {
        guard isAttached else { return }
        isAttached = false
        heartbeat?.cancel()
        stream.detach(self)
        spares = []
        log("\(label) closed: \(sentEvents) events of \(stream.path) sent")
    }

    // MARK: Events

    /// Writes a run of events as one buffer. ``flush()`` sends it on its way.
    func send(_ positions: Range<Int>) {
        guard let context else { return stream.finished(positions, written: false) }
        var buffer = spares.popLast() ?? context.channel.allocator.buffer(capacity: bufferCapacity(positions.count))
        buffer.clear()
        if isChunked { buffer.writeStaticString(Self.chunkHeader) }
        let ticks = UnixTicks.now()
        for position in positions {
            stream.content.writeEvent(
                position: position, ticks: stream.sendTime(of: position, now: ticks), to: &buffer)
        }
        if isChunked { Self.closeChunk(&buffer) }

        cursor = max(cursor, positions.upperBound - 1)
        pendingWrites += 1
        lastWrite = context.eventLoop.now
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { [buffer] result in
            self.pendingWrites -= 1
            switch result {
            case .success:
                self.sentEvents += positions.count
                if self.isAttached, self.spares.count < Self.maximumSpares { self.spares.append(buffer) }
                self.stream.finished(positions, written: true)
            case .failure:
                self.isBroken = true
                self.context?.close(promise: nil)
                self.stream.finished(positions, written: false)
            }
        }
        context.write(wrapOutboundOut(buffer), promise: promise)
    }

    func flush() {
        context?.flush()
    }

    /// The stream has nothing more for this connection: it is closed, or held open.
    func reachedEnd() {
        guard !hasReachedEnd, let context else { return }
        hasReachedEnd = true
        guard stream.closesAtEnd else {
            return log("\(label) has all events of \(stream.path); it is held open")
        }
        let last = context.channel.allocator.buffer(staticString: isChunked ? "0\r\n\r\n" : "")
        let closing = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(last)).whenComplete { _ in closing.value.close(promise: nil) }
    }

    // MARK: Heartbeat

    /// While there is nothing to say, a comment now and then tells the client, and whatever stands between, that the
    /// connection lives.
    private func scheduleHeartbeat() {
        guard let context else { return }
        heartbeat = context.eventLoop.assumeIsolated().scheduleTask(deadline: lastWrite + Self.heartbeatInterval) {
            [weak self] in
            self?.beat()
        }
    }

    private func beat() {
        guard let context, isAttached else { return }
        if context.eventLoop.now >= lastWrite + Self.heartbeatInterval {
            if pendingWrites == 0, context.channel.isWritable, !hasReachedEnd || stream.content.endsBetweenEvents {
                context.writeAndFlush(
                    wrapOutboundOut(context.channel.allocator.buffer(staticString: isChunked ? "2\r\n:\n\r\n" : ":\n")),
                    promise: nil)
            }
            lastWrite = context.eventLoop.now
        }
        scheduleHeartbeat()
    }

    // MARK: Chunks

    /// Eight hexadecimal digits, filled in when the chunk's length is known.
    private static let chunkHeader: StaticString = "00000000\r\n"

    private static func closeChunk(_ buffer: inout ByteBuffer) {
        var length = buffer.readableBytes - chunkHeader.utf8CodeUnitCount
        for index in stride(from: buffer.readerIndex + 7, through: buffer.readerIndex, by: -1) {
            buffer.setInteger(hexadecimalDigits[length & 0xF], at: index)
            length >>= 4
        }
        buffer.writeStaticString("\r\n")
    }

    private static let hexadecimalDigits = Array("0123456789abcdef".utf8)

    private func bufferCapacity(_ events: Int) -> Int {
        // Both are powers of two, to which the allocator would round up anyway.
        events == 1 ? 4096 : 256 * 1024
    }

    static let heartbeatInterval = TimeAmount.seconds(15)
    private static let maximumSpares = 8
}
