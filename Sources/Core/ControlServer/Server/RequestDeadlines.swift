import NIOCore
import NIOHTTPTypes

/// Closes a connection whose client is too slow: with its first request, with the rest of a request, with the next one,
/// or with reading the answer. What the daemon itself takes for an answer is not limited here.
///
/// It also keeps ``Connections`` told whether a request is worked on. It stands where HTTP has been parsed, so that a
/// head that comes byte by byte does not count as anything yet.
final class RequestDeadlines: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let limits: ControlServerLimits
    private let connections: Connections
    /// A request whose head has come and whose end has not.
    private var isReading = false
    /// Requests that were read and not answered to their ends. One that is answered before it was read to its end makes
    /// it negative for a while.
    private var unanswered = 0
    private var isMalformed = false
    private var timer: Scheduled<Void>?
    private var stallTimer: Scheduled<Void>?

    init(limits: ControlServerLimits, connections: Connections) {
        self.limits = limits
        self.connections = connections
    }

    func handlerAdded(context: ChannelHandlerContext) {
        wait(limits.firstRequest, context)
    }

    /// A channel that closes removes its handlers.
    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        stallTimer?.cancel()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            isReading = true
            wait(limits.wholeRequest, context)
        case .body: break
        case .end:
            isReading = false
            unanswered += 1
            settle(context)
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) {
            unanswered -= 1
            if !isReading { settle(context) }
        }
        context.write(data, promise: promise)
    }

    func flush(context: ChannelHandlerContext) {
        context.flush()
        watchReader(context)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        watchReader(context)
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Hummingbird answers what is no HTTP with 400, if it still can. Nothing more is read in either case.
        isMalformed = true
        wait(limits.stall, context)
        context.fireErrorCaught(error)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // Nothing more comes. A whole request may still await its answer; half of one is waited for in vain.
        if case ChannelEvent.inputClosed = event, unanswered <= 0, !isMalformed {
            context.close(promise: nil)
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// After the end of a request or of an answer.
    private func settle(_ context: ChannelHandlerContext) {
        if unanswered > 0 {
            timer?.cancel()
            connections.setBusy(context.channel)
        } else {
            wait(isMalformed ? limits.grace : limits.idle, context)
            connections.setIdle(context.channel)
        }
    }

    private func wait(_ duration: Duration, _ context: ChannelHandlerContext) {
        timer?.cancel()
        timer = close(context, in: duration)
    }

    private func close(_ context: ChannelHandlerContext, in duration: Duration) -> Scheduled<Void> {
        context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(duration)) { context.close(promise: nil) }
    }

    private func watchReader(_ context: ChannelHandlerContext) {
        if context.channel.isWritable {
            stallTimer?.cancel()
            stallTimer = nil
        } else if stallTimer == nil, context.channel.isActive {
            stallTimer = close(context, in: limits.stall)
        }
    }
}

@available(*, unavailable)
extension RequestDeadlines: Sendable {}
