import Logging
import NIOCore
import NIOHTTP1

/// An open connection with its idle timer. Giving it up closes both.
final class EventStreamSession: Sendable {
    let request: EventStreamRequest
    /// How long ago the session began.
    let age: @Sendable () -> Duration
    private let connection: any EventStreamConnection
    private let watchdog: Watchdog?

    init(
        _ connection: any EventStreamConnection, request: EventStreamRequest, idleTimeout: Duration?,
        clock: any Clock<Duration>
    ) {
        self.request = request
        self.connection = connection
        age = stopwatch(clock)
        watchdog = idleTimeout.map { limit in
            Watchdog(limit: limit, clock: clock) { connection.close(.timedOut) }
        }
    }

    deinit { close() }

    func close() {
        watchdog?.cancel()
        connection.close(.cancelled)
    }

    /// Reads like the connection; only the time spent in here counts as idle.
    nonisolated(nonsending) func read(into chunks: inout [ByteBuffer]) async throws(ConnectionFailure) -> Bool {
        watchdog?.arm()
        defer { watchdog?.disarm() }
        return try await connection.read(into: &chunks)
    }
}

extension EventSource {
    /// Makes a connection: sends the request, follows redirects, judges the response (rules C1, C3, C4).
    ///
    /// - Returns: `nil` if the task was cancelled.
    nonisolated(nonsending) func connect(lastEventID: ByteBuffer) async -> Result<EventStreamSession, EventSourceError>?
    {
        do {
            var request = try EventStreamRequest(configuration, lastEventID: headerValue(ofID: lastEventID))
            if let path = configuration.bearerTokenFile {
                do {
                    try await request.authorize(bearerToken: BearerToken.read(from: path))
                } catch {
                    // Whoever exchanges the file may be at it, so this is not final.
                    return .failure(
                        EventSourceError(
                            .credential, url: request.displayURL,
                            reason: "cannot use the bearer token in \(path): \(error)", isTemporary: true))
                }
            }
            for _ in 0...Swift.max(0, configuration.maximumRedirects) {
                let connection = transport.open(request)
                let head: HTTPResponseHead
                do {
                    head = try await self.head(of: connection)
                } catch .cancelled {
                    return nil
                } catch {
                    let limit = configuration.connectTimeout
                    return .failure(
                        EventSourceError(
                            error, url: request.displayURL, server: request.server, limit: limit,
                            timeout: .connectTimeout))
                }
                switch EventStreamResponse(
                    head, url: request.displayURL, retryOnServerError: configuration.retryOnServerError)
                {
                case .open:
                    return .success(
                        EventStreamSession(
                            connection, request: request, idleTimeout: configuration.idleTimeout, clock: clock))
                case .redirect:
                    connection.close(.cancelled)
                    request = try request.redirected(by: head)
                case .refused(let error):
                    connection.close(.cancelled)
                    return .failure(error)
                }
            }
            return .failure(
                EventSourceError(
                    .tooManyRedirects, url: request.displayURL,
                    reason: "the server redirects more than \(configuration.maximumRedirects) times", isTemporary: false
                ))
        } catch {
            return .failure(error)
        }
    }

    /// Waits for the head of a response, at most for the connect timeout.
    private nonisolated(nonsending) func head(
        of connection: any EventStreamConnection
    ) async throws(ConnectionFailure) -> HTTPResponseHead {
        guard let limit = configuration.connectTimeout else { return try await connection.head() }
        let watchdog = Watchdog(limit: limit, clock: clock) { connection.close(.timedOut) }
        watchdog.arm()
        defer { watchdog.cancel() }
        return try await connection.head()
    }

    /// The ID as the value of a header. One with control characters cannot be sent, and no other may be sent in its
    /// place.
    private func headerValue(ofID id: ByteBuffer) -> String {
        let value = String(repairing: id)
        guard isFieldValue(value) else {
            logger?.warning("The last event ID has control characters and cannot be sent; events may be missed.")
            return ""
        }
        return value
    }
}
