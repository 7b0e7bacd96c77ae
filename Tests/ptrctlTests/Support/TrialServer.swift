import NIOCore
import NIOPosix

/// A server on loopback that answers each request with bytes that a test gives, by the number of the connection.
final class TrialServer: Sendable {
    /// What is sent when the head of a request is there.
    struct Answer: Sendable {
        /// The whole answer, `$PORT` being the server's.
        var text: String
        /// Whether the connection ends with it; otherwise it stays, and nothing more comes.
        var ends = false

        /// An event stream that goes on in silence.
        static func stream(_ events: String, fields: String = "", ends: Bool = false) -> Answer {
            Answer(
                text: "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\(fields)\r\n\(events)", ends: ends)
        }

        /// Any other answer.
        static func page(_ status: String, _ body: String = "", fields: String = "") -> Answer {
            Answer(text: "HTTP/1.1 \(status)\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\r\n\(body)", ends: true)
        }
    }

    private let channel: any Channel
    private let heads: Script<String>

    /// The heads of the requests that came.
    var requests: [String] { heads.all }
    var port: Int { channel.localAddress?.port ?? 0 }

    func url(_ path: String = "/events", scheme: String = "http") -> String { "\(scheme)://127.0.0.1:\(port)\(path)" }

    /// - Parameter answer: is told the head of the request.
    init(_ answer: @escaping @Sendable (String) -> Answer) async throws {
        let heads = Script<String>()
        self.heads = heads
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        AnswerHandler { head in
                            heads.note(head)
                            return answer(head)
                        })
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    func stop() async throws { try await channel.close() }
}

/// Serves while `body` works with it.
func withServer(
    _ answer: @escaping @Sendable (String) -> TrialServer.Answer, _ body: (TrialServer) async throws -> Void
) async throws {
    let server = try await TrialServer(answer)
    try await body(server)
    try await server.stop()
}

private final class AnswerHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let answer: (String) -> TrialServer.Answer
    private var request = ""

    init(_ answer: @escaping (String) -> TrialServer.Answer) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        request += String(buffer: unwrapInboundIn(data))
        guard let end = request.firstRange(of: "\r\n\r\n") else { return }
        let answer = answer(String(request[..<end.lowerBound]))
        request = ""
        let port = "\(context.channel.localAddress?.port ?? 0)"
        let text = ByteBuffer(string: answer.text.replacing("$PORT", with: port))
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(text)).whenComplete { _ in
            if answer.ends { channel.close(promise: nil) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
