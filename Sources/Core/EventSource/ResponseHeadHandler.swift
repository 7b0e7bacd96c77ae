import NIOCore
import NIOHTTP1

/// What came is no response, or none that can be read; told in words.
struct ResponseFault: Error, Equatable {
    let words: String
}

/// Stands before the decoder of an HTTP/1 connection and has heads rewritten that are not as the decoder wants them.
/// Bodies pass as they are.
final class ResponseHeadHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private enum State {
        case head(ResponseHeadRewriter)
        case body
        /// The connection is of no more use.
        case failed
    }

    private var state = State.head(ResponseHeadRewriter())
    /// Whether the last head, complete or not, had both fields that say where the body ends.
    private var hasBothLengths = false

    /// The response is over: what comes next is a head.
    func responseEnded() {
        if case .body = state { state = .head(ResponseHeadRewriter()) }
    }

    /// What the decoder's error means, given where it failed.
    func explained(_ error: any Error, isInBody: Bool) -> any Error {
        guard let error = error as? HTTPParserError else { return error }
        let reason: String
        switch error {
        case .unexpectedContentLength where hasBothLengths, .invalidContentLength where hasBothLengths,
            .unknown where hasBothLengths:
            reason = "the response has both Content-Length and Transfer-Encoding"
        case .unknown where !isInBody:
            reason = "the response's Transfer-Encoding cannot be understood"
        case .unknown, .lfExpected, .strictModeAssertion:
            guard isInBody else { return error }
            reason = "a chunk of the response does not begin and end as it should"
        default:
            return error
        }
        return ResponseFault(words: "the server does not speak HTTP as it should: \(reason)")
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .body = state { return context.fireChannelRead(data) }
        var input = unwrapInboundIn(data)
        while input.readableBytes > 0 {
            switch state {
            case .head(var rewriter):
                var output = context.channel.allocator.buffer(capacity: 0)
                let progress = rewriter.rewrite(&input, into: &output)
                hasBothLengths = rewriter.hasContentLength && rewriter.hasTransferEncoding
                switch progress {
                case .unfinished:
                    state = .head(rewriter)
                case .finished(let status):
                    // Another head follows an interim response. The decoder may tell the response's end, or fail, while
                    // it reads this.
                    let isInterim = 100..<200 ~= status && status != 101
                    state = isInterim ? .head(ResponseHeadRewriter()) : .body
                case .foreign(let words):
                    state = .failed
                    return context.fireErrorCaught(ResponseFault(words: words))
                }
                if output.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(output)) }
            case .body:
                return context.fireChannelRead(wrapInboundOut(input))
            case .failed:
                return
            }
        }
    }
}
