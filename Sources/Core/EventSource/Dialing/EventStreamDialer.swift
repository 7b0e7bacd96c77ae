public import AsyncHTTPClient
import Dispatch
import NIOConcurrencyHelpers
public import NIOCore
import NIOSSL

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Makes an HTTP client for each connection of an event stream, and ends it with the connection.
///
/// An event stream gains nothing from sharing a client: it has a connection for itself for as long as it lives. What streams
/// would share is each other's trouble: a connection that went dead and is used again, a handshake that hangs and is waited for,
/// a limit of streams to one host. So HTTP/1.1 is spoken, and the next try is always a new connection.
///
/// Nobody waits for the end of a client. Names are looked up here, on threads of their own, since one that is never answered
/// would hold up all others of an event loop.
public struct EventStreamDialer: Sendable {
    private let configuration: HTTPClient.Configuration
    private let group: any EventLoopGroup
    private let trust: TrustRoots?
    private var route = EventStreamRoute()
    private var files: RouteFiles?

    /// Creates a dialer.
    ///
    /// - Parameters:
    ///   - configuration: of each client; HTTP/1.1 is spoken whatever it says, and the timeout for connecting is the stream's.
    ///   - eventLoopGroup: what all connections run on.
    public init(
        _ configuration: HTTPClient.Configuration = .eventStreams,
        eventLoopGroup: any EventLoopGroup = HTTPClient.defaultEventLoopGroup
    ) {
        var configuration = configuration
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        self.configuration = configuration
        group = eventLoopGroup
        trust = configuration.tlsConfiguration == nil ? TrustRoots.system : nil
    }

    /// The dialer of one stream, which takes that way to its server.
    public func taking(_ route: EventStreamRoute) -> EventStreamDialer {
        var dialer = self
        dialer.route = route
        dialer.files = RouteFiles(route)
        return dialer
    }

    func transport(
        connectTimeout: Duration?, onStep: (@Sendable (EventStreamStep) -> Void)? = nil
    ) -> any EventStreamTransport {
        DialingTransport(dialer: self, connectTimeout: connectTimeout, onStep: onStep)
    }

    /// What one connection is made with.
    fileprivate struct Plan {
        let request: EventStreamRequest
        let proxy: ProxyServer?
        /// The name that TLS has in the place of the URL's.
        let name: String?
        let host: String?

        /// What has to be looked up; nil: nothing.
        var nameToResolve: String? {
            if let proxy { return proxy.isAddress ? nil : proxy.host }
            guard let host = request.networkHost, !host.isAddress else { return nil }
            return host.name
        }
    }

    fileprivate func plan(_ request: EventStreamRequest) throws(EventStreamRouteError) -> Plan {
        let host = request.networkHost?.name
        let name = request.isTLS && !request.hasLeftOrigin ? route.serverName : nil
        let proxy = try route.proxy.server(for: request)
        try proxy?.check(request, serverName: name, hasCredential: route.proxyCredentialFile != nil)
        return Plan(
            request: request, proxy: proxy, name: name?.lowercased() == host?.lowercased() ? nil : name, host: host)
    }

    /// A client for one connection.
    ///
    /// - Parameters:
    ///   - address: where the name that was looked up leads; nil: the client finds out.
    ///   - authorization: what the proxy is told.
    fileprivate func client(
        for plan: Plan, at address: String?, authorization: HTTPClient.Authorization?, within limit: TimeAmount
    ) throws(EventStreamRouteError) -> HTTPClient {
        var configuration = configuration
        configuration.timeout.connect = limit
        if let proxy = plan.proxy {
            configuration.proxy = proxy.configuration(at: address, authorization: authorization)
        }
        // A proxy gets the name as it is.
        let target = plan.proxy == nil ? address : nil
        if let name = plan.name, let host = target ?? plan.host {
            configuration.dnsOverride[name] = host
        } else if let target, let host = plan.request.url.host() {
            configuration.dnsOverride[host] = target
        }
        if plan.request.url.scheme?.hasPrefix("https") == true {
            configuration.tlsConfiguration = try tls(for: plan.request) ?? configuration.tlsConfiguration
        }
        return HTTPClient(eventLoopGroup: group, configuration: configuration)
    }

    /// What TLS is spoken with, if it is not the configuration's.
    private func tls(for request: EventStreamRequest) throws(EventStreamRouteError) -> TLSConfiguration? {
        let authorities = try files?.authorities() ?? trust?.certificates()
        let identity = request.hasLeftOrigin ? nil : try files?.identity(at: Date())
        guard authorities != nil || identity != nil else { return nil }
        var tls = configuration.tlsConfiguration ?? .makeClientConfiguration()
        if let authorities { tls.trustRoots = .certificates(authorities) }
        if let identity {
            tls.certificateChain = identity.certificates.map { .certificate($0) }
            tls.privateKey = .privateKey(identity.key)
        }
        return tls
    }

    fileprivate func proxyAuthorization(for plan: Plan) throws(EventStreamRouteError) -> HTTPClient.Authorization? {
        guard let proxy = plan.proxy else { return nil }
        return try files?.proxyAuthorization() ?? proxy.authorization
    }

    /// Whether servers can be reached beside the clients.
    fileprivate func canDiagnose(_ plan: Plan) -> Bool { configuration.proxy == nil && plan.proxy == nil }

    /// The name that has to be looked up; nil: there is none, or a proxy does it.
    fileprivate func nameToResolve(for plan: Plan) -> String? {
        configuration.proxy == nil || plan.proxy != nil ? plan.nameToResolve : nil
    }

    fileprivate var readsFiles: Bool { files?.isEmpty == false }
}

private struct DialingTransport: EventStreamTransport {
    let dialer: EventStreamDialer
    let connectTimeout: Duration?
    let onStep: (@Sendable (EventStreamStep) -> Void)?
    private let book = AddressBook()
    /// Where connections are begun.
    private let starts: DispatchQueue

    /// The authorities that the system trusts may have to be read from the disk.
    private static let starts = DispatchQueue(label: "connections", attributes: .concurrent)

    init(
        dialer: EventStreamDialer, connectTimeout: Duration?, onStep: (@Sendable (EventStreamStep) -> Void)? = nil
    ) {
        self.dialer = dialer
        self.connectTimeout = connectTimeout
        self.onStep = onStep
        // A file system that hangs takes one thread, however often this stream tries.
        starts = dialer.readsFiles ? DispatchQueue(label: "connections of a stream") : Self.starts
    }

    func open(_ request: EventStreamRequest) -> any EventStreamConnection {
        let connection = HTTPClientConnection()
        let begun = NIODeadline.now()
        let plan: EventStreamDialer.Plan
        do throws(EventStreamRouteError) {
            plan = try dialer.plan(request)
        } catch {
            connection.fail(error)
            return connection
        }
        guard let name = dialer.nameToResolve(for: plan) else {
            connection.start([way(by: plan, at: nil, of: "", since: begun)])
            return connection
        }
        let ticket = NameLookups.shared.addresses(of: name) { result in
            switch result {
            case .failure(let error):
                guard plan.proxy != nil else { return connection.fail(error) }
                connection.fail(ProxyError(code: .dns, reason: "cannot resolve the proxy \(name): \(error.reason)"))
            case .success(let addresses):
                onStep?(.resolved(name: name, addresses: addresses))
                let ways = book.next(of: addresses, for: name)
                connection.start(ways.map { way(by: plan, at: $0, of: name, since: begun) })
            }
        }
        connection.whenEnded { NameLookups.shared.cancel(ticket) }
        return connection
    }

    private func way(
        by plan: EventStreamDialer.Plan, at way: AddressOrder.Way?, of name: String, since begun: NIODeadline
    ) -> @Sendable (HTTPClientConnection) -> Void {
        let limit = TimeAmount.nanoseconds((connectTimeout ?? .seconds(24 * 3600)).inNanoseconds)
        return { [self] connection in
            starts.async {
                // Files may have taken longer than there was time.
                guard connection.isWanted else { return }
                do throws(EventStreamRouteError) {
                    let authorization = try dialer.proxyAuthorization(for: plan)
                    let left = max(limit - (.now() - begun), .milliseconds(1))
                    let share = TimeAmount.nanoseconds(left.nanoseconds / Int64(way?.share ?? 1))
                    let client = try dialer.client(
                        for: plan, at: way?.address, authorization: authorization, within: share)
                    if let way {
                        connection.whenConnected {
                            book.connected(to: way.address, of: name)
                            onStep?(.connected(address: way.address))
                        }
                    }
                    let hop = plan.proxy.map {
                        ProxyHop(
                            server: $0, address: way?.address, authorization: authorization,
                            target: plan.request.server)
                    }
                    connection.start(
                        plan.name.map(plan.request.addressed) ?? plan.request, over: client,
                        at: way?.address ?? (plan.name == nil ? nil : plan.host),
                        diagnoses: dialer.canDiagnose(plan), by: hop
                    ) {
                        // It holds itself until it is through, which may take as long as its timeout for connecting.
                        client.shutdown { _ in }
                    }
                } catch {
                    connection.fail(error)
                }
            }
        }
    }
}

extension Duration {
    /// As far as 64 bits go.
    var inNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, isTooLong) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return isTooLong ? .max : scaled + attoseconds / 1_000_000_000
    }
}
