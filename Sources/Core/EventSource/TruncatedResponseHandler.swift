import NIOCore
import NIOHTTP1

/// Saves the bytes that came before a connection broke off in the middle of a response.
///
/// The HTTP client fails such a response at once, and throws away what it has read, or was made to read by the end of
/// the connection, but not handed over yet: up to a socket's buffer full of sound events, which a stream without IDs
/// would never send again. So the response is given a regular end instead, with an empty part before it as the sign of
/// what happened; the decoder itself never produces one.
final class TruncatedResponseHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias InboundOut = HTTPClientResponsePart

    private var isInBody = false

    /// Whether a part of a body is the sign for an end before its time.
    static func isTruncation(_ part: ByteBuffer) -> Bool { part.readableBytes == 0 }

    /// Adds the handler behind the decoder of an HTTP/1 connection.
    static func add(to channel: any Channel) -> EventLoopFuture<Void> {
        channel.eventLoop.submit {
            let pipeline = channel.pipeline.syncOperations
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPResponseDecoder>.self)
            try pipeline.addHandler(TruncatedResponseHandler(), position: .after(decoder))
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): isInBody = head.status.code >= 200
        case .body: break
        case .end: isInBody = false
        }
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        endBody(context)
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        endBody(context)
        context.fireChannelInactive()
    }

    private func endBody(_ context: ChannelHandlerContext) {
        guard isInBody else { return }
        isInBody = false
        context.fireChannelRead(wrapInboundOut(.body(ByteBuffer())))
        context.fireChannelRead(wrapInboundOut(.end(nil)))
    }
}
