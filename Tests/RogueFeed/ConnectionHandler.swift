import NIOCore

/// Reads requests as bytes and acts out their answers as bytes, which need not be HTTP.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let server: RogueServer
    private let wire: WireHandler
    private let number: Int
    private let port: Int
    private var received: [UInt8] = []
    private var acts: ArraySlice<Act> = []
    private var log: FeedLog?
    private var body: Body?
    private var isAnswering = false
    private var isWaiting = false
    private var isOver = false
    private var isProceeding = false

    /// How far the body of an event stream is.
    private struct Body {
        var conduct: EventsConduct
        var next: Int
        var left: Int?
        let deadline: NIODeadline?
        var bytes = 0
    }

    init(server: RogueServer, wire: WireHandler, number: Int, port: Int) {
        self.server = server
        self.wire = wire
        self.number = number
        self.port = port
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received += unwrapInboundIn(data).readableBytesView
        takeRequest(context)
    }

    private func takeRequest(_ context: ChannelHandlerContext) {
        guard !isAnswering, !isOver else { return }
        let text = String(decoding: received, as: UTF8.self)
        if text.hasPrefix("PRI * HTTP/2.0") {
            server.noteHTTP2()
            return end(.silence, context)
        }
        guard received.count >= 4, received.suffix(4).elementsEqual("\r\n\r\n".utf8) else { return }
        received = []
        isAnswering = true
        let lines = text.split(separator: "\r\n")
        let id = lines.first { $0.lowercased().hasPrefix("last-event-id:") }?
            .drop { $0 != ":" }.dropFirst().drop { $0 == " " }
        let request = FeedRequest(
            path: lines.first?.split(separator: " ").dropFirst().first.map(String.init) ?? "",
            lastEventID: id.map(String.init) ?? "", port: port)
        (log, acts) = server.answer(request, on: number)
        proceed(context)
    }

    // MARK: Answers

    private func proceed(_ context: ChannelHandlerContext) {
        // A write may say at once, from within, that there is room again.
        guard !isProceeding else { return }
        isProceeding = true
        defer { isProceeding = false }
        while !isOver, !isWaiting {
            if body != nil {
                guard sendEvents(context) else { return }
            } else if let act = acts.popFirst() {
                switch act {
                case .write(let bytes, let pieces): write(bytes, pieces: pieces, context)
                case .wait(let time): wait(.milliseconds(time), context)
                case .events(let conduct):
                    body = Body(
                        conduct: conduct, next: conduct.from, left: conduct.count,
                        deadline: conduct.time.map { .now() + .milliseconds($0) })
                    for text in conduct.interjections { send(Array(text.utf8), context) }
                case .end(let ending): end(ending, context)
                }
            } else {
                return
            }
        }
    }

    private func wait(_ time: TimeAmount, _ context: ChannelHandlerContext) {
        isWaiting = true
        context.eventLoop.assumeIsolated().scheduleTask(in: time) {
            self.isWaiting = false
            self.proceed(context)
        }
    }

    private func write(_ bytes: [UInt8], pieces: Int = .max, _ context: ChannelHandlerContext) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(pieces)
            rest = rest.dropFirst(piece.count)
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: piece)), promise: nil)
        }
    }

    /// Sends a part of the body, in its framing.
    private func send(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
        guard let conduct = body?.conduct else { return }
        var rest = bytes[...]
        while !rest.isEmpty {
            let isTorn = body!.bytes < conduct.torn.bytes
            let piece = rest.prefix(isTorn ? conduct.torn.pieces : .max)
            rest = rest.dropFirst(piece.count)
            body!.bytes += piece.count
            let framed = conduct.isChunked ? chunk(piece) : Array(piece)
            write(framed, pieces: isTorn ? conduct.torn.pieces : .max, context)
        }
    }

    private func chunk(_ bytes: some Collection<UInt8>) -> [UInt8] {
        Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + Array("\r\n".utf8)
    }

    /// Sends events while there are some and the socket takes them.
    ///
    /// - Returns: whether the body is over.
    private func sendEvents(_ context: ChannelHandlerContext) -> Bool {
        guard let log else { return true }
        let count = log.count
        while let body, !isOver, body.left != 0, body.next < count, context.channel.isWritable {
            // Many at once, or a long log would be a system call for each of its events.
            let isTorn = body.bytes < body.conduct.torn.bytes
            let last = min(count, body.next + min(isTorn ? 1 : 64, body.left ?? .max))
            send((body.next..<last).flatMap(log.bytes(of:)), context)
            for serial in body.next..<last { log.noteSent(serial) }
            self.body!.left = body.left.map { $0 - (last - body.next) }
            self.body!.next = last
        }
        guard let body else { return true }
        if body.left == 0 || body.deadline.map({ $0 <= .now() }) == true {
            finish(body, log, context)
            return true
        }
        // What waits for the socket is told when there is room.
        if context.channel.isWritable { wait(server.tick, context) }
        return false
    }

    private func finish(_ body: Body, _ log: FeedLog, _ context: ChannelHandlerContext) {
        if body.conduct.endsTorn {
            let event = log.bytes(of: body.next)
            let part = event.prefix(event.count / 2)
            write(
                body.conduct.isChunked ? Array("\(String(event.count, radix: 16))\r\n".utf8) + part : Array(part),
                context)
        } else if body.conduct.isChunked, body.conduct.ending == .next {
            write(Array("0\r\n\r\n".utf8), context)
        }
        self.body = nil
        end(body.conduct.ending, context)
    }

    private func end(_ ending: Ending, _ context: ChannelHandlerContext) {
        switch ending {
        case .next:
            isAnswering = false
            acts = []
            // Not in here: an answer may be all there is to do.
            context.eventLoop.assumeIsolated().execute { self.takeRequest(context) }
        case .silence:
            isOver = true
            wire.silence()
        case .fin, .reset:
            isOver = true
            // Closed only once all is written: a close throws away what waits.
            let wire = wire
            context.writeAndFlush(wrapOutboundOut(ByteBuffer())).assumeIsolated().whenComplete { _ in wire.end(ending) }
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        proceed(context)
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        isOver = true
        server.closed(number)
        context.fireChannelInactive()
    }

    // A client that goes away is none of our business, and TLS that it breaks off neither.
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
