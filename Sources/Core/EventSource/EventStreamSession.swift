import Logging
import NIOCore
import NIOHTTP1

/// An open connection with its idle timer. Giving it up closes both.
final class EventStreamSession: Sendable {
    let request: EventStreamRequest
    /// How its body is compressed, if it is.
    let coding: ContentCoding?
    /// How long ago the session began.
    let age: @Sendable () -> Duration
    private let connection: any EventStreamConnection
    private let watchdog: Watchdog?

    init(
        _ connection: any EventStreamConnection, request: EventStreamRequest, coding: ContentCoding?,
        idleTimeout: Duration?, clock: any Clock<Duration>
    ) {
        self.request = request
        self.coding = coding
        self.connection = connection
        age = stopwatch(clock)
        watchdog = idleTimeout.map { Watchdog(limit: $0, clock: clock) { connection.close(.timedOut) } }
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

extension EventSourceError {
    /// Why a request, or what came of it, failed.
    init(_ failure: ConnectionFailure, of request: EventStreamRequest, limit: Duration?, timeout code: Code) {
        self.init(failure, url: request.displayURL, server: request.server, limit: limit, timeout: code)
        reason = request.told(reason)
    }
}

extension CookieJar {
    /// Takes what an answer sets. Where it refuses what was sent, that may be the old cookies.
    fileprivate mutating func take(_ head: HTTPResponseHead, of request: EventStreamRequest) {
        if [400, 401, 403, 431].contains(head.status.code) { empty() }
        take(
            head.headers, host: request.host, path: request.path, isSecure: request.isSecure, at: secondsSinceEpoch())
    }
}

extension EventSource {
    /// Makes a connection: sends the request, follows redirects, judges the response (rules C1, C3, C4).
    ///
    /// - Returns: `nil` if the task was cancelled.
    nonisolated(nonsending) func connect(
        lastEventID: ByteBuffer, _ cookies: inout CookieJar
    ) async -> Result<EventStreamSession, EventSourceError>? {
        do {
            var request = try EventStreamRequest(configuration, lastEventID: headerValue(ofID: lastEventID))
            do {
                try await request.readFiles(of: configuration)
            } catch {
                return Task.isCancelled ? nil : .failure(error)
            }
            for _ in 0...Swift.max(0, configuration.maximumRedirects) {
                let keepsCookies = configuration.keepsCookies && !request.hasLeftOrigin
                if keepsCookies { request.carry(cookies.cookies(for: request.path, at: secondsSinceEpoch())) }
                configuration.onStep?(
                    .request(
                        url: request.displayURL, concealing: { [request] in request.withoutSecrets($0, isSecret: $1) }))
                let connection = transport.open(request)
                let head: HTTPResponseHead
                do {
                    head = try await self.head(of: connection)
                } catch .cancelled {
                    return nil
                } catch {
                    return .failure(failure(error, of: request, over: connection))
                }
                if keepsCookies { cookies.take(head, of: request) }
                request.note(cookiesOf: head.headers)
                configuration.onStep?(
                    .head(
                        status: Int(head.status.code), reason: head.status.reasonPhrase,
                        fields: head.headers.map { (name: $0.name, value: $0.value) }))
                switch EventStreamResponse(
                    head, url: request.displayURL, retryOnServerError: configuration.retryOnServerError,
                    policy: configuration.policy, compression: configuration.compression, without: request.secrets)
                {
                case .open(let coding):
                    return .success(
                        EventStreamSession(
                            connection, request: request, coding: coding, idleTimeout: configuration.idleTimeout,
                            clock: clock))
                case .redirect:
                    connection.close(.cancelled)
                    request = try request.redirected(by: head, policy: configuration.policy)
                case .refused(var error):
                    let coding = contentCoding(of: head.headers, configuration.compression)
                    if configuration.policy.quotedBytes > 0, coding != nil || codings(of: head.headers).isEmpty,
                        let beginning = await beginning(ofBody: connection, coding, of: request)
                    {
                        error.reason += ": \"\(beginning)\""
                    }
                    connection.close(.cancelled)
                    return Task.isCancelled ? nil : .failure(error)
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

    private func failure(
        _ failure: ConnectionFailure, of request: EventStreamRequest, over connection: any EventStreamConnection
    ) -> EventSourceError {
        var limit = configuration.connectTimeout
        if case .unanswered = failure, case .after(let time) = configuration.responseTimeout { limit = time }
        var error = EventSourceError(failure, of: request, limit: limit, timeout: .connectTimeout)
        // Which of the two was silent is not known.
        if case .timedOut = failure, let proxy = connection.proxy { error.reason += ", by the proxy \(proxy)" }
        return error
    }

    /// Waits for the head of a response, at most for the timeouts of connecting and of the response.
    private nonisolated(nonsending) func head(
        of connection: any EventStreamConnection
    ) async throws(ConnectionFailure) -> HTTPResponseHead {
        let connecting = configuration.connectTimeout.map {
            Watchdog(limit: $0, clock: clock) { connection.close(.timedOut) }
        }
        var answering: Watchdog?
        if case .after(let limit) = configuration.responseTimeout {
            answering = Watchdog(limit: limit, clock: clock) { connection.close(.unanswered) }
        }
        connecting?.arm()
        defer {
            connecting?.cancel()
            answering?.cancel()
        }
        let hasOwnLimit = configuration.responseTimeout != .withinConnectTimeout
        if hasOwnLimit || configuration.onStep != nil {
            connection.whenRequested { [answering, onStep = configuration.onStep] in
                if hasOwnLimit { connecting?.cancel() }
                answering?.arm()
                onStep?(.requested)
            }
        }
        return try await connection.head()
    }

    /// What a person would read first in the body of an answer that is no event stream; `nil` if nothing comes. Neither
    /// its size nor its time are the server's to choose.
    private nonisolated(nonsending) func beginning(
        ofBody connection: any EventStreamConnection, _ coding: ContentCoding?, of request: EventStreamRequest
    ) async -> String? {
        let limit = configuration.policy.quotedBytes
        let watchdog = Watchdog(limit: .seconds(1), clock: clock) { connection.close(.timedOut) }
        watchdog.arm()
        defer { watchdog.cancel() }
        var text = ByteBuffer()
        var chunks: [ByteBuffer] = []
        let decoder = coding.map(ContentDecoder.init)
        // Pages begin with white space and markup; more than this many bytes is not looked at.
        while text.readableBytes < limit * 4, (try? await connection.read(into: &chunks)) == true {
            if let decoder {
                decoder.take(chunks)
                do { chunks = try decoder.next().map { [$0] } ?? [] } catch { break }
            }
            for chunk in chunks {
                let room = Swift.max(0, limit * 4 - text.readableBytes)
                text.writeImmutableBuffer(
                    chunk.getSlice(at: chunk.readerIndex, length: Swift.min(room, chunk.readableBytes))!)
            }
        }
        let words = printable(request.withoutSecrets(String(repairing: text)), limit: limit)
        return words.isEmpty ? nil : words
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
