import NIOCore

/// Keeps what comes before HTTP is spoken on a connection.
///
/// A connection does not read until then, with one exception: when the client has closed its end, NIO reads all that there
/// is. A request that is sent in one go (`printf … | nc -N`) would be lost to a pipeline that is still empty. It is at
/// most what the kernel holds of a connection.
final class EarlyBytes: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private var context: ChannelHandlerContext?
    private var held: [ByteBuffer] = []
    private var isHolding = true
    private var isInputClosed = false

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isHolding {
            held.append(unwrapInboundIn(data))
        } else {
            context.fireChannelRead(data)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if isHolding, case ChannelEvent.inputClosed = event {
            isInputClosed = true
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    /// Hands on what was kept, and from now on everything. To be called on the event loop.
    func release() {
        guard isHolding, let context else { return }
        isHolding = false
        for bytes in held { context.fireChannelRead(wrapInboundOut(bytes)) }
        if !held.isEmpty { context.fireChannelReadComplete() }
        held = []
        if isInputClosed { context.fireUserInboundEventTriggered(ChannelEvent.inputClosed) }
    }
}

@available(*, unavailable)
extension EarlyBytes: Sendable {}
