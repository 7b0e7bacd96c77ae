import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// Saves the bytes that came before a connection broke off in the middle of a response.
///
/// The HTTP client fails such a response at once, and throws away what it has read, or was made to read by the end of
/// the connection, but not handed over yet: up to a socket's buffer full of sound events, which a stream without IDs
/// would never send again. So the response is given a regular end instead, with an empty part before it as the sign of
/// what happened, since the decoder itself never produces one, and a part with the system's error number after the sign
/// if there was one.
final class TruncatedResponseHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias InboundOut = HTTPClientResponsePart

    private var isInBody = false

    /// Whether a part of a body is the sign for an end before its time.
    static func isTruncation(_ part: ByteBuffer) -> Bool { part.readableBytes == 0 }

    /// What the part after the sign tells.
    static func reason(in part: ByteBuffer) -> any Error {
        guard let code = part.getInteger(at: part.readerIndex, as: CInt.self) else {
            return HTTPClientError.remoteConnectionClosed
        }
        return IOError(errnoCode: code, reason: "read")
    }

    /// Adds the handler behind the decoder of an HTTP/1 connection.
    static func add(to pipeline: ChannelPipeline.SynchronousOperations) throws {
        let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPResponseDecoder>.self)
        try pipeline.addHandler(TruncatedResponseHandler(), position: .after(decoder))
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
        endBody(context, (error as? IOError)?.errnoCode)
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        endBody(context)
        context.fireChannelInactive()
    }

    private func endBody(_ context: ChannelHandlerContext, _ code: CInt? = nil) {
        guard isInBody else { return }
        isInBody = false
        context.fireChannelRead(wrapInboundOut(.body(ByteBuffer())))
        if let code { context.fireChannelRead(wrapInboundOut(.body(ByteBuffer(integer: code)))) }
        context.fireChannelRead(wrapInboundOut(.end(nil)))
    }
}
