/// How a stream reaches its server: whom it trusts, how it is known there, and by which proxy it goes.
///
/// All files are looked at for each connection, and parsed when they have changed; so they may be exchanged at any time. While one
/// cannot be used, the stream waits and tries again.
public struct EventStreamRoute: Sendable, Hashable {
    /// A file of PEM certificates to trust in the place of the system's.
    public var authorityFile: String? = nil

    /// A file with this client's certificate in PEM form, and behind it those of the authorities that lead to a known one. It is shown
    /// to no other origin that a redirect leads to.
    public var certificateFile: String? = nil

    /// A file with the private key of ``certificateFile`` in PEM form, not encrypted.
    public var keyFile: String? = nil

    /// The name that the server is asked for and that its certificate has to be for; `nil`: the host of the URL. It does not hold for
    /// other origins that a redirect leads to.
    public var serverName: String? = nil

    /// What stands between us and the server.
    public var proxy = EventStreamProxy.none

    /// A file with what a proxy that speaks HTTP wants to be told: `USER:PASSWORD`. A line end behind it is dropped.
    public var proxyCredentialFile: String? = nil

    /// Creates the way that needs nothing: the system's trust, and no proxy.
    public init() {}

    /// All that can be found wrong without a connection, and is not a matter of time. Blocks on the files.
    ///
    /// - Parameter url: the stream's.
    public func problems(to url: String) -> [EventStreamRouteError] {
        var found: [EventStreamRouteError] = []
        func attempt(_ body: () throws(EventStreamRouteError) -> Void) {
            do throws(EventStreamRouteError) { try body() } catch { found.append(error) }
        }
        let files = RouteFiles(self)
        attempt { () throws(EventStreamRouteError) in _ = try files.authorities() }
        attempt { () throws(EventStreamRouteError) in _ = try files.identity() }
        attempt { () throws(EventStreamRouteError) in _ = try files.proxyAuthorization() }
        attempt { () throws(EventStreamRouteError) in
            guard let request = try? EventStreamRequest(EventSourceConfiguration(url: url), lastEventID: "") else {
                return
            }
            guard let server = try proxy.server(for: request) else { return }
            try server.check(request, serverName: serverName, hasCredential: proxyCredentialFile != nil)
        }
        return found
    }
}

/// Why a route cannot be taken, in words that name the file and what to do about it. It never holds what is in the file.
public struct EventStreamRouteError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A part of an ``EventStreamRoute``. More may come.
    public struct Part: Sendable, Hashable {
        let name: String

        /// ``EventStreamRoute/authorityFile``.
        public static let authority = Part(name: "authority")
        /// ``EventStreamRoute/certificateFile``.
        public static let certificate = Part(name: "certificate")
        /// ``EventStreamRoute/keyFile``.
        public static let key = Part(name: "key")
        /// ``EventStreamRoute/serverName``.
        public static let serverName = Part(name: "serverName")
        /// ``EventStreamRoute/proxy``.
        public static let proxy = Part(name: "proxy")
        /// ``EventStreamRoute/proxyCredentialFile``.
        public static let proxyCredential = Part(name: "proxyCredential")
    }

    /// Which part is at fault.
    public let part: Part
    /// What is wrong with it.
    public let message: String
    /// What to do about it.
    public let mend: String

    /// Both in one sentence.
    public var description: String { "\(message); \(mend)" }

    init(_ part: Part, _ message: String, mend: String) {
        (self.part, self.message, self.mend) = (part, message, mend)
    }

    var code: EventSourceError.Code {
        switch part {
        case .certificate, .key, .proxyCredential: .credential
        case .proxy: .connect
        default: .tls
        }
    }
}
