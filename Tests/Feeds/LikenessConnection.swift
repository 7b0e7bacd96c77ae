import NIOCore
import NIOHTTP1

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// One connection of a ``LikenessServer``, on its event loop. It answers one request, and ends.
final class LikenessConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        case idle
        case reading(HTTPRequestHead, ByteBuffer)
        case streaming(Body)
        case over
    }

    /// How far an event stream is.
    private struct Body {
        let request: FeedRequest
        /// What it brings; nil: what is in the log.
        let script: [String]?
        var next: Int
        /// How many pieces of the script may be sent.
        var released: Int
    }

    /// The longest body of a request. What is beyond is not looked at.
    private static let longestBody = 64 << 10

    private let server: LikenessServer
    private let number: Int
    private let door: Int
    private var state = State.idle
    private var context: ChannelHandlerContext?
    private var isProceeding = false
    private var lifetime: Scheduled<Void>?

    init(_ server: LikenessServer, number: Int, door: Int) {
        self.server = server
        self.number = number
        self.door = door
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (state, unwrapInboundIn(data)) {
        case (.idle, .head(let head)):
            state = .reading(head, ByteBuffer())
        case (.reading(let head, var body), .body(var part)):
            if body.readableBytes + part.readableBytes <= Self.longestBody { body.writeBuffer(&part) }
            state = .reading(head, body)
        case (.reading(let head, let body), .end):
            answer(head, body, context)
        case (.idle, _), (.reading, .head), (.streaming, _), (.over, _):
            break
        }
    }

    private func answer(_ head: HTTPRequestHead, _ body: ByteBuffer, _ context: ChannelHandlerContext) {
        let (request, answer) = server.answer(head, body: body, door: door)
        switch answer {
        case .text(let status, let text, var headers):
            if !headers.contains(name: "content-type") {
                headers.add(name: "content-type", value: "text/plain; charset=utf-8")
            }
            headers.add(name: "content-length", value: String(text.utf8.count))
            headers.add(name: "connection", value: "close")
            state = .over
            write(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers)), context)
            write(.body(.byteBuffer(ByteBuffer(string: text))), context)
            finish(context)
        case .events(let from, let opening, let headers):
            begin(Body(request: request, script: nil, next: from, released: 0), opening, headers, context)
        case .script(let pieces):
            let released = server.isPaced ? 0 : pieces.count
            begin(Body(request: request, script: pieces, next: 0, released: released), "", [:], context)
        }
    }

    private func begin(_ body: Body, _ opening: String, _ more: HTTPHeaders, _ context: ChannelHandlerContext) {
        var headers: HTTPHeaders = [
            "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache", "connection": "close",
        ]
        headers.add(contentsOf: more)
        state = .streaming(body)
        write(.head(HTTPResponseHead(version: .http1_1, status: .ok, headers: headers)), context)
        if !opening.isEmpty { write(.body(.byteBuffer(ByteBuffer(string: opening))), context) }
        context.flush()
        if let seconds = server.lifetime {
            let time = TimeAmount.milliseconds(Int64(seconds * 1000))
            lifetime = context.eventLoop.assumeIsolated().scheduleTask(in: time) { self.end(.clean) }
        }
        proceed(pieces: 0)
    }

    // MARK: What the server tells it

    /// Sends what there is and what the socket takes.
    ///
    /// - Parameter pieces: how many more pieces of a script may be sent.
    func proceed(pieces: Int) {
        guard let context, case .streaming(var body) = state else { return }
        body.released += pieces
        state = .streaming(body)
        // A flush may say at once, from within, that there is room again.
        guard !isProceeding else { return }
        isProceeding = true
        defer { isProceeding = false }
        while case .streaming(var body) = state, context.channel.isWritable {
            if let script = body.script {
                guard body.next < script.count else { return complete(context) }
                guard body.next < body.released else { return }
                write(.body(.byteBuffer(ByteBuffer(string: script[body.next]))), context)
            } else {
                guard body.next < server.count else { return }
                if let event = server.likeness.event(body.next, for: body.request) {
                    write(.body(.byteBuffer(ByteBuffer(string: event))), context)
                }
            }
            body.next += 1
            state = .streaming(body)
            context.flush()
        }
    }

    func say(_ text: String) {
        guard let context, case .streaming = state else { return }
        write(.body(.byteBuffer(ByteBuffer(string: text))), context)
        context.flush()
    }

    func end(_ ending: LikenessServer.Ending) {
        guard let context else { return }
        guard case .streaming = state else { return context.close(promise: nil) }
        over(completed: false)
        switch ending {
        case .clean: finish(context)
        case .torn:
            write(.body(.byteBuffer(ByteBuffer(string: "event: torn\ndata: {\"half\":"))), context)
            let closing = NIOLoopBound(context, eventLoop: context.eventLoop)
            context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer())))).whenComplete { _ in
                closing.value.close(promise: nil)
            }
        case .reset:
            // On the event loop it takes effect at once: the close is a RST.
            let options = context.channel as? any SocketOptionProvider
            options?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in }
            context.close(promise: nil)
        }
    }

    // MARK: The end

    private func complete(_ context: ChannelHandlerContext) {
        over(completed: true)
        finish(context)
    }

    private func over(completed: Bool) {
        if case .streaming = state { server.isOver(completed: completed) }
        state = .over
        lifetime?.cancel()
    }

    /// Ends the answer and, once all is written, the connection.
    private func finish(_ context: ChannelHandlerContext) {
        let closing = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in closing.value.close(promise: nil) }
    }

    private func write(_ part: HTTPServerResponsePart, _ context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(part), promise: nil)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        proceed(pieces: 0)
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        over(completed: false)
        server.closed(number)
        context.fireChannelInactive()
    }

    // A client that goes away is none of our business.
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
