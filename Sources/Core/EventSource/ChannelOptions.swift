import NIOCore
import Synchronization

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

/// How much is read from a socket at once.
///
/// The defaults of NIO, 64 KiB at a time, leave a fast stream waiting: each read ends in a switch to the reader's thread
/// and back, which by then costs more than the bytes. A read of up to half a MiB made the client three times as fast in
/// a flood (`scripts/flood`). It has the size of what came last, so a slow stream holds a small buffer.
enum SocketReads {
    static let maximumBytes = 512 << 10
    /// Of all connections together, as far as ``minimumBytes`` of each let it.
    private static let allBytes = 64 << 20
    private static let minimumBytes = 16 << 10

    private static let connections = Atomic(0)

    /// The most that is read at once, with as many connections as there are.
    static var largestNow: Int {
        min(maximumBytes, max(minimumBytes, allBytes / max(1, connections.load(ordering: .relaxed))))
    }

    static func configure(_ channel: any Channel) throws {
        connections.add(1, ordering: .relaxed)
        channel.closeFuture.whenComplete { _ in connections.subtract(1, ordering: .relaxed) }
        guard let options = channel.syncOptions else { return }
        try options.setOption(.recvAllocator, value: Allocator())
        // One read a turn: the next turn reads again, and other streams of the loop come in between.
        try options.setOption(.maxMessagesPerRead, value: 1)
    }

    private struct Allocator: RecvByteBufferAllocator {
        private var adaptive = AdaptiveRecvByteBufferAllocator(
            minimum: 1 << 10, initial: 16 << 10, maximum: maximumBytes)

        func nextBufferSize() -> Int? { adaptive.nextBufferSize().map { min($0, largestNow) } }

        func buffer(allocator: ByteBufferAllocator) -> ByteBuffer {
            allocator.buffer(capacity: nextBufferSize() ?? minimumBytes)
        }

        mutating func record(actualReadBytes: Int) -> Bool { adaptive.record(actualReadBytes: actualReadBytes) }
    }
}
