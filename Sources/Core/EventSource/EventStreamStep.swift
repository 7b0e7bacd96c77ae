/// What is seen while a connection comes to be, for who shows it to a person: ``EventSourceConfiguration/onStep``.
package enum EventStreamStep: Sendable {
    /// A request is about to be sent: the first one, or that of a redirect.
    ///
    /// - Parameters:
    ///   - url: as it may be shown.
    ///   - concealing: takes out of a text what it repeats of the request's secrets. It asks whether a parameter of the query
    ///     is one, by its name and value.
    case request(url: String, concealing: @Sendable (String, (String, String) -> Bool) -> String)
    /// The addresses of a name, the preferred ones first.
    case resolved(name: String, addresses: [String])
    /// There is a connection, to this one of the addresses of a name.
    case connected(address: String)
    /// The connection stands, and the request has been sent.
    case requested
    /// The head of an answer. What it says is the server's own: it may repeat secrets.
    case head(status: Int, reason: String, fields: [(name: String, value: String)])
    /// The server has said how long to wait between two connections (`retry:`).
    case retry(Duration)
}
