/// How a broker is reached.
public struct NATSSettings: Sendable, Hashable {
    /// Addresses of its nodes, such as `nats://a:4222` or `tls://a:4222`. One is enough: a node names the others.
    public var servers: [String]
    /// What the broker shows of us to its operator.
    public var name: String
    /// Who we are; nil: whatever the addresses say.
    public var identity: Identity?
    /// TLS; nil: only where an address or the broker asks for it.
    public var tls: TLS?
    /// How long it may take to connect to one node.
    public var connectTimeout: Duration
    /// How often a silent node is asked whether it lives; after two questions without an answer it is left.
    public var pingInterval: Duration
    /// So long a node may answer "nobody there", or nothing, before another one is looked for: it may be cut off from the others.
    public var minorityPatience: Duration
    /// So long a publish waits for a connection that was lost before it is given up as unavailable.
    public var reconnectPatience: Duration

    /// Who one is to the broker: a file each, which is read again at every connection.
    public enum Identity: Sendable, Hashable {
        /// A file of credentials: a token of the user, and the seed of his key.
        case credentials(path: String)
        /// A file with the seed of a user's nkey.
        case nkey(path: String)
    }

    /// Paths of files in PEM; what is nil is the system's, or not there.
    public struct TLS: Sendable, Hashable {
        /// Authorities that are trusted.
        public var authorities: String?
        /// Our certificate, with those in between.
        public var certificate: String?
        /// The key of our certificate.
        public var key: String?

        /// Makes a configuration.
        public init(authorities: String? = nil, certificate: String? = nil, key: String? = nil) {
            self.authorities = authorities
            self.certificate = certificate
            self.key = key
        }
    }

    /// Makes settings with the defaults.
    public init(servers: [String], name: String = "ptr", identity: Identity? = nil, tls: TLS? = nil) {
        self.servers = servers
        self.name = name
        self.identity = identity
        self.tls = tls
        connectTimeout = .seconds(2)
        pingInterval = .seconds(5)
        minorityPatience = .seconds(10)
        reconnectPatience = .seconds(5)
    }
}
