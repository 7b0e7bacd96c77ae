import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import ContractService

/// What the public harness is to the service: a server whose streams the client is to follow, and that takes its
/// callbacks; all over real sockets.
struct Harness {
    let channel: any Channel
    /// The service's own address.
    let serviceURL: String
    /// Requests for streams.
    let streams: Inbox<StreamRequest>
    /// Callbacks, in the order of their arrival.
    let callbacks: Inbox<Callback>

    var port: Int { channel.localAddress?.port ?? 0 }
    var streamURL: String { "http://127.0.0.1:\(port)/stream" }
    var callbackURL: String { "http://127.0.0.1:\(port)/callbacks" }

    /// Runs the service, a harness for it, and `body`, after which the service is told to end, if that is not what `body`
    /// has done.
    static func run(endsItself: Bool = false, _ body: (Harness) async throws -> Void) async throws {
        let streams = Inbox<StreamRequest>()
        let callbacks = Inbox<Callback>()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(
                        HarnessHandler(streams: streams, callbacks: callbacks))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let ports = Inbox<Int>()
        let service = Task { try await ContractServer(port: 0, logger: logger).run { ports.put($0) } }
        let port = try await ports.next()
        let harness = Harness(
            channel: channel, serviceURL: "http://127.0.0.1:\(port)", streams: streams, callbacks: callbacks)
        let result: Result<Void, any Error>
        do { result = .success(try await body(harness)) } catch { result = .failure(error) }
        if !endsItself { _ = try await harness.send(.DELETE, harness.serviceURL) }
        try await service.value
        try await channel.close()
        try result.get()
    }

    /// Sends a request to the service.
    func send(
        _ method: HTTPMethod, _ url: String, _ body: String? = nil
    ) async throws -> (status: UInt, location: String?, body: String) {
        var request = HTTPClientRequest(url: url)
        request.method = method
        if let body { request.body = .bytes(ByteBuffer(string: body)) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        let text = String(buffer: try await response.body.collect(upTo: 1 << 20))
        return (response.status.code, response.headers.first(name: "Location"), text)
    }

    /// Lets the service follow our stream, with further parameters in the form `"name":value`.
    ///
    /// - Returns: the URL of the service's stream.
    func create(_ parameters: String = "") async throws -> String {
        let body = #"{"streamUrl":"\#(streamURL)","callbackUrl":"\#(callbackURL)","tag":"test"\#(parameters)}"#
        let answer = try await send(.POST, serviceURL, body)
        #expect(answer.status == 201)
        return try #require(answer.location)
    }

    /// The reports of the next `count` callbacks, whose numbers must follow on `after`.
    func reports(_ count: Int, after: Int = 0) async throws -> [Report] {
        var reports: [Report] = []
        for number in after + 1...after + count {
            let callback = try await callbacks.next()
            #expect(callback.path == "/callbacks/\(number)")
            reports.append(callback.report)
        }
        return reports
    }
}

/// A request for a stream, and the connection to answer it on.
struct StreamRequest: Sendable {
    let head: HTTPRequestHead
    let body: String
    let channel: any Channel

    func header(_ name: String) -> String? { head.headers.first(name: name) }

    func respond(_ status: HTTPResponseStatus = .ok, _ headers: HTTPHeaders = [:]) async throws {
        try await write(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers)))
    }

    /// Begins an event stream.
    func stream(_ text: String) async throws {
        try await respond(.ok, ["Content-Type": "text/event-stream"])
        try await send(text)
    }

    func send(_ text: String) async throws { try await write(.body(.byteBuffer(ByteBuffer(string: text)))) }

    func end() async throws { try await write(.end(nil)) }

    /// Ends the connection in the middle of the body.
    func hangUp() async throws { try await channel.close() }

    func closed() async throws { try await channel.closeFuture.get() }

    private func write(_ part: HTTPServerResponsePart) async throws { try await channel.writeAndFlush(part) }
}

/// One callback.
struct Callback: Sendable {
    let path: String
    let report: Report
}

/// Values that one side puts in and the other waits for.
struct Inbox<Value: Sendable>: Sendable {
    private let values: AsyncStream<Value>
    private let continuation: AsyncStream<Value>.Continuation

    init() { (values, continuation) = AsyncStream.makeStream() }

    func put(_ value: Value) { continuation.yield(value) }

    func next() async throws -> Value {
        for await value in values { return value }
        throw CancellationError()
    }
}

private final class HarnessHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart
    private let streams: Inbox<StreamRequest>
    private let callbacks: Inbox<Callback>
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()

    init(streams: Inbox<StreamRequest>, callbacks: Inbox<Callback>) {
        self.streams = streams
        self.callbacks = callbacks
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body.clear()
        case .body(let part):
            body.writeImmutableBuffer(part)
        case .end:
            guard let head else { return }
            if head.uri.hasPrefix("/callbacks/") {
                take(head.uri)
                let answer = HTTPResponseHead(version: .http1_1, status: .accepted, headers: ["Content-Length": "0"])
                context.write(wrapOutboundOut(.head(answer)), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            } else {
                streams.put(StreamRequest(head: head, body: String(buffer: body), channel: context.channel))
            }
        }
    }

    private func take(_ path: String) {
        do {
            let report = try JSONDecoder().decode(Report.self, from: Data(body.readableBytesView))
            callbacks.put(Callback(path: path, report: report))
        } catch {
            Issue.record("the callback \(path) is not a report: \(String(buffer: body))")
        }
    }

    // A client that goes away is part of the tests.
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
