import NIOCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Probes of a connection over which nothing comes (RFC 9293, section 3.8.4), so that a peer that vanished is noticed
/// also by a stream without an idle timeout: within two minutes, where the kernel's own pace takes more than two hours.
enum KeepAlive {
    /// How long nothing has come before the first probe.
    static let idleSeconds: Int = 60
    /// How long each probe is waited for.
    static let intervalSeconds: Int = 10
    /// How many probes in a row remain unanswered before the connection is given up.
    static let probes: Int = 6

    #if canImport(Darwin)
    static let idleOption = TCP_KEEPALIVE
    #else
    static let idleOption = TCP_KEEPIDLE
    #endif

    static func configure(_ channel: any Channel) throws {
        // A Unix socket knows of its peer's end by itself.
        guard let options = channel.syncOptions, channel.remoteAddress?.ipAddress != nil else { return }
        try options.setOption(.socketOption(.so_keepalive), value: 1)
        for (name, value) in [
            (idleOption, idleSeconds), (TCP_KEEPINTVL, intervalSeconds), (TCP_KEEPCNT, probes),
        ] {
            try options.setOption(.tcpOption(.init(rawValue: name)), value: value)
        }
    }
}
