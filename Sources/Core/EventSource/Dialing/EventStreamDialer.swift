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

    func transport(
        connectTimeout: Duration?, onStep: (@Sendable (EventStreamStep) -> Void)? = nil
    ) -> any EventStreamTransport {
        DialingTransport(dialer: self, connectTimeout: connectTimeout, onStep: onStep)
    }

    /// A client for one connection.
    ///
    /// - Parameter address: where the host's name leads; nil: the client finds out.
    fileprivate func client(
        for request: EventStreamRequest, at address: String?, within limit: TimeAmount
    ) -> HTTPClient {
        var configuration = configuration
        configuration.timeout.connect = limit
        if let address, let host = request.url.host() { configuration.dnsOverride[host] = address }
        if request.url.scheme?.hasPrefix("https") == true, let certificates = trust?.certificates() {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .certificates(certificates)
            configuration.tlsConfiguration = tls
        }
        return HTTPClient(eventLoopGroup: group, configuration: configuration)
    }

    /// Whether servers can be reached beside the clients.
    fileprivate var canDiagnose: Bool { configuration.proxy == nil }

    /// The name that has to be looked up for a request; nil: there is none, or a proxy does it.
    fileprivate func nameToResolve(for request: EventStreamRequest) -> String? {
        guard configuration.proxy == nil, let host = request.networkHost, !host.isAddress else { return nil }
        return host.name
    }
}

private struct DialingTransport: EventStreamTransport {
    let dialer: EventStreamDialer
    let connectTimeout: Duration?
    let onStep: (@Sendable (EventStreamStep) -> Void)?
    private let book = AddressBook()

    /// Where connections are begun: the authorities that the system trusts may have to be read from the disk.
    private static let starts = DispatchQueue(label: "connections", attributes: .concurrent)

    init(
        dialer: EventStreamDialer, connectTimeout: Duration?, onStep: (@Sendable (EventStreamStep) -> Void)? = nil
    ) {
        self.dialer = dialer
        self.connectTimeout = connectTimeout
        self.onStep = onStep
    }

    func open(_ request: EventStreamRequest) -> any EventStreamConnection {
        let connection = HTTPClientConnection()
        let begun = NIODeadline.now()
        guard let name = dialer.nameToResolve(for: request) else {
            connection.start([way(to: request, at: nil, of: "", since: begun)])
            return connection
        }
        let ticket = NameLookups.shared.addresses(of: name) { result in
            switch result {
            case .failure(let error): connection.fail(error)
            case .success(let addresses):
                onStep?(.resolved(name: name, addresses: addresses))
                let ways = book.next(of: addresses, for: name)
                connection.start(ways.map { way(to: request, at: $0, of: name, since: begun) })
            }
        }
        connection.whenEnded { NameLookups.shared.cancel(ticket) }
        return connection
    }

    private func way(
        to request: EventStreamRequest, at way: AddressOrder.Way?, of name: String, since begun: NIODeadline
    ) -> @Sendable (HTTPClientConnection) -> Void {
        let limit = TimeAmount.nanoseconds((connectTimeout ?? .seconds(24 * 3600)).inNanoseconds)
        return { [dialer, book, onStep] connection in
            Self.starts.async {
                let left = max(limit - (.now() - begun), .milliseconds(1))
                let share = TimeAmount.nanoseconds(left.nanoseconds / Int64(way?.share ?? 1))
                let client = dialer.client(for: request, at: way?.address, within: share)
                if let way {
                    connection.whenConnected {
                        book.connected(to: way.address, of: name)
                        onStep?(.connected(address: way.address))
                    }
                }
                connection.start(request, over: client, at: way?.address, diagnoses: dialer.canDiagnose) {
                    // It holds itself until it is through, which may take as long as its timeout for connecting.
                    client.shutdown { _ in }
                }
            }
        }
    }
}

extension Duration {
    /// As far as 64 bits go.
    fileprivate var inNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, isTooLong) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return isTooLong ? .max : scaled + attoseconds / 1_000_000_000
    }
}
