import NIOCore
import NIOHTTP1

/// Answers the requests of one connection.
final class RequestHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        case idle
        case reading(HTTPRequestHead)
        /// The body of the response is a stream; it has no end before the connection's.
        case streaming
    }

    private let feed: Feed
    private var state = State.idle

    init(feed: Feed) {
        self.feed = feed
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (state, unwrapInboundIn(data)) {
        case (.idle, .head(let head)):
            state = .reading(head)
        case (.reading(let head), .end):
            state = .idle
            answer(head, context: context)
        case (.reading, .body), (.idle, _), (.reading, .head), (.streaming, _):
            // No request of ours has a body, and behind a stream nothing more can be answered.
            break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func answer(_ head: HTTPRequestHead, context: ChannelHandlerContext) {
        let path = head.uri.prefix { $0 != "?" && $0 != "#" }
        guard head.method == .GET || head.method == .HEAD else {
            return respond(
                to: head, status: .methodNotAllowed, headers: ["allow": "GET, HEAD"],
                text: "\(head.method.rawValue) is not supported here; everything is read with GET.\n", context: context)
        }
        switch path {
        case "/":
            respond(to: head, type: "application/json", text: feed.help, context: context)
        case "/emotion_values":
            respond(to: head, text: Vocabulary.emotionValues, context: context)
        case "/tweets/1":
            respond(to: head, stream: feed.streams[0], context: context)
        case "/tweets/2":
            respond(to: head, stream: feed.streams[1], context: context)
        default:
            respond(
                to: head, status: .notFound,
                text: "There is nothing at \(path). Try /tweets/1, /tweets/2, /emotion_values, or / for help.\n",
                context: context)
        }
    }

    // MARK: Whole responses

    private func respond(
        to request: HTTPRequestHead, status: HTTPResponseStatus = .ok, headers: HTTPHeaders = [:],
        type: String = "text/plain; charset=utf-8", text: String, context: ChannelHandlerContext
    ) {
        let body = context.channel.allocator.buffer(string: text)
        var headers = headers
        headers.add(name: "content-type", value: type)
        headers.add(name: "content-length", value: String(body.readableBytes))
        let isLast = !request.isKeepAlive
        if isLast { headers.add(name: "connection", value: "close") }
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if request.method != .HEAD {
            context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        }
        let closing = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in
            if isLast { closing.value.close(promise: nil) }
        }
    }

    // MARK: Streams

    private func respond(to request: HTTPRequestHead, stream: FeedStream, context: ChannelHandlerContext) {
        // The flood goes out raw, and HTTP/1.0 knows no chunks; either way the end of the connection ends the body.
        let isChunked = !feed.isFlood && request.version.minor >= 1
        var headers: HTTPHeaders = [
            "content-type": "text/event-stream",
            "cache-control": "no-cache",
            "connection": "close",
        ]
        if isChunked { headers.add(name: "transfer-encoding", value: "chunked") }
        let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: headers)
        if request.method == .HEAD {
            state = .streaming
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            let closing = NIOLoopBound(context, eventLoop: context.eventLoop)
            context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in closing.value.close(promise: nil) }
            return
        }

        let label = "connection \(feed.nextConnectionNumber())"
        let peer = context.channel.remoteAddress.map { " from \($0.ipAddress ?? "?"):\($0.port ?? 0)" } ?? ""
        let cursor = resumption(request, stream: stream)
        feed.log("\(label) opened: GET \(stream.path)\(peer)\(cursor.note)")
        let handler = EventStreamHandler(
            stream: stream, cursor: cursor.position, isChunked: isChunked, label: label, log: feed.log)
        do {
            try context.pipeline.syncOperations.addHandler(handler, position: .first)
        } catch {
            context.close(promise: nil)
            return
        }
        state = .streaming
        context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
        handler.begin()
    }

    /// Where a connection goes on after its `Last-Event-ID`, and a note for the log.
    private func resumption(_ request: HTTPRequestHead, stream: FeedStream) -> (position: Int, note: String) {
        guard let value = request.headers.first(name: "last-event-id") else { return (0, "") }
        guard stream.hasIDs else { return (0, "; its Last-Event-ID is of no use without --ids") }
        let limit = stream.positions.limit
        let digits = value.utf8
        guard !digits.isEmpty, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return (0, "; its Last-Event-ID is not a position, so it starts from the first event")
        }
        // Digits alone that are no Int are a number too large for one.
        guard let position = Int(value), position <= limit else {
            return (limit, "; its Last-Event-ID is beyond the last event, \(limit), so it waits at the end")
        }
        return (position, "; resumes after event \(position)")
    }
}
