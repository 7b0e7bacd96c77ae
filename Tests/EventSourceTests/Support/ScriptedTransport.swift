import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1

@testable import EventSource

/// Connections without sockets, made by a script.
struct ScriptedTransport: EventStreamTransport {
    let connection: @Sendable () -> ScriptedConnection

    init(_ connection: @escaping @Sendable () -> ScriptedConnection) { self.connection = connection }

    func open(_ request: EventStreamRequest) -> any EventStreamConnection { connection() }
}

/// A connection that answers at once.
final class ScriptedConnection: EventStreamConnection {
    private let response: Result<HTTPResponseHead, ConnectionFailure>
    private let body: NIOLockedValueBox<ArraySlice<ByteBuffer>>
    private let readCount = NIOLockedValueBox(0)
    private let beforeEnd: @Sendable () async -> Void
    private let end: ConnectionFailure?

    /// - Parameters:
    ///   - bytes: what follows the body.
    ///   - beforeEnd: is called when the body has been read.
    ///   - end: how the connection breaks then; `nil`: the body ends in good order.
    init(
        head: Result<HTTPResponseHead, ConnectionFailure> = .success(
            HTTPResponseHead(version: .http1_1, status: .ok, headers: ["Content-Type": "text/event-stream"])),
        body: [String] = [], bytes: [ByteBuffer] = [], beforeEnd: @escaping @Sendable () async -> Void = {},
        end: ConnectionFailure? = nil
    ) {
        response = head
        self.body = NIOLockedValueBox((body.map { ByteBuffer(string: $0) } + bytes)[...])
        self.beforeEnd = beforeEnd
        self.end = end
    }

    nonisolated(nonsending) func head() async throws(ConnectionFailure) -> HTTPResponseHead { try response.get() }

    nonisolated(nonsending) func read(into chunks: inout [ByteBuffer]) async throws(ConnectionFailure) -> Bool {
        readCount.withLockedValue { $0 += 1 }
        if let bytes = body.withLockedValue({ $0.popFirst() }) {
            chunks = [bytes]
            return true
        }
        await beforeEnd()
        if let end { throw end }
        return false
    }

    /// How often it was read from.
    var reads: Int { readCount.withLockedValue { $0 } }

    func whenRequested(_ body: @escaping @Sendable () -> Void) { body() }

    func close(_ failure: ConnectionFailure) {}
}
