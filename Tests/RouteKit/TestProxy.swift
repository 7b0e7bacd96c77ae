import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// A proxy on loopback. Whatever name it is asked for, it connects to that port of loopback.
public final class TestProxy: Sendable {
    /// How it behaves.
    public enum Manner: Sendable {
        /// It speaks HTTP.
        case connect
        /// It speaks HTTP, to who says in `Proxy-Authorization: Basic` these words in base64.
        case authorized(String)
        /// It speaks HTTP, and this is all that it says.
        case refusal(String)
        /// It speaks SOCKS 5.
        case socks5
        /// It speaks SOCKS 5, and refuses with this number.
        case socksRefusal(UInt8)
        /// It speaks SOCKS 5, and has only that way to be told who asks.
        case socksMethod(UInt8)
        /// It says these things, one for each time that something comes.
        case script([[UInt8]])
        /// It takes what comes and says nothing.
        case silence
        /// It closes each connection as soon as something comes.
        case close
    }

    /// What it was asked for: of CONNECT the whole head, of SOCKS `HOST:PORT`, of silence what came first.
    public let asked: AsyncStream<String>
    private let channel: any Channel
    private let connections: NIOLockedValueBox<[any Channel]>

    /// Also when it has stopped.
    public let port: Int

    /// - Parameter manner: is asked for each connection, by its number from 0.
    public static func start(_ manner: @escaping @Sendable (Int) -> Manner) async throws -> TestProxy {
        let (asked, ask) = AsyncStream.makeStream(of: String.self)
        let connections = NIOLockedValueBox<[any Channel]>([])
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                let number = connections.withLockedValue { connections in
                    connections.append(channel)
                    return connections.count - 1
                }
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ProxyHandler(manner(number)) { ask.yield($0) })
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return TestProxy(asked, channel, connections)
    }

    private init(_ asked: AsyncStream<String>, _ channel: any Channel, _ connections: NIOLockedValueBox<[any Channel]>)
    {
        (self.asked, self.channel, self.connections) = (asked, channel, connections)
        port = channel.localAddress?.port ?? 0
    }

    /// Ends it and all its connections.
    public func stop() async throws {
        try await channel.close()
        for channel in connections.withLockedValue({ $0 }) { channel.close(promise: nil) }
    }
}

private final class ProxyHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let manner: TestProxy.Manner
    private let asked: (String) -> Void
    private var received: [UInt8] = []
    private var turn = 0
    private var isGreeted = false
    private var isAsked = false
    private var target: (any Channel)?

    init(_ manner: TestProxy.Manner, _ asked: @escaping (String) -> Void) {
        (self.manner, self.asked) = (manner, asked)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        if let target { return target.writeAndFlush(bytes, promise: nil) }
        received += bytes.readableBytesView
        switch manner {
        case .connect: connect(context, wanting: nil)
        case .authorized(let word): connect(context, wanting: word)
        case .refusal(let answer):
            if let head = head() { ask(head); reply(Array(answer.utf8), context) }
        case .socks5: greet(context) { self.socks($0) }
        case .socksMethod(let number): greet(context, method: number) { _ in }
        case .socksRefusal(let number):
            greet(context) { context in
                guard let name = self.socksTarget() else { return }
                self.ask(name)
                self.reply([5, number, 0, 1, 0, 0, 0, 0, 0, 0], context)
            }
        case .script(let answers):
            ask("")
            turn += 1
            if turn <= answers.count { reply(answers[turn - 1], context) }
        case .silence: ask(String(decoding: received, as: UTF8.self))
        case .close:
            ask("")
            context.close(promise: nil)
        }
    }

    private func ask(_ text: String) {
        guard !isAsked else { return }
        isAsked = true
        asked(text)
    }

    private func reply(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
        received = []
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
    }

    private func head() -> String? {
        let text = String(decoding: received, as: UTF8.self)
        return text.hasSuffix("\r\n\r\n") ? text : nil
    }

    private func connect(_ context: ChannelHandlerContext, wanting word: String?) {
        guard let head = head() else { return }
        ask(head)
        if let word, !head.lowercased().contains("proxy-authorization: basic \(word.lowercased())\r\n") {
            return reply(Array("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n".utf8), context)
        }
        let port = head.split(separator: " ")[1].split(separator: ":").last.flatMap { Int($0) } ?? 0
        open(port, context, Array("HTTP/1.1 200 Connection established\r\n\r\n".utf8))
    }

    private func greet(
        _ context: ChannelHandlerContext, method: UInt8 = 0, then body: (ChannelHandlerContext) -> Void
    ) {
        if isGreeted { return body(context) }
        guard received.count >= 2, received.count >= 2 + Int(received[1]) else { return }
        isGreeted = true
        reply([5, method], context)
    }

    /// `HOST:PORT` of a request that is complete.
    private func socksTarget() -> String? {
        guard received.count > 4 else { return nil }
        let end = received[3] == 3 ? 5 + Int(received[4]) : 4 + 4
        guard received.count >= end + 2 else { return nil }
        let host =
            received[3] == 3
            ? String(decoding: received[5..<end], as: UTF8.self)
            : received[4..<8].map(String.init).joined(separator: ".")
        return "\(host):\(Int(received[end]) << 8 | Int(received[end + 1]))"
    }

    private func socks(_ context: ChannelHandlerContext) {
        guard let name = socksTarget() else { return }
        ask(name)
        open(name.split(separator: ":").last.flatMap { Int($0) } ?? 0, context, [5, 0, 0, 1, 0, 0, 0, 0, 0, 0])
    }

    private func open(_ port: Int, _ context: ChannelHandlerContext, _ answer: [UInt8]) {
        let (client, bound) = (context.channel, NIOLoopBound((self, context), eventLoop: context.eventLoop))
        ClientBootstrap(group: context.eventLoop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Relay(client))
                }
            }
            .connect(host: "127.0.0.1", port: port)
            .whenComplete { result in
                let (handler, context) = bound.value
                guard case .success(let target) = result else { return client.close(promise: nil) }
                handler.target = target
                handler.reply(answer, context)
            }
    }

    func channelInactive(context: ChannelHandlerContext) { target?.close(promise: nil) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

/// Passes on what comes.
private final class Relay: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let partner: any Channel

    init(_ partner: any Channel) { self.partner = partner }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        partner.writeAndFlush(unwrapInboundIn(data), promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { partner.close(promise: nil) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
