import NIOCore
import NIOHTTP1

/// Puts together what one read from a socket brought in many chunks of HTTP.
///
/// Most servers send each event in a chunk of its own. When a client lags behind, or many events are sent at once, one read brings
/// hundreds of them, and each would take its own way through the HTTP client and to the reader, with promises and locks that cost
/// more than its bytes. Nothing is held back: what a read brought goes on before its end is told.
final class BodyPartsHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias InboundOut = HTTPClientResponsePart

    /// A larger part goes on as it is: to copy it would cost more than its way.
    static let largestCopied = 16 << 10
    /// How much is put together.
    static let largestWhole = 64 << 10

    private var parts: ByteBuffer?
    /// `parts` is a copy of more than one, and nobody else's.
    private var isCopy = false
    /// The bytes of the last copy.
    private var lastBytes = 0

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .body(let part) = unwrapInboundIn(data) else {
            flush(context)
            return context.fireChannelRead(data)
        }
        let held = parts?.readableBytes ?? 0
        if part.readableBytes > Self.largestCopied || held + part.readableBytes > Self.largestWhole { flush(context) }
        guard part.readableBytes <= Self.largestCopied else { return context.fireChannelRead(data) }
        // Nobody else may hold the copy while it is written to: it would be copied each time.
        guard !isCopy else {
            parts?.writeImmutableBuffer(part)
            return
        }
        guard let first = parts.take() else {
            parts = part
            return
        }
        var copy = context.channel.allocator.buffer(
            capacity: min(Self.largestWhole, max(lastBytes, 2 * (held + part.readableBytes))))
        copy.writeImmutableBuffer(first)
        copy.writeImmutableBuffer(part)
        parts = copy
        isCopy = true
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        flush(context)
        context.fireChannelReadComplete()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        flush(context)
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        flush(context)
        context.fireChannelInactive()
    }

    private func flush(_ context: ChannelHandlerContext) {
        guard let whole = parts.take() else { return }
        if isCopy { lastBytes = whole.readableBytes }
        isCopy = false
        context.fireChannelRead(wrapInboundOut(.body(whole)))
    }
}
