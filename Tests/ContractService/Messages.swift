import EventSource
import NIOCore

// What the harness and the service say to each other, as JSON.

/// The answer to `GET /`: what of the harness's optional tests apply to this client.
struct ServiceStatus: Codable, Equatable {
    var name = "ptr EventSource"
    var capabilities = [
        "bom", "comments", "headers", "last-event-id", "post", "read-timeout", "report", "restart",
        "server-directed-shutdown-request", "event-type-listeners",
    ]
}

/// The body of `POST /`: a stream to follow.
struct StreamParameters: Codable {
    var streamUrl: String
    var callbackUrl: String
    var tag: String?
    var initialDelayMs: Int?
    var readTimeoutMs: Int?
    var lastEventId: String?
    var headers: [String: String]?
    var method: String?
    var body: String?

    /// The client's configuration for it.
    ///
    /// - Throws: ``EventSourceError`` if the client could not use it.
    func configuration() throws(EventSourceError) -> EventSourceConfiguration {
        var configuration = EventSourceConfiguration(url: streamUrl)
        configuration.reportsComments = true
        configuration.headers = (headers ?? [:]).sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
        configuration.lastEventID = Array((lastEventId ?? "").utf8)
        if let method, !method.isEmpty { configuration.method = method }
        if let body { configuration.body = ByteBuffer(string: body) }
        if let initialDelayMs { configuration.reconnect.initialDelay = .milliseconds(initialDelayMs) }
        if let readTimeoutMs { configuration.idleTimeout = .milliseconds(readTimeoutMs) }
        try configuration.validate()
        return configuration
    }

    /// Why the numbers cannot be meant, or `nil`.
    var problem: String? {
        if let initialDelayMs, initialDelayMs < 0 { return "initialDelayMs is \(initialDelayMs)" }
        if let readTimeoutMs, readTimeoutMs <= 0 { return "readTimeoutMs is \(readTimeoutMs)" }
        return nil
    }
}

/// The body of `POST` to a stream.
struct StreamCommand: Codable {
    struct Listen: Codable {
        var type: String
    }

    var command: String
    var listen: Listen?
}

/// The body of a callback.
struct Report: Codable, Equatable {
    struct Event: Codable, Equatable {
        var type: String
        var data: String
        var id: String
    }

    var kind: String
    var event: Event?
    var comment: String?

    init(_ item: EventStreamItem) {
        switch item {
        case .event(let event):
            kind = "event"
            self.event = Event(type: event.typeString, data: event.dataString, id: event.lastEventIDString)
        case .comment(let text):
            kind = "comment"
            comment = String(repairing: text)
        }
    }

    init(_ error: EventSourceError) {
        kind = "error"
        comment = error.description
    }
}
