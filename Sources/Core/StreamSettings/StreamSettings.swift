package import EventSource
import NIOCore
package import PtrConfiguration

// Where the value of each option of a stream goes that says how it is connected: for ptrd, and for what tries a stream as
// ptrd would.

extension EventSourceConfiguration {
    /// How a stream is connected that is configured.
    ///
    /// - Parameter credential: the file of the credential of a name, nil where there are none.
    package static func of(
        _ stream: StreamConfiguration, credential: (String) -> String?
    ) -> EventSourceConfiguration {
        var configuration = EventSourceConfiguration(url: stream.url)
        configuration.headers = stream.headers.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
        configuration.take(stream, credential)
        configuration.idleTimeout = stream.idleTimeout
        configuration.connectTimeout = stream.connectTimeout
        configuration.responseTimeout = stream.responseTimeout.map { .after($0) } ?? .off
        configuration.reconnect = ReconnectSchedule(
            initialDelay: stream.reconnect.initial, maximumDelay: stream.reconnect.max,
            maximumServerDelay: stream.reconnect.serverMax)
        configuration.reconnect.spreadsEveryWait = true
        configuration.policy = .persistent
        configuration.policy.endsOnRefusal = stream.onRefusal == .stop
        configuration.policy.positionPatience = stream.downAfter
        configuration.retryOnServerError = stream.retryServerErrors
        // An event that is too large is left out and counted: to fail would be to meet it again after every reconnect.
        configuration.limits = EventStreamLimits(maximumEventBytes: stream.maxEventBytes, policy: .skip)
        configuration.compression = stream.compression ? .requested : .accepted
        if stream.end.data != nil || stream.end.event != nil {
            configuration.end = EventStreamEnd(
                data: stream.end.data, type: stream.end.event, then: stream.end.then == .stop ? .stop : .reconnect)
        }
        return configuration
    }
}

extension EventSourceConfiguration {
    /// What the request is made of, beside its headers.
    fileprivate mutating func take(_ stream: StreamConfiguration, _ file: (String) -> String?) {
        let request = stream.request
        method = request.method
        body = request.body.map { ByteBuffer(string: $0) }
        bodyFile = request.bodyFile
        if let type = stream.bodyType, !headers.contains(where: { $0.name.lowercased() == "content-type" }) {
            headers.append((name: "Content-Type", value: type))
        }
        userAgent = request.userAgent ?? userAgent
        keepsCookies = request.cookies
        func take(_ use: EventSourceCredential.Use, _ name: String) {
            guard let file = file(name) else { return }
            credentials.append(EventSourceCredential(use, file: file))
        }
        if let name = stream.bearerCredential { take(.bearerToken, name) }
        if let name = request.basicCredential { take(.basic, name) }
        for (header, name) in request.headerCredentials.sorted(by: { $0.key < $1.key }) { take(.header(header), name) }
        for (parameter, name) in request.queryCredentials.sorted(by: { $0.key < $1.key }) {
            take(.parameter(parameter), name)
        }
    }
}
