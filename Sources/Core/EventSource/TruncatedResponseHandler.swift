import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// Saves the bytes that came before a connection broke off in the middle of a response.
///
/// The HTTP client fails such a response at once, and throws away what it has read, or was made to read by the end of
/// the connection, but not handed over yet: up to a socket's buffer full of sound events, which a stream without IDs
/// would never send again. So the response is given a regular end instead, with an empty part before it as the sign of
/// what happened, since the decoder itself never produces one, and after the sign a part that tells the reason, if it is
/// known.
final class TruncatedResponseHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias InboundOut = HTTPClientResponsePart

    private let heads: ResponseHeadHandler
    private var isInBody = false

    private init(behind heads: ResponseHeadHandler) {
        self.heads = heads
    }

    /// Whether a part of a body is the sign for an end before its time.
    static func isTruncation(_ part: ByteBuffer) -> Bool { part.readableBytes == 0 }

    /// What the part after the sign tells: the system's error number, or words behind a zero.
    static func reason(in part: ByteBuffer) -> any Error {
        var part = part
        guard let code = part.readInteger(as: CInt.self) else { return HTTPClientError.remoteConnectionClosed }
        return code == 0 ? ResponseFault(words: String(buffer: part)) : IOError(errnoCode: code, reason: "read")
    }

    private static func part(telling error: any Error) -> ByteBuffer {
        if let error = error as? IOError { return ByteBuffer(integer: error.errnoCode) }
        var part = ByteBuffer(integer: CInt(0))
        part.writeString(EventSourceError.words(for: error))
        return part
    }

    /// Adds the handler behind the decoder of an HTTP/1 connection, before it the one that rewrites heads, and between them the one that
    /// puts parts of a body together.
    static func add(to pipeline: ChannelPipeline.SynchronousOperations) throws {
        let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPResponseDecoder>.self)
        let heads = ResponseHeadHandler()
        try pipeline.addHandler(heads, position: .before(decoder))
        let parts = BodyPartsHandler()
        try pipeline.addHandler(parts, position: .after(decoder))
        try pipeline.addHandler(TruncatedResponseHandler(behind: heads), position: .after(parts))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(var head):
            isInBody = head.status.code >= 200
            guard head.status == .ok, let type = head.headers.first(name: "Content-Type"),
                type.lowercased().hasPrefix("text/event-stream")
            else { break }
            // A stream's connection is not used again after it, least of all one that has just broken and was given an
            // end that looks regular.
            head.headers.replaceOrAdd(name: "Connection", value: "close")
            return context.fireChannelRead(wrapInboundOut(.head(head)))
        case .body: break
        case .end:
            isInBody = false
            heads.responseEnded()
        }
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let error = heads.explained(error, isInBody: isInBody)
        endBody(context, Self.part(telling: error))
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        endBody(context)
        context.fireChannelInactive()
    }

    private func endBody(_ context: ChannelHandlerContext, _ reason: ByteBuffer? = nil) {
        guard isInBody else { return }
        isInBody = false
        context.fireChannelRead(wrapInboundOut(.body(ByteBuffer())))
        if let reason { context.fireChannelRead(wrapInboundOut(.body(reason))) }
        context.fireChannelRead(wrapInboundOut(.end(nil)))
    }
}
