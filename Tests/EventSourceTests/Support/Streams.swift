import AsyncHTTPClient
import NIOCore
import Testing

@testable import EventSource

/// Runs `body` with a server and a client that are both gone afterwards.
func withFeed(_ body: (FeedServer, HTTPClient) async throws -> Void) async throws {
    let server = try await FeedServer.start()
    let client = HTTPClient(configuration: .eventStreams)
    do {
        try await body(server, client)
    } catch {
        try? await server.stop()
        try? await client.shutdown()
        throw error
    }
    try? await server.stop()
    try await client.shutdown()
}

/// Runs `body` with a client of that configuration, which is gone afterwards.
func withClient(_ configuration: HTTPClient.Configuration, _ body: (HTTPClient) async throws -> Void) async throws {
    let client = HTTPClient(configuration: configuration)
    do {
        try await body(client)
    } catch {
        try? await client.shutdown()
        throw error
    }
    try await client.shutdown()
}

extension HTTPClient.Configuration {
    /// Lets `body` see each HTTP/1 connection once it is ready, on its event loop.
    func watching(_ body: @escaping @Sendable (any Channel) throws -> Void) -> HTTPClient.Configuration {
        var configuration = self
        let prepare = http1_1ConnectionDebugInitializer
        configuration.http1_1ConnectionDebugInitializer = { channel in
            (prepare?(channel) ?? channel.eventLoop.makeSucceededVoidFuture()).flatMapThrowing { try body(channel) }
        }
        return configuration
    }
}

/// A configuration without timeouts, so that a clock that leaps moves nothing but the waits.
func untimed(_ url: String) -> EventSourceConfiguration {
    var configuration = EventSourceConfiguration(url: url)
    configuration.idleTimeout = nil
    configuration.connectTimeout = nil
    return configuration
}

extension EventSource {
    /// A stream whose waits take no time and have no jitter.
    static func leaping(_ configuration: EventSourceConfiguration, client: HTTPClient) -> EventSource {
        EventSource(configuration, client: client, clock: LeapingClock(), random: { 0 })
    }
}

extension EventSource.AsyncIterator {
    /// Requires `connecting`, with that attempt.
    mutating func connecting(_ attempt: Int = 1, at location: SourceLocation = #_sourceLocation) async throws {
        let update = await next()
        guard case .connecting(attempt) = update else { throw unexpected(update, at: location) }
    }

    /// Requires `open`.
    mutating func open(at location: SourceLocation = #_sourceLocation) async throws {
        let update = await next()
        guard case .open = update else { throw unexpected(update, at: location) }
    }

    /// Reads until there are `count` events.
    mutating func events(_ count: Int, at location: SourceLocation = #_sourceLocation) async throws -> [PlainEvent] {
        var events: [PlainEvent] = []
        while events.count < count {
            let update = await next()
            guard case .batch(let batch) = update else { throw unexpected(update, at: location) }
            events += batch.events.map(PlainEvent.init)
        }
        return events
    }

    /// Requires `waiting`, batches before it skipped.
    mutating func waiting(at location: SourceLocation = #_sourceLocation) async throws -> (Duration, EventSourceError) {
        while true {
            let update = await next()
            switch update {
            case .batch: continue
            case .waiting(let delay, let error): return (delay, error)
            default: throw unexpected(update, at: location)
            }
        }
    }

    /// Requires `failed` and the end after it, batches before it skipped.
    mutating func failed(at location: SourceLocation = #_sourceLocation) async throws -> EventSourceError {
        while true {
            let update = await next()
            switch update {
            case .batch: continue
            case .failed(let error):
                let after = await next()
                guard after == nil else { throw unexpected(after, at: location) }
                return error
            default: throw unexpected(update, at: location)
            }
        }
    }

    private func unexpected(_ update: EventSourceUpdate?, at location: SourceLocation) -> any Error {
        Issue.record("unexpected update: \(String(describing: update))", sourceLocation: location)
        return CancellationError()
    }
}
