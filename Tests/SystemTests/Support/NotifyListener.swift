import Foundation

/// A service manager's socket, as far as it listens.
final class NotifyListener: Sendable {
    let path: String
    private let datagrams: AsyncStream<String>
    private let descriptor: Int32

    init(_ path: String) throws {
        self.path = path
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard descriptor >= 0, bound == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        self.descriptor = descriptor
        let (datagrams, received) = AsyncStream<String>.makeStream()
        self.datagrams = datagrams
        Thread {
            var buffer = [UInt8](repeating: 0, count: 8192)
            while true {
                let count = recv(descriptor, &buffer, buffer.count, 0)
                guard count > 0 else { break }
                received.yield(String(decoding: buffer[..<count], as: UTF8.self))
            }
            received.finish()
        }.start()
    }

    deinit { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// The next datagram that is meant; others are passed over.
    func next(where isMeant: (String) -> Bool) async -> String? {
        for await datagram in datagrams where isMeant(datagram) { return datagram }
        return nil
    }
}
