package import EventSource
package import PtrConfiguration

extension EventStreamRoute {
    /// How a stream reaches its server.
    ///
    /// - Parameter credential: the file of the credential of a name, nil where there are none.
    package init(_ stream: StreamConfiguration, credential: (String) -> String?) {
        self.init()
        authorityFile = stream.tls.ca
        certificateFile = stream.tls.clientCertificateCredential.flatMap(credential)
        keyFile = stream.tls.clientKeyCredential.flatMap(credential)
        serverName = stream.tls.serverName
        proxyCredentialFile = stream.proxyCredential.flatMap(credential)
        proxy =
            switch stream.proxy {
            case .none: .none
            case .environment: .environment
            case .server(let url): .url(url)
            }
    }

    /// What can be found wrong with a stream's way before it is taken: in its files, and with its proxy.
    ///
    /// - Parameter credentials: where they lie; nil: whoever looks has neither them nor the environment of the service.
    package static func faults(of stream: StreamConfiguration, credentials: CredentialsDirectory?) -> [StreamFault] {
        var route = EventStreamRoute(stream) { credentials?.file(of: $0) }
        if credentials == nil, stream.proxy == .environment { route.proxy = .none }
        let options = StreamConfiguration.declarations
        return route.problems(to: stream.url).map { problem in
            switch problem.part {
            case .authority: StreamFault(options.tls.ca, problem.message, mend: problem.mend)
            case .certificate:
                StreamFault(options.tls.clientCertificateCredential, problem.message, mend: problem.mend)
            case .key: StreamFault(options.tls.clientKeyCredential, problem.message, mend: problem.mend)
            case .proxyCredential: StreamFault(options.proxyCredential, problem.message, mend: problem.mend)
            default: StreamFault(options.proxy, problem.message, mend: problem.mend)
            }
        }
    }
}
