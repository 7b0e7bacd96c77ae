/// A secret that a request carries: what it is used as, and the file that has it.
///
/// The file is read for each connection, so it may be exchanged at any time; a line end behind the secret is dropped. While it
/// cannot be read, or has something that cannot be sent, the stream waits and tries again. What is read is not kept, shown or
/// logged, and is not sent on to another origin.
public struct EventSourceCredential: Sendable, Hashable {
    /// How a secret is sent.
    public enum Use: Sendable, Hashable {
        /// As a bearer token (RFC 6750).
        case bearerToken
        /// As basic authentication (RFC 7617); the file has `USER:PASSWORD`.
        case basic
        /// As the whole value of the header of that name, with no scheme before it.
        case header(String)
        /// As the value of that parameter, percent-encoded behind the query of the URL. A redirect says itself what its
        /// query is.
        case parameter(String)
    }

    /// How it is sent.
    public var use: Use
    /// The path of the file.
    public var file: String

    /// Creates a credential.
    public init(_ use: Use, file: String) {
        self.use = use
        self.file = file
    }
}

extension EventSourceCredential.Use {
    /// What the file has, in an error.
    var words: String {
        switch self {
        case .bearerToken: "the bearer token"
        case .basic: "the user and password"
        case .header(let name): "the header \(name)"
        case .parameter(let name): "the query's parameter \(name)"
        }
    }
}
