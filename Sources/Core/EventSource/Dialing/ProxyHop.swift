import AsyncHTTPClient
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What happened between us and a proxy, in words.
struct ProxyError: Error {
    let code: EventSourceError.Code
    let reason: String
}

/// A connection's way by a proxy, for its errors: the library's name neither the proxy nor what it said.
struct ProxyHop: Sendable {
    let server: ProxyServer
    /// Where its name leads.
    let address: String?
    let authorization: HTTPClient.Authorization?
    /// What it is asked for, as `HOST:PORT`.
    let target: String

    private var name: String { "the proxy \(server.name)" }

    /// Has the error told to `answer` in better words, before the request was sent. What is not about the proxy is told as it is.
    func explain(_ error: any Error, on eventLoop: any EventLoop, _ answer: @escaping @Sendable (any Error) -> Void) {
        if error as? HTTPClientError == .invalidProxyResponse {
            return refusal(on: eventLoop) {
                answer(
                    ProxyError(
                        code: .connect, reason: refused($0.map { String(printable(withoutSecrets($0), limit: 80)) })))
            }
        }
        answer(words(for: error).map { ProxyError(code: $0, reason: $1) } ?? error)
    }

    private func refused(_ why: String?) -> String { "\(name) refused\(why.map { ": \($0)" } ?? "")" }

    private func words(for error: any Error) -> (EventSourceError.Code, String)? {
        switch error {
        case let error as HTTPClientError: return words(for: error)
        case ChannelError.connectTimeout: return words(for: HTTPClientError.connectTimeout)
        case let error as NIOConnectionError:
            guard let failure = error.connectionErrors.first else { return nil }
            return words(for: failure.error) ?? (.connect, "cannot connect to \(name)")
        case let error as IOError where isConnectError(error.errnoCode):
            return (.connect, "cannot connect to \(name): \(connectErrorWords(error.errnoCode))")
        default:
            let type = String(reflecting: type(of: error))
            if type.hasPrefix("NIOSOCKS.") { return (.connect, refused(socksWords(error, type))) }
            // The library's own, when the connection is gone before the proxy has answered.
            return type.hasSuffix(".NoResult") || type.contains("NoResult #")
                ? (.connect, "\(name) closed the connection") : nil
        }
    }

    private func words(for error: HTTPClientError) -> (EventSourceError.Code, String)? {
        switch error {
        case .proxyAuthenticationRequired:
            let why = authorization == nil ? "it wants a user and password" : "it does not take the user and password"
            return (.connect, refused("407, \(why)"))
        case .httpProxyHandshakeTimeout, .socksHandshakeTimeout:
            return (.connectTimeout, "\(name) did not answer in time")
        case .connectTimeout: return (.connectTimeout, "cannot connect to \(name): no answer in time")
        case .remoteConnectionClosed: return (.connect, "\(name) closed the connection")
        default: return nil
        }
    }

    /// A proxy may repeat what it was told, or a piece of it.
    private func withoutSecrets(_ text: String) -> String {
        guard let encoded = authorization?.headerValue.split(separator: " ").last.map(String.init) else { return text }
        var secrets = RequestSecrets()
        secrets.add(
            login: Data(base64Encoded: encoded).map { String(decoding: $0, as: UTF8.self) } ?? "", encoded: encoded)
        return secrets.removed(from: text)
    }

    /// Its types are not ours to import; they are told apart by name, and the answer's number is in its description (RFC 1928,
    /// section 6).
    private func socksWords(_ error: any Error, _ type: String) -> String? {
        if type.hasSuffix("InvalidAuthenticationSelection") || type.hasSuffix("NoValidAuthenticationMethod") {
            return "it wants a user and password, which SOCKS proxies are not given"
        }
        guard type.hasSuffix("ConnectionFailed") else { return "it does not speak SOCKS 5" }
        let number = "\(error)".split(separator: "value: ").last.flatMap { Int($0.prefix(while: \.isNumber)) }
        return switch number {
        case 2: "its rules do not allow \(target)"
        case 3: "the network of \(target) cannot be reached"
        case 4: "\(target) cannot be reached"
        case 5: "\(target) refused the connection"
        case 6: "\(target) is too far away"
        case let number?: "\(target) cannot be reached (SOCKS error \(number))"
        case nil: nil
        }
    }

    /// Asks once more, on a connection of its own, to see with what the proxy refuses, and has that told to `answer`; nil: it could not
    /// be found out.
    private func refusal(on eventLoop: any EventLoop, _ answer: @escaping @Sendable (String?) -> Void) {
        let found = NIOLockedValueBox<String?>(nil)
        var request = "CONNECT \(target) HTTP/1.1\r\nHost: \(target)\r\n"
        if let authorization { request += "Proxy-Authorization: \(authorization.headerValue)\r\n" }
        let question = ByteBuffer(string: request + "\r\n")
        let channel = ClientBootstrap(group: eventLoop)
            .connectTimeout(.seconds(2))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(StatusReader(question, found))
                    _ = channel.eventLoop.scheduleTask(in: .seconds(2)) { channel.close(promise: nil) }
                }
            }
            .connect(host: address ?? server.host, port: server.port)
        channel.whenFailure { _ in answer(nil) }
        channel.whenSuccess { channel in channel.closeFuture.whenComplete { _ in answer(found.withLockedValue { $0 }) }
        }
    }
}

/// Asks, reads the first line of the answer, and closes.
private final class StatusReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let longestLine = 512
    private let question: ByteBuffer
    private let found: NIOLockedValueBox<String?>
    private var line: [UInt8] = []

    init(_ question: ByteBuffer, _ found: NIOLockedValueBox<String?>) {
        (self.question, self.found) = (question, found)
    }

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(question), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        line += unwrapInboundIn(data).readableBytesView.prefix(Self.longestLine)
        guard line.contains(UInt8(ascii: "\n")) || line.count >= Self.longestLine else { return }
        let text = String(decoding: line.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        // "HTTP/1.1 403 Forbidden"; a success is none, whatever it was before.
        let parts = text.split(separator: " ", maxSplits: 1)
        if parts.count == 2, parts[0].hasPrefix("HTTP/"), let first = parts[1].first, "345".contains(first) {
            found.withLockedValue { $0 = String(parts[1]) }
        }
        context.close(promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
