import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What stands next to the socket, beneath TLS: it can keep back what comes and goes, and end the connection without a
/// word of the layers above.
final class WireHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let wiring: Wiring
    /// How many bytes still pass; nil: all.
    private var inbound: Int?
    private var outbound: Int?
    private var context: ChannelHandlerContext?

    init(_ wiring: Wiring) {
        self.wiring = wiring
        switch wiring {
        case .good, .end: break
        case .deaf: inbound = 0
        case .deafAfter(let bytes): inbound = bytes
        case .muteAfter(let bytes): outbound = bytes
        }
    }

    /// From now on nothing passes in either direction; the kernel goes on acknowledging what the peer sends.
    func silence() {
        inbound = 0
        outbound = 0
    }

    func end(_ ending: Ending) {
        guard let context else { return }
        switch ending {
        case .next: break
        case .silence: silence()
        case .fin: context.close(promise: nil)
        case .reset:
            // On the event loop it takes effect at once: the close is a RST.
            let options = context.channel as? any SocketOptionProvider
            options?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in }
            context.close(promise: nil)
        }
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        guard case .end(let ending) = wiring else { return context.fireChannelActive() }
        end(ending)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        guard let passed = pass(&bytes, &inbound) else { return }
        context.fireChannelRead(wrapInboundOut(passed))
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        var bytes = unwrapOutboundIn(data)
        guard let passed = pass(&bytes, &outbound) else {
            promise?.succeed()
            return
        }
        context.write(wrapOutboundOut(passed), promise: promise)
    }

    private func pass(_ bytes: inout ByteBuffer, _ left: inout Int?) -> ByteBuffer? {
        guard let limit = left else { return bytes }
        let count = min(limit, bytes.readableBytes)
        left = limit - count
        return count > 0 ? bytes.readSlice(length: count) : nil
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
