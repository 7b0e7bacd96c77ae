import NIOCore
import NIOHTTP1

/// What makes connections. The only implementation outside of tests is that over an HTTP client; a faster one has its
/// place here.
protocol EventStreamTransport: Sendable {
    /// Begins the request and returns at once.
    func open(_ request: EventStreamRequest) -> any EventStreamConnection
}

/// One request and its response. One task reads at a time; ``close(_:)`` may come from anywhere.
protocol EventStreamConnection: AnyObject, Sendable {
    /// The proxy that it goes by, as `HOST:PORT`.
    var proxy: String? { get }

    /// Has `body` called once, when the connection stands and the request has been sent, or at once if that is so.
    func whenRequested(_ body: @escaping @Sendable () -> Void)

    /// Waits for the response's head. Cancelling the task closes the connection and throws
    /// ``ConnectionFailure/cancelled`` at once.
    nonisolated(nonsending) func head() async throws(ConnectionFailure) -> HTTPResponseHead

    /// Waits for bytes of the body and moves what is there to `chunks`, whose contents are replaced. What arrived
    /// before the connection broke is handed out first. Cancelling the task closes the connection and throws
    /// ``ConnectionFailure/cancelled`` at once.
    ///
    /// - Returns: `false` at the end of the body.
    nonisolated(nonsending) func read(into chunks: inout [ByteBuffer]) async throws(ConnectionFailure) -> Bool

    /// Ends the connection if it has not ended, and lets whoever waits for it, now or later, fail with `failure`.
    func close(_ failure: ConnectionFailure)
}

extension EventStreamConnection {
    var proxy: String? { nil }
}

/// Why a connection is of no more use.
enum ConnectionFailure: Error {
    /// The task that read was cancelled, or the connection given up.
    case cancelled
    /// The watchdog's limit passed.
    case timedOut
    /// The request was sent, and no response came within its own limit.
    case unanswered
    /// DNS, TCP, TLS or HTTP failed.
    case network(any Error)
}
