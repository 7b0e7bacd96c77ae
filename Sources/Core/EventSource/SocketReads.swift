import NIOCore

/// How much is read from a socket at once.
///
/// The defaults of NIO, 64 KiB at a time, leave a fast stream waiting: each read ends in a switch to the reader's thread
/// and back, which by then costs more than the bytes. A read of up to half a MiB made the client three times as fast in
/// a flood (`scripts/flood`). It has the size of what came last, so a slow stream holds a small buffer.
enum SocketReads {
    static let maximumBytes = 512 << 10

    static func configure(_ channel: any Channel) throws {
        guard let options = channel.syncOptions else { return }
        try options.setOption(
            .recvAllocator,
            value: AdaptiveRecvByteBufferAllocator(minimum: 1 << 10, initial: 16 << 10, maximum: maximumBytes))
        // One read a turn: the next turn reads again, and other streams of the loop come in between.
        try options.setOption(.maxMessagesPerRead, value: 1)
    }
}
