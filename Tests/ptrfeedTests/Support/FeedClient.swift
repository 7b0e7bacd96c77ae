import NIOCore
import NIOHTTP1
import NIOPosix

/// A client of a feed server, over a real socket. What it does not read stays in the kernel.
struct FeedClient {
    let port: Int

    /// Sends one request and hands the response to `body`; the connection closes when that returns.
    func request<Result: Sendable>(
        _ path: String, method: HTTPMethod = .GET, headers: HTTPHeaders = [:], version: HTTPVersion = .http1_1,
        body: @Sendable (inout Response) async throws -> Result
    ) async throws -> Result {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    return try NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>(
                        wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            var headers = headers
            headers.add(name: "host", value: "127.0.0.1")
            // In one write: a server that answers and closes at once would leave a second one nothing to write to.
            let head = HTTPRequestHead(version: version, method: method, uri: path, headers: headers)
            try await outbound.write(contentsOf: [.head(head), .end(nil)])
            var parts = inbound.makeAsyncIterator()
            guard case .head(let answer) = try await parts.next() else { throw Closed() }
            var response = Response(head: answer, parts: parts)
            return try await body(&response)
        }
    }

    /// The whole body of a response that ends.
    func body(_ path: String, headers: HTTPHeaders = [:]) async throws -> String {
        try await request(path, headers: headers) { try await $0.all() }
    }

    struct Closed: Error {}

    struct Response {
        let head: HTTPResponseHead
        fileprivate var parts: NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator
        /// Received, but not yet handed out.
        private(set) var rest = ByteBuffer()

        fileprivate init(
            head: HTTPResponseHead, parts: NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator
        ) {
            self.head = head
            self.parts = parts
        }

        /// Receives some more. False at the body's end.
        mutating func receive() async throws -> Bool {
            while let part = try await parts.next() {
                switch part {
                case .head: continue
                case .body(var buffer):
                    rest.writeBuffer(&buffer)
                    return true
                case .end: return false
                }
            }
            return false
        }

        /// The whole body, to its end.
        mutating func all() async throws -> String {
            while try await receive() {}
            return rest.readString(length: rest.readableBytes) ?? ""
        }

        /// The next `count` bytes; fewer only at the body's end.
        mutating func bytes(_ count: Int) async throws -> String {
            while rest.readableBytes < count, try await receive() {}
            return rest.readString(length: min(count, rest.readableBytes)) ?? ""
        }

        /// The next `count` events; fewer only at the body's end.
        mutating func events(_ count: Int) async throws -> [ReceivedEvent] {
            var events: [ReceivedEvent] = []
            while events.count < count {
                if let event = ReceivedEvent.read(from: &rest) {
                    events.append(event)
                } else if try await !receive() {
                    break
                }
            }
            return events
        }
    }
}
