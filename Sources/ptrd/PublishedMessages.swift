import Cluster
import CoreMetrics
import Logging
import Pipeline
import PtrConfiguration
import Systemd

#if NATS
import JetStream
import NATSHandler
#endif

/// The `nats` handler as the daemon has it; without NATS built in there is none.
struct PublishedMessages: Sendable {
    /// Whether ptrd can publish.
    static var isBuiltIn: Bool {
        #if NATS
        true
        #else
        false
        #endif
    }

    /// What to do about one that cannot.
    static let mend = "this ptrd was built without NATS: build it with PTR_NATS=1, or set another handler.kind"

    static let sourceMend = "this ptrd was built without NATS: build it with PTR_NATS=1, or remove [source.NAME]"

    /// How long publishing takes.
    static let latency = "ptrd_publish_seconds"

    #if NATS
    private let nats: NATSHandler
    /// What other nodes share with it; nil: nothing.
    let cluster: ClusterNode?
    private let told: AsyncStream<NATSEvent>.Continuation

    var handler: any Handler { nats }

    /// Begins to connect; nil: messages are not published.
    ///
    /// - Parameter secret: the state directory's.
    init?(_ configuration: Configuration, secret: [UInt8], metrics: any MetricsFactory, logger: Logger) throws {
        let options = configuration.handler.nats
        guard configuration.handler.kind == .nats, let stream = options.stream, let subject = options.subject else {
            return nil
        }
        let settings = NATSSettings(configuration, credential: CredentialsDirectory.current.file(of:))
        let (events, told) = AsyncStream.makeStream(of: NATSEvent.self, bufferingPolicy: .bufferingNewest(100))
        let connection = NATSConnection(settings) { told.yield($0) }
        var cluster: ClusterNode?
        if let bucket = configuration.cluster.bucket {
            cluster = ClusterNode(configuration, secret: secret, bucket: try BrokerBucket(bucket, over: connection))
        }
        self.cluster = cluster
        let timer = CoreMetrics.Timer(label: Self.latency, dimensions: [], factory: metrics)
        var permit: (@Sendable (String) -> NATSHandler.Permit)?
        if let cluster { permit = { cluster.permit(for: $0) } }
        nats = NATSHandler(
            NATSHandler.Options(
                stream: stream, subject: subject, recognises: options.dedup == .eventID,
                publishTimeout: options.publishTimeout),
            over: connection, permit: permit, stored: { timer.recordNanoseconds(Int64($0 / .nanoseconds(1))) })
        self.told = told
        Task { [nats] in
            for await event in events { await Self.log(event, nats, logger) }
        }
    }

    private static func log(_ event: NATSEvent, _ nats: NATSHandler, _ logger: Logger) async {
        switch event {
        case .connected(let node):
            logger.info("connected to the broker at \(node)", metadata: MessageID.brokerBack.metadata())
            // What is wrong later is the reason of what is unavailable.
            if let problem = await nats.problem() { logger.warning("\(problem)") }
        case .disconnected(let reason):
            logger.warning(
                "no connection to the broker, which is tried again: \(reason)",
                metadata: MessageID.brokerDown.metadata())
        case .left(let node):
            logger.warning(
                "\(node) does not serve JetStream; another node is looked for",
                metadata: MessageID.brokerLeft.metadata())
        case .complaint(let text): logger.warning("the broker complains: \(text)")
        }
    }

    /// Gives up what is held, and closes the connection.
    func close() async {
        await cluster?.leases.close()
        await nats.close()
        told.finish()
    }
    #else
    let handler: any Handler
    let cluster: ClusterNode?

    init?(_ configuration: Configuration, secret: [UInt8], metrics: any MetricsFactory, logger: Logger) throws {
        return nil
    }

    func close() async {}
    #endif
}

#if NATS
extension NATSSettings {
    /// The broker of the configuration.
    ///
    /// - Parameter credential: the file of the credential of a name.
    init(_ configuration: Configuration, credential: (String) -> String?) {
        let nats = configuration.nats
        self.init(servers: nats.servers)
        if let path = nats.credsCredential.flatMap(credential) { identity = .credentials(path: path) }
        if let path = nats.nkeyCredential.flatMap(credential) { identity = .nkey(path: path) }
        let tls = TLS(
            authorities: nats.tls.ca, certificate: nats.tls.clientCertificateCredential.flatMap(credential),
            key: nats.tls.clientKeyCredential.flatMap(credential))
        if tls != TLS() || nats.servers.contains(where: { $0.hasPrefix("tls:") }) { self.tls = tls }
    }
}

extension ClusterNode {
    fileprivate func permit(for stream: String) -> NATSHandler.Permit {
        switch leases.permit(for: stream) {
        case .granted: .granted
        case .doubtful:
            .notNow("it is not known who holds stream \(stream): the broker did not take the last renewal in time")
        case .lost: .elsewhere
        case .abandoned: .nowhere
        }
    }
}
#endif
